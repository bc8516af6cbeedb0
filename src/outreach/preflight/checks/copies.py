"""W25: a line of the letter that names who gets a copy, and the header that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outreach.errors import Problem
from outreach.model import Contact

_LINE = re.compile(
    r"^[ \t]*(?:c\.?c\.?|copy to|copies to|copied to|kopie an|kopie:|copie [àa]|copia a|con copia a|사본|نسخة إلى)"
    r"(?:[ \t]*[:：]|(?<=:))[ \t]*(\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"(?<![^\s<>,;()\"])[^\s<>,;()\"@]+@[^\s<>,;()\"]+\w")


def names_copies(text: str) -> bool:
    """Whether the letter has such a line."""
    return _LINE.search(text) is not None


def check_copies(text: str, contact: Contact) -> Iterator[Problem]:
    """Whether the line and the header agree, as far as addresses tell."""
    lines = _LINE.findall(text)
    if not lines:
        return
    several = "name copies that the headers do not"
    if not contact.cc:
        message = f'the letter says "Cc: {lines[0][:50].strip()}", and nobody gets a copy that others see'
        hint = "Put the address into the column cc, or take the line out where there is none: {% if cc %}."
        yield Problem("W25", "", message, hint, level="warning", several=several)
        return
    known = {mailbox.key for mailbox in (*contact.cc, *contact.to)}
    others = [address for line in lines for address in _ADDRESS.findall(line) if address.casefold() not in known]
    if others:
        message = f"the letter says that {others[0]} gets a copy, and the header Cc does not name it"
        yield Problem("W25", "", message, "Correct the line, or the column cc.", level="warning", several=several)
