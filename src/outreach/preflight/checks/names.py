"""W22: the name of one recipient in the words that all of them get."""

from __future__ import annotations

import re
from collections.abc import Collection

# A name that holds one of these is an office's, and a letter may well speak of it.
_OFFICES = re.compile(
    r"\b(?:office|ministry|minister|president|secretary|chair\w*|committee|council|commission\w*|department|desk|embassy"
    r"|parliament|assembly|senate|congress|house|union|nations|rights|high|prime|foreign|general|bureau|board|press"
    r"|foundation|association|organi[sz]ation|international|institute|university|church|court|team|editors?|agency"
    r"|ministère|présidente?|ministre|monsieur|madame|bundes\w*|ministerium|ministerio|presidente|ministro|oficina)\b",
    re.IGNORECASE,
)
_HANGUL = re.compile(r"[가-힣]{2,4}")
_HANGUL_OFFICES = re.compile(
    r"(?:대통령|총리|장관|차관|의장|위원|대사|의원|실장|국장|총장|기자|본부|위원회|정부|국회|단체)"
)
_CAPITALISED = re.compile(r"[^\W\d_][\w'’.-]*")


def is_persons(name: str, known: Collection[str] = ()) -> bool:
    """Whether it is surely a person's: two words or more in capitals, or a few Hangul; `known` are other names."""
    if name in known or _OFFICES.search(name):
        return False
    if name.replace(" ", "").isascii() or not _HANGUL.fullmatch(name.replace(" ", "")):
        words = name.split()
        return 2 <= len(words) <= 4 and all(_is_capitalised(word) for word in words)
    return len(name) >= 3 and not _HANGUL_OFFICES.search(name)


def find_name(name: str, text: str) -> bool:
    """Whether it stands there, as whole words."""
    if _HANGUL.match(name):
        return re.search(rf"(?<![가-힣]){re.escape(name)}", text) is not None
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _is_capitalised(word: str) -> bool:
    """Scripts without capitals have only the others."""
    return _CAPITALISED.fullmatch(word) is not None and not word[0].islower() and len(word) > 1
