"""Encoded-words: text of any language in the 7-bit header of a message (RFC 2047)."""

from __future__ import annotations

import binascii
import string
from collections.abc import Iterator, Sequence

LONGEST = 75  # RFC 2047, 2
_FRAME = len("=?utf-8?q?") + len("?=")
_NARROWEST = 24  # room for at least one character of four octets, whatever the header's name has taken

# RFC 2047, 5 (3): what may stand unquoted in a phrase is safe in every other place as well.
_SAFE = frozenset(string.ascii_letters + string.digits + "!*+-/")


def encode_words(text: str, *, first_width: int = LONGEST) -> list[str]:
    """The text as encoded-words that fit `first_width` and then 75 columns; no character is split between two.

    They read back as the exact text when they are joined by blanks or folds.
    """
    quoted = [_quote(character) for character in text]
    octets = [len(character.encode()) for character in text]
    first = max(min(first_width, LONGEST), _NARROWEST) - _FRAME
    rest = LONGEST - _FRAME
    if sum(map(len, quoted)) <= (sum(octets) + 2) // 3 * 4:
        spans = _spans(list(map(len, quoted)), first=first, rest=rest)
        return [f"=?utf-8?q?{''.join(quoted[span])}?=" for span in spans]
    spans = _spans(octets, first=first // 4 * 3, rest=rest // 4 * 3)
    return [f"=?utf-8?b?{_base64(text[span])}?=" for span in spans]


def _quote(character: str) -> str:
    if character in _SAFE:
        return character
    if character == " ":
        return "_"
    return "".join(f"={octet:02X}" for octet in character.encode())


def _base64(text: str) -> str:
    return binascii.b2a_base64(text.encode(), newline=False).decode("ascii")


def _spans(sizes: Sequence[int], *, first: int, rest: int) -> Iterator[slice]:
    """Runs of neighbours whose sizes add up to no more than `first`, and then `rest`."""
    start = total = 0
    limit = first
    for index, size in enumerate(sizes):
        if total + size > limit:
            yield slice(start, index)
            start, total, limit = index, 0, rest
        total += size
    yield slice(start, len(sizes))
