"""Encoded-words: text of any language in the 7-bit header of a message (RFC 2047)."""

from __future__ import annotations

import binascii
import string
import unicodedata
from collections.abc import Iterator, Sequence

LONGEST = 75  # RFC 2047, 2
_FRAME = len("=?utf-8?q?") + len("?=")
_NARROWEST = 24  # room for at least one character of four octets, whatever the header's name has taken

_JOINER = "\u200d"
_JOINED = "\u0e33\u0eb3"  # vowels of Thai and Lao that are letters by category and written as marks
_VIRAMA = 9  # its combining class: it joins two consonants of Indic scripts

# RFC 2047, 5 (3): what may stand unquoted in a phrase is safe in every other place as well.
_SAFE = frozenset(string.ascii_letters + string.digits + "!*+-/")


def encode_words(text: str, *, first_width: int = LONGEST) -> list[str]:
    """The text as encoded-words that fit `first_width` and then 75 columns.

    No character is split between two, and what is seen as one (a letter with its marks, a syllable of jamo, a family
    of emoji) is not either, unless it is longer than a word may be: some readers show each word by itself.
    They read back as the exact text when they are joined by blanks or folds.
    """
    quoted = [_quote(character) for character in text]
    octets = [len(character.encode()) for character in text]
    first = max(min(first_width, LONGEST), _NARROWEST) - _FRAME
    rest = LONGEST - _FRAME
    if sum(map(len, quoted)) <= (sum(octets) + 2) // 3 * 4:
        spans = _spans(text, list(map(len, quoted)), first=first, rest=rest)
        return [f"=?utf-8?q?{''.join(quoted[span])}?=" for span in spans]
    spans = _spans(text, octets, first=first // 4 * 3, rest=rest // 4 * 3)
    return [f"=?utf-8?b?{_base64(text[span])}?=" for span in spans]


def _quote(character: str) -> str:
    if character in _SAFE:
        return character
    if character == " ":
        return "_"
    return "".join(f"={octet:02X}" for octet in character.encode())


def _base64(text: str) -> str:
    return binascii.b2a_base64(text.encode(), newline=False).decode("ascii")


def _spans(text: str, sizes: Sequence[int], *, first: int, rest: int) -> Iterator[slice]:
    """Runs of neighbours whose sizes add up to no more than `first`, and then `rest`."""
    start = total = 0
    limit = first
    for index, size in enumerate(sizes):
        while total + size > limit:
            end = _break(text, start, index)
            yield slice(start, end)
            start, total, limit = end, sum(sizes[end:index]), rest
        total += size
    yield slice(start, len(sizes))


def _break(text: str, start: int, end: int) -> int:
    """Where to break at `end` or before it, so that nothing is torn that is seen as one character."""
    at = end
    while at > start and _is_joined(text, at):
        at -= 1
    return at if at > start else end


def _is_joined(text: str, at: int) -> bool:
    """Whether a character goes on what stands before it (Unicode, UAX 29, as far as names and subjects need it)."""
    before, character = text[at - 1], text[at]
    if _JOINER in (before, character) or character in _JOINED or unicodedata.category(character).startswith("M"):
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff":  # a colour of skin
        return True
    if _is_flag_letter(character) and _is_flag_letter(before):  # two make a flag
        run = at
        while run and _is_flag_letter(text[run - 1]):
            run -= 1
        return (at - run) % 2 == 1
    return _joins_jamo(before, character) or (unicodedata.combining(before) == _VIRAMA and character.isalpha())


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _joins_jamo(before: str, character: str) -> bool:
    """Whether both are of one Hangul syllable: leading consonants, vowels, final consonants."""
    if "\u1100" <= before <= "\u115f":
        return "\u1100" <= character <= "\u11a7" or "가" <= character <= "힣"
    if "\u1160" <= before <= "\u11a7" or ("가" <= before <= "힣" and (ord(before) - ord("가")) % 28 == 0):
        return "\u1160" <= character <= "\u11ff"
    return ("\u11a8" <= before <= "\u11ff" or "가" <= before <= "힣") and "\u11a8" <= character <= "\u11ff"
