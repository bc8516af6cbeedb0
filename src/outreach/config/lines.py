"""Finds the line on which each key of a TOML text stands, which the standard library's parser does not tell."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_PATH = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_PATH})\s*\]\]?")
_KEY = re.compile(rf"\s*({_PATH})\s*=")
_QUOTES = ('"""', "'''")


def locate_keys(text: str) -> Mapping[str, int]:
    """The line, from 1, of each section ("relay") and key ("relay.port") in a valid TOML text."""
    lines: dict[str, int] = {}
    section = ""
    open_quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if open_quote:
            open_quote = "" if open_quote in line else open_quote
        elif header := _HEADER.match(line):
            section = _plain(header[1])
            lines.setdefault(section, number)
        elif key := _KEY.match(line):
            name = _plain(key[1])
            lines.setdefault(f"{section}.{name}" if section else name, number)
            open_quote = next((quote for quote in _QUOTES if line.count(quote) == 1), "")
    return lines


def line_of(name: str, lines: Mapping[str, int]) -> int | None:
    """The line of a key; of the first one below it where it has none of its own (`[relay.timeouts]`)."""
    below = (number for other, number in lines.items() if other.startswith(f"{name}."))
    return lines.get(name) or next(below, None)


def _plain(path: str) -> str:
    return ".".join(part.strip("\"'") for part in re.findall(_PART, path))
