"""Values that run the other way than a page from right to left, and all others, which stay as they are."""

from __future__ import annotations

import pytest

from outreach.letter.direction import runs_against
from tests.letter.support import attributes_of, html_of, make_contact, make_template, render, tags_of

ARABIC = "وزارة الخارجية"


@pytest.mark.parametrize(
    ("value", "against"),
    [
        ("Kim", True),
        ("홍길동", True),
        ("kim@example.org", True),
        (ARABIC, False),
        ("Kim (كيم)", False),
        ("2023", False),
        ("+82-2-123-4567", True),
        ("16.10.2023", False),
        ("1 234", True),
        ("16 أكتوبر 2023", False),
        ("…!", False),
    ],
)
def test_a_value_runs_against_a_page_from_right_to_left_or_does_not(value: str, against: bool) -> None:
    """Letters from left to right do, and numbers with signs in them; what has letters of both ways is left alone."""
    assert runs_against(value) is against


def test_a_latin_name_on_an_arabic_page_is_kept_apart() -> None:
    """So are addresses and telephone numbers, each line by itself; Arabic names are not, nor is plain text."""
    body = "إلى {{ n }}: {{ v }}, {{ phone }}."
    letter = make_template(body, subject="إلى {{ v }}!").render(
        make_contact(lang="ar", n=ARABIC, v="Kim", phone="+82-2-1")
    )

    assert letter.subject == "إلى Kim!"
    assert letter.text == f"إلى {ARABIC}: Kim, +82-2-1.\n"
    assert f"إلى {ARABIC}: <bdi>Kim</bdi>, <bdi>+82-2-1</bdi>." in html_of(letter)


def test_nothing_is_added_to_a_value_on_a_page_from_left_to_right() -> None:
    """An Arabic name in an English letter stands as it is, in all parts."""
    letter = make_template("Dear {{ v }}!", subject="For {{ v }} 5").render(make_contact(v=ARABIC))

    assert letter.subject == f"For {ARABIC} 5"
    assert letter.text == f"Dear {ARABIC}!\n"
    assert f"Dear {ARABIC}!" in html_of(letter)
    assert "bdi" not in tags_of(letter)


def test_links_attributes_and_titles_get_no_tags() -> None:
    """Where a tag can't stand, or would break an address, a value is only escaped."""
    page = '<html><head><title>{{ v }}</title></head><body><p title="{{ v }}"><a href="https://x.example/{{ v }}">x</a>'
    letter = render(page, ending=".html", lang="ar", v="Kim")

    assert "<title>Kim</title>" in html_of(letter)
    assert attributes_of(letter, "p.title") == ["Kim"]
    assert attributes_of(letter, "a.href") == ["https://x.example/Kim"]


def test_lines_of_a_value_are_kept_apart_each() -> None:
    """An address of several lines on an Arabic page."""
    letter = render("{{ v }}", lang="ar", v="1 Street\nSeoul")

    assert "<bdi>1 Street</bdi><br><bdi>Seoul</bdi>" in html_of(letter)
