"""The first words of a message are what a list of mails shows."""

from __future__ import annotations

from outreach.message.first_words import first_words
from outreach.message.opened import open_message
from tests.message.samples import compose, letter


def words_of(text: str, html: str | None = None) -> str:
    return first_words(open_message(compose(letter(text, html=html)).content))


def test_text_is_put_on_one_line() -> None:
    """Line ends and runs of blanks are one blank."""
    assert words_of("Excellency,\n\n  we  write\n") == "Excellency, we write"


def test_html_counts_where_there_is_one() -> None:
    """What is hidden at its top is shown first, what is no text never; blocks are apart, and words whole."""
    page = (
        "<html><head><title>no</title><style>p{}</style></head><body><div style='display:none'>Before all&zwnj;&nbsp;"
        "&zwnj;&nbsp;</div><p>Ex<b>cel</b>lency,</p><p>we &amp; you</p></body></html>"
    )

    assert words_of("text", page) == "Before all Excellency, we & you"


def test_hundred_thousand_characters_are_cut() -> None:
    """No more is kept than any client shows."""
    assert words_of("W" * 100_000) == "W" * 160
    assert words_of("x", f"<p>{'W' * 100_000}</p>") == "W" * 160


def test_persian_joiners_stay() -> None:
    """One joiner between letters is no padding."""
    assert words_of("می\u200cخواهم") == "می\u200cخواهم"
