"""The characters around and inside the values of a list: blanks that are dropped, and what no header may hold."""

from __future__ import annotations

import re

# Ordinary, non-breaking and ideographic blanks, and those without a width that spreadsheets and web pages leave behind.
BLANKS = " \t\u00a0\u2007\u202f\u3000\u200b\ufeff"

# Controls, the line ends that only Unicode knows, and halves of surrogate pairs, which no encoding can carry.
_FORBIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LINE_ENDS = "\n\r\x0b\x0c\x85\u2028\u2029"

_SHOWN = 60


def trim(text: str) -> str:
    """The text without the blanks around it; line breaks stay."""
    return text.strip(BLANKS)


def unify_lines(text: str) -> str:
    """The text with LF at the end of each line, whatever ended it."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def find_forbidden(text: str) -> str:
    """What in the text must not go into a header, in words: "a line break (U+000A)"; empty if nothing. Tabs may."""
    if text.isprintable() or (found := _FORBIDDEN.search(text)) is None:
        return ""
    character = found.group()
    return f"a {'line break' if character in _LINE_ENDS else 'control character'} (U+{ord(character):04X})"


def show(text: str) -> str:
    """The text as it may stand in a message of one line: quoted, shortened, nothing unprintable."""
    if len(text) > _SHOWN:
        text = text[:_SHOWN] + "…"
    return '"' + "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text) + '"'
