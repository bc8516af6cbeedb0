"""Languages by their tags (RFC 5646): what is known about them, and which way they are written."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from outreach.letter.complaints import UnfitError, shorten

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@lru_cache(maxsize=256)
def find_locale(tag: str) -> Locale:
    """What is known about the language of a tag such as `ko` or `pt-BR`. UnfitError where nothing is."""
    if _TAG.fullmatch(tag):
        # A region that says nothing about the language, as in en-KR, is no reason to refuse it.
        for candidate in (tag, tag.partition("-")[0]):
            try:
                return Locale.parse(candidate, sep="-")
            except (UnknownLocaleError, ValueError):
                continue
    hint = "Write a tag such as en, ko or pt-BR."
    raise UnfitError("E25", f'"{shorten(tag)}" is not a known language', hint, several="name no known language")


def is_known(tag: str) -> bool:
    """Whether anything is known about the language."""
    try:
        find_locale(tag)
    except UnfitError:
        return False
    return True


@lru_cache(maxsize=256)
def canonical_tag(tag: str) -> str:
    """The tag as RFC 5646 (2.1.1) writes it: pt-BR for PT_br; tags that mean the same compare equal."""
    first, *rest = tag.replace("_", "-").lower().split("-")
    return "-".join([first, *(part.upper() if len(part) == 2 else _script(part) for part in rest)])


def is_right_to_left(tag: str) -> bool:
    """Whether the language is written from right to left, as Arabic, Hebrew, Persian and Urdu are."""
    return find_locale(tag).character_order == "right-to-left"


def _script(part: str) -> str:
    return part.title() if len(part) == 4 and part.isalpha() else part
