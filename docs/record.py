"""Records the demo as a picture of a terminal, docs/demo.svg. Run it: make recording."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

from outreach.cli import terminal

_WIDTH = 100
_SHOWN_AFTER = 15  # attempts: the progress display as it looks in the middle of the run


def main() -> None:
    """Run the demo on a console that remembers, and write what it shows."""
    console = Console(record=True, width=_WIDTH, force_terminal=True, file=io.StringIO(), highlight=False)
    terminal.talk = terminal.data = lambda: console
    # Only now, so that these take the console above.
    from outreach.cli import demo, progress
    from outreach.sending.events import AttemptEnded, Event

    def show_once(self: progress.Progress, event: Event) -> None:
        self.take_in(event)
        if isinstance(event, AttemptEnded):
            attempts.append(event.address)
            if len(attempts) == _SHOWN_AFTER:
                console.print(self.display())

    attempts: list[str] = []
    progress.Progress.__call__ = show_once  # type: ignore[method-assign] # a still picture instead of a live display
    console.print("[bold green]$[/] make demo")
    demo.demo()
    # Without the fonts that rich would have fetched from elsewhere: a picture asks nobody for anything.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="outreach demo"), flags=re.DOTALL)
    Path(__file__).with_name("demo.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
