"""What a reader needs stays, what would deceive one is named."""

from __future__ import annotations

import pytest

from outreach.message.legible import legible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Dear Minister", "Dear Minister"),
        ("대한민국　통일부", "대한민국　통일부"),
        ("C\u2019est\u202fbon\u00a0!", "C\u2019est bon !"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u202egpj.exe", "a<U+202E>gpj.exe"),
        ("\u2066x\u2069", "<U+2066>x<U+2069>"),
        ("\x1b[31mred\x07\x9b", "<U+001B>[31mred<U+0007><U+009B>"),
        ("two\nlines\tand a tab", "two\nlines    and a tab"),
        ("Sil\u00adbe", "Silbe"),
        ("zero\u200bwidth\ufeff", "zero<U+200B>width<U+FEFF>"),
        ("half \ud800", "half <U+D800>"),
    ],
)
def test_texts_are_made_legible(text: str, shown: str) -> None:
    """Blanks and joiners as they are, controls by their code."""
    assert legible(text) == shown
