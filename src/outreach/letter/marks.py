"""Marks: what stands in a skeleton for the values that were printed.

A mark is one word of ASCII letters and digits, so that Markdown, HTML, URLs and CSS inlining leave it as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence


class Marks:
    """The marks of one letter, told apart from all text by a nonce.

    The nonce is derived from the letter, so that rendering is the same every time. Values are never searched for
    marks, so it need not be secret.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """`texts` are the templates of the letter: the nonce occurs in none of them."""
        whole = "\0".join(texts)
        digest = hashlib.sha256(whole.encode(errors="surrogatepass")).hexdigest()
        while (nonce := f"q{digest[:12]}") in whole.lower():
            digest = hashlib.sha256(digest.encode()).hexdigest()
        self.nonce = nonce
        # A value · a value in a link · "(link)", left out where the link is the value of the second number.
        self.pattern = re.compile(rf"{nonce}(\d+)(?:([zu])|n(\d+)z)")
        self._before = re.compile(rf"{nonce}\d+z\Z")

    def mark(self, index: int) -> str:
        """The mark of a value, by its place among those printed."""
        return f"{self.nonce}{index}z"

    def index_of(self, text: str) -> int | None:
        """The place of the value whose mark is all of the text; None where the text is anything else."""
        found = self.pattern.fullmatch(text)
        return int(found[1]) if found and found[2] else None

    def as_link(self, text: str) -> str:
        """The text, with the values in it to be encoded for a link."""
        return self.pattern.sub(lambda found: f"{self.nonce}{found[1]}u", text)

    def link_note(self, link: int, label: int) -> str:
        """The mark of a link in brackets behind a label, to be left out where both are the same value."""
        return f"{self.nonce}{link}n{label}z"

    def fill(self, marked: str, printed: Sequence[str]) -> str:
        """The text with its values, as they are."""
        if self.nonce not in marked:
            return marked
        return self.pattern.sub(lambda found: printed[int(found[1])], marked)

    def blank(self, marked: str) -> str:
        """The text with an ellipsis for each value: for messages."""
        return self.pattern.sub("…", marked)

    def touches(self, text: str, start: int, end: int) -> tuple[bool, bool]:
        """Whether a mark ends right before `start`, and whether one begins at `end`."""
        before = self._before.search(text, max(0, start - len(self.nonce) - 12), start) is not None
        return before, text.startswith(self.nonce, end)
