"""Values that end up in letters: a text for each language, and what may stand in the headers of a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

_WEB = re.compile(
    r"https://[A-Za-z0-9.\-]+(?::\d{1,5})?(?:[/?](?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?"
)  # RFC 3986
_LONGEST_WEB = 800  # a line of a header holds 998 octets, and the token 65
_ATEXT = r"[A-Za-z0-9!#$%&'*+\-/=^_`{|}~]+"  # of RFC 5322, 3.2.3, but for the ? of encoded-words
_ADDRESS = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_LIST_ID = re.compile(r"[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)+")
_LONGEST_LIST_ID = 255  # RFC 2919, 2
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


def read_by_language(value: object) -> Mapping[str, str]:
    """A text by language, from { ko = "…", en = "…" }; from a text alone, the one for every language, under ""."""
    texts = {"": value} if isinstance(value, str) else value
    if not isinstance(texts, dict) or not all(
        isinstance(text, str) and text.isprintable() and (not tag or _LANGUAGE.fullmatch(tag))
        for tag, text in texts.items()
    ):
        raise ValueError('a text of one line, or one for each language: { ko = "…", en = "…" }')
    return {tag: text for tag, text in texts.items() if text}


def show_by_language(texts: Mapping[str, str]) -> str | Mapping[str, str]:
    """The text, or the texts by language, as they are written."""
    return texts.get("", "") if texts.keys() <= {""} else texts


def is_web_address(url: str) -> bool:
    """Whether it is a place on the web that may stand in List-Unsubscribe as it is (RFC 8058, 3.1)."""
    return _WEB.fullmatch(url) is not None and len(url) <= _LONGEST_WEB and bool(urlsplit(url).hostname)


def is_plain_address(address: str) -> bool:
    """Whether it is an address that may stand in a mailto URL as it is, once percent-encoded (RFC 6068, 2)."""
    return _ADDRESS.fullmatch(address) is not None


def is_list_id(name: str) -> bool:
    """Whether it may stand between the brackets of List-Id (RFC 2919, 2)."""
    return _LIST_ID.fullmatch(name) is not None and len(name) <= _LONGEST_LIST_ID
