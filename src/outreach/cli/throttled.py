"""What the relay wants less of, in words for the progress display."""

from __future__ import annotations

from outreach.cli.terminal import clock_time
from outreach.report.summary import counted
from outreach.sending.events import Throttled


def throttled_words(event: Throttled | None, *, now: float) -> str:
    """Why it goes with fewer connections or more slowly than the settings allow; empty where it does not."""
    if event is None:
        return ""
    words = [f"the relay allows {counted(event.connections, 'connection')}"] if event.connections is not None else []
    if event.rate is not None:
        pace = f"{event.rate:.1f}/s" if event.rate >= 0.1 else f"{event.rate * 60:.0f}/min"
        rests = event.until is not None and event.until > now
        how = f"nothing leaves before {clock_time(event.until)}, then {pace}" if rests and event.until else pace
        words.append(f"slower for a while ({how}): {event.reason}")
    return "; ".join(words)
