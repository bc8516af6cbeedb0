"""The time that a relay names in its reply: "Greylisted for 300 seconds", "try again in 5 minutes"."""

from __future__ import annotations

import re

_LONGEST = 7 * 86400.0  # a relay that speaks of longer does not mean a letter

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_AMOUNT = r"(\d{1,9})\s*(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)\b"
_ASKS_TO_WAIT = r"\b(?:try|retry|again|back|wait|gr[ea]y-?list(?:ed|ing)?|defer(?:red)?|delay(?:ed)?|blocked)\b"
_HINT = re.compile(rf"{_ASKS_TO_WAIT}[^.;\d]{{0,50}}({_AMOUNT}(?:\s*(?:,|and)?\s*{_AMOUNT})*)", re.IGNORECASE)
_PARTS = re.compile(_AMOUNT, re.IGNORECASE)
_CLOCK = re.compile(rf"{_ASKS_TO_WAIT}[^.;\d]{{0,50}}\b(\d{{1,2}}):(\d\d):(\d\d)\b", re.IGNORECASE)
_BARE = re.compile(r"\bretry[- ]after[:= ]\s*(\d{1,9})\s*(?:$|[.;,)])", re.IGNORECASE)


def wait_hint(text: str) -> float | None:
    """The seconds to wait that the text asks for, None if it asks for none or for more than a week."""
    seconds = _read(text)
    return seconds if seconds is not None and 0 < seconds <= _LONGEST else None


def _read(text: str) -> float | None:
    if match := _HINT.search(text):
        return sum(float(number) * _UNITS[unit[0].lower()] for number, unit in _PARTS.findall(match[1]))
    if match := _CLOCK.search(text):
        hours, minutes, seconds = (float(part) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    if match := _BARE.search(text):
        return float(match[1])
    return None
