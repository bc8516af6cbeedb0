"""The times of a send: that of `--at`, refused where nothing may leave then, and all of them in words."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from outreach.cli.terminal import clock_time
from outreach.clock import local_iso
from outreach.errors import UsageError
from outreach.report.summary import spell_duration

if TYPE_CHECKING:
    from outreach.sending.gate import GateTerms
    from outreach.sending.timing import Timing

_DAY = 86400.0
_LONGEST_DAYS = 366


def read_start(text: str, terms: GateTerms, *, now: float) -> float:
    """Seconds since the epoch from ISO 8601 with an offset. UsageError says what to write instead."""
    start_at = _seconds(text, now)
    if start_at <= now:
        raise UsageError(f"--at {text}: that time has passed", "Give a time to come, or leave --at out to send now.")
    if start_at > now + _LONGEST_DAYS * _DAY:
        raise UsageError(f"--at {text}: more than a year ahead", f"Give a time such as {_tomorrow(now)}.")
    opens_at = terms.opens_at(start_at)
    if terms.not_before is not None and start_at < terms.not_before:
        raise UsageError(
            f"--at {text}: nothing may leave before {clock_time(terms.not_before)} (not_before under [campaign])",
            f"Give a later time, from --at {local_iso(opens_at)} on.",
        )
    if opens_at > start_at and terms.hours is not None:
        raise UsageError(
            f"--at {text}: outside of {terms.hours.shown} (hours under [relay])",
            f"Letters may leave next {clock_time(opens_at)}: --at {local_iso(opens_at)}",
        )
    return start_at


def until_start(start_at: float, now: float) -> str:
    """2023-10-16 09:00, in 14 h 12 min."""
    return f"{clock_time(start_at)}, {spell_duration(start_at - now)}"


def timing_lines(timing: Timing) -> list[tuple[str, str]]:
    """When the letters may leave and until when that takes, a line each; nothing where they go at once, at any pace."""
    lines: list[tuple[str, str]] = []
    if timing.not_before is not None:
        lines.append(("Not before", clock_time(timing.not_before)))
    if timing.hours:
        lines.append(("Hours", timing.hours))
    if timing.starts_at > timing.now:
        lines.append(("Starts", until_start(timing.starts_at, timing.now)))
    if timing.ends_at is not None:
        lines.append(("Ends", f"about {clock_time(timing.ends_at)}"))
    return lines


def _seconds(text: str, now: float) -> float:
    try:
        moment = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"--at {text}: not a time", f"Write it as --at {_tomorrow(now)}.") from None
    if moment.tzinfo is None:
        example = _tomorrow(now) if moment.year > 2999 else local_iso(moment.timestamp())
        raise UsageError(f"--at {text}: the offset from UTC is missing", f"Write it as --at {example}.")
    return moment.timestamp()


def _tomorrow(now: float) -> str:
    """Nine o'clock, by this machine's own zone."""
    tomorrow = datetime.datetime.fromtimestamp(now, datetime.UTC).astimezone() + datetime.timedelta(days=1)
    return local_iso(tomorrow.replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None).timestamp())
