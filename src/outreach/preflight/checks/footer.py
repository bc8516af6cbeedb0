"""W05: whether the letter says who writes, where they are, and how to reach them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outreach.errors import Problem
from outreach.message.sender import Sender

_CONTACT = re.compile(r"(?<!\S)[^\s@]+@[^\s@]+\.\w|https?://|www\.|(?:\+|\b0)[\d ()/.–-]{6,}\d")
_WORD = re.compile(r"\w{2,}")
_MOST_OF_IT = 0.7  # of the words of the postal address, which a letter may write in another order


def check_footer(text: str, sender: Sender, postal_address: str, level: str) -> Iterator[Problem]:
    """What is missing of it (CASL, SOR/2012-36, 2; CAN-SPAM, 7704(a)(5))."""
    said = " ".join(text.split()).casefold()
    missing = []
    names = [name for name in (sender.from_.name, sender.organization) if name]
    if not any(" ".join(name.split()).casefold() in said for name in names):
        missing.append("the sender's name")
    if not _says_address(said, postal_address):
        missing.append("a postal address")
    if not _CONTACT.search(said):
        missing.append("how to reach you")
    if missing:
        hint = "Say it at the end of the letter; postal_address stands under [sender]."
        yield Problem("W05", "", f"the letter does not say {' nor '.join(missing)}", hint, level=level)


def _says_address(said: str, postal_address: str) -> bool:
    words = set(_WORD.findall(postal_address.casefold()))
    return bool(words) and len(words.intersection(_WORD.findall(said))) >= _MOST_OF_IT * len(words)
