"""Texts put together from stretches that many letters share: what is known of these is found out once.

Where the values between them change nothing of it, the text goes out in 7 bit, a join of what is there already.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from outreach.model import Stretches

_LONGEST_LINE = 998  # octets, without CRLF (RFC 5322, 2.1.1)
_FROM = "From "  # mailbox files put ">" before a line that starts so, which breaks a signature


@dataclass(frozen=True, slots=True)
class _LineStart:
    """A value that may stand at the beginning of a line, or right behind the beginning of a "From " there."""

    index: int
    rest: str  # what would complete the "From "
    first: frozenset[str]  # first characters of values that take a closer look

    def is_harmless(self, value: str) -> bool:
        """Whether the value surely makes no "From " there, and no leading dot."""
        return not (value.startswith((self.rest, ".")) or self.rest.startswith(value))


@dataclass(frozen=True, slots=True)
class KnownStretches:
    """What is known of the fixed stretches of a text that can travel as they are."""

    pieces: list[str]  # as they travel, with a place for each value between them
    longest: int  # the longest line, its values aside
    line_starts: tuple[_LineStart, ...]
    has_boundary: bool  # whether they hold what may begin a boundary, or a part of it beside a value

    def is_plain(self, text: Stretches) -> bool:
        """Whether the text surely travels in 7 bit as it is, and no value of it begins a line with a dot.

        False where that takes a closer look.
        """
        joined = text.joined_values
        if not (joined.isascii() and joined.isprintable()) or self.longest + len(joined) > _LONGEST_LINE:
            return False
        values = text.values
        for start in self.line_starts:
            value = values[start.index]
            if value[:1] in start.first and not start.is_harmless(value):
                return False
        return True

    def holds_no_boundary(self, text: Stretches) -> bool:
        """Whether the text surely holds no boundary, all of which begin with "=_"; False where that takes a search."""
        return not self.has_boundary and "=_" not in text.joined_values


def join_plain(text: Stretches) -> bytes | None:
    """The text with CRLF, where it is plain; None where it may not be."""
    known = known_stretches(text.fixed)
    if known is None or not known.is_plain(text):
        return None
    pieces = known.pieces.copy()
    pieces[1::2] = text.values
    return "".join(pieces).encode("ascii")


def holds_no_boundary(text: str | Stretches) -> bool:
    """Whether it surely holds no boundary; False where that takes a search."""
    if isinstance(text, str):
        return False
    known = known_stretches(text.fixed)
    return known is not None and known.holds_no_boundary(text)


@lru_cache(maxsize=64)
def known_stretches(fixed: tuple[str, ...]) -> KnownStretches | None:
    """None where these alone can't travel as they are."""
    text = "\n".join(fixed)  # a line end for each value: what stands there is looked at for each letter
    if not fixed[-1] or not text.isascii() or "\r" in text or "\x00" in text or "\nFrom " in f"\n{text}":
        return None
    pieces = [""] * (2 * len(fixed) - 1)
    pieces[::2] = [stretch.replace("\n", "\r\n") for stretch in fixed]
    pieces[-1] += "" if fixed[-1].endswith("\n") else "\r\n"
    before = [stretch.rpartition("\n")[2] for stretch in fixed[:-1]]
    return KnownStretches(
        pieces,
        longest=max(map(len, "".join(fixed).split("\n"))),
        line_starts=tuple(_line_start(index, start) for index, start in enumerate(before) if _FROM.startswith(start)),
        has_boundary="=_" in "".join(fixed)
        or any(stretch.endswith("=") for stretch in fixed[:-1])
        or any(stretch.startswith("_") for stretch in fixed[1:]),
    )


def _line_start(index: int, before: str) -> _LineStart:
    rest = _FROM.removeprefix(before)
    return _LineStart(index, rest, first=frozenset({"", ".", rest[:1]}))
