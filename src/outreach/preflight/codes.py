"""Which warnings there are to accept, and which of them only inform where few are written to by name."""

from __future__ import annotations

from collections.abc import Iterable

from outreach.errors import SettingsError

WARNINGS = tuple(f"W{number:02}" for number in range(1, 26))
_PERSONAL = ("advocacy", "press")  # letters to officials and journalists: no list that anyone is subscribed to


def read_codes(words: Iterable[str], *, said_in: str) -> frozenset[str]:
    """The codes of warnings, also where several stand in one word (W06,W13). SettingsError for any other."""
    codes = frozenset(code.strip().upper() for word in words for code in word.split(",") if code.strip())
    for code in sorted(codes.difference(WARNINGS)):
        why = "an error can't be accepted" if code.startswith("E") else "there is no such warning"
        raise SettingsError(f"{said_in} {code}: {why}", "Name warnings, for example W06,W13: docs/findings.md has all.")
    return codes


def level_for(purpose: str) -> str:
    """The level of W04, W05, W17 and W18."""
    return "info" if purpose in _PERSONAL else "warning"
