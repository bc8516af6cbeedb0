"""Texts put together from stretches that many letters share: what is known of these is found out once.

Where the values between them change nothing of it, the text goes out in 7 bit, a join of what is there already.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from outreach.model import Stretches

_LONGEST_LINE = 998  # octets, without CRLF (RFC 5322, 2.1.1)
_FROM = "From "  # mailbox files put ">" before a line that starts so, which breaks a signature
_BEGINNINGS = frozenset({"", *_FROM})  # of values that may be a part of it


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the fixed stretches of a text."""

    pieces: list[str]  # as they travel, with a place for each value between them
    longest: int  # the longest line, its values aside
    line_starts: tuple[int, ...]  # values that may complete a "From " at the beginning of a line
    has_boundary: bool  # whether they hold what may begin a boundary


def join_plain(text: Stretches) -> bytes | None:
    """The text with CRLF, where it may travel in 7 bit as it is; None where that takes a closer look."""
    known, joined = _known(text.fixed), text.joined_values
    if known is None or not (joined.isascii() and joined.isprintable()):
        return None
    if known.longest + len(joined) > _LONGEST_LINE:
        return None
    values = text.values
    for index in known.line_starts:
        if values[index][:1] in _BEGINNINGS:
            return None
    pieces = known.pieces.copy()
    pieces[1::2] = values
    return "".join(pieces).encode("ascii")


def holds_no_boundary(text: str) -> bool:
    """Whether it surely holds no boundary, all of which begin with "=_"; False where that takes a search."""
    if not isinstance(text, Stretches):
        return False
    known = _known(text.fixed)
    return known is not None and not known.has_boundary and "=" not in text.joined_values


@lru_cache(maxsize=64)
def _known(fixed: tuple[str, ...]) -> _Known | None:
    """None where these alone can't travel as they are."""
    text = "\n".join(fixed)  # a line end for each value: what stands there is looked at for each letter
    if not fixed[-1] or not text.isascii() or "\r" in text or "\x00" in text or "\nFrom " in f"\n{text}":
        return None
    pieces = [""] * (2 * len(fixed) - 1)
    pieces[::2] = [stretch.replace("\n", "\r\n") for stretch in fixed]
    pieces[-1] += "" if fixed[-1].endswith("\n") else "\r\n"
    before = [stretch.rpartition("\n")[2] for stretch in fixed[:-1]]
    return _Known(
        pieces,
        longest=max(map(len, "".join(fixed).split("\n"))),
        line_starts=tuple(index for index, start in enumerate(before) if _FROM.startswith(start)),
        has_boundary="=_" in "".join(fixed) or any(stretch.endswith("=") for stretch in fixed),
    )
