"""Printed values that run the other way than a page from right to left.

Latin names, phone numbers and addresses run from left to right. In Arabic or Hebrew text such a value draws the
punctuation beside it, and the order of its own parts, into the wrong place (Unicode Annex 9), unless it is isolated: in
HTML it stands in `<bdi>`. A value that has letters of both directions, such as a list of names, is left to the page.

Nothing is ever added to a value in the text part, in the subject, or in a page from left to right: what a cell holds is
printed as it is, mail programs show each line of text by its first letter, and characters that nobody sees make
subjects suspicious.
"""

from __future__ import annotations

import html
import unicodedata
from functools import lru_cache

_RIGHT_TO_LEFT = {"R", "AL"}
_NUMBER = {"EN", "CS"}  # digits, and the dot, comma, colon and slash that stay in their order between them


@lru_cache(maxsize=4096)
def runs_against(value: str) -> bool:
    """Whether a value would be scrambled, or scramble what stands beside it, in text from right to left."""
    kinds = {unicodedata.bidirectional(character) for character in value}
    if kinds & _RIGHT_TO_LEFT:
        return False
    return "L" in kinds or ("EN" in kinds and not kinds <= _NUMBER)


@lru_cache(maxsize=4096)
def escape_in_ltr(value: str) -> str:
    """A value as HTML shows it, line by line."""
    return html.escape(value).replace("\n", "<br>")


@lru_cache(maxsize=4096)
def escape_in_rtl(value: str) -> str:
    """The same on a page from right to left."""
    return "<br>".join(
        f"<bdi>{html.escape(line)}</bdi>" if runs_against(line) else html.escape(line) for line in value.split("\n")
    )
