"""The filters of our own."""

from __future__ import annotations

import pytest

from tests.letter.support import problem_of, render


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("date | date", "October 16, 2023"),
        ('date | date("full")', "Monday, October 16, 2023"),
        ('date | date("full", "ko")', "2023년 10월 16일 월요일"),
        ('date | date("d MMMM y", lang="de")', "16 Oktober 2023"),
        ('"2024-02-29" | date("long")', "February 29, 2024"),
        ('"2024-02-29T10:00:00+09:00" | date("short")', "2/29/24"),
        ("signatories | count", "2"),
        ('signatories | selectattr("items", "eq", "3") | count', "1"),
        ("signatories | length", "2"),
        ('signatories | join(attribute="name")', "Freedom & Light, Open *Borders*"),
        ('["a", "b", "c"] | join', "a, b, c"),
        ('["a", "b", "c"] | join("/")', "a/b/c"),
        ('["a", "b", "c"] | join(", ", last=" and ")', "a, b and c"),
        ('["a"] | join(last=" and ")', "a"),
        ('["a", "b", "c"] | listed', "a, b, and c"),
        ('["a", "b"] | listed(lang="ko")', "a 및 b"),
        ('signatories | listed(attribute="items")', "3 and 4"),
        ('signatories | map(attribute="items") | join', "3, 4"),
        ('signatories | sort(attribute="name", reverse=true) | map(attribute="items") | first', "4"),
        ('"kim" | upper', "KIM"),
        ('"kim" | title | replace("K", "T")', "Tim"),
    ],
)
def test_writes(expression: str, text: str) -> None:
    """Dates, counts and lists come out in words of the letter's language."""
    assert render(f"{{{{ {expression} }}}}", ending=".txt").text == text


def test_dates_follow_the_contacts_language() -> None:
    """The same letter prints the date in Korean for a Korean contact."""
    assert render("{{ date | date }}", ending=".txt", lang="ko").text == "2023년 10월 16일"


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("born | date", "E25"),
        ("nothing | date", "E09"),
        ('date | date("long", "xx")', "E25"),
        ('[nothing, "a"] | join', "E09"),
        ("[nothing] | listed", "E09"),
        ('signatories | join(attribute="nme")', "E09"),
        ("[] | join", "E09"),
        ("3 | count", "E20"),
    ],
)
def test_refuses(expression: str, code: str) -> None:
    """What can't be written is a problem, not a guess."""
    problem = problem_of(f"{{{{ {expression} }}}}", born="16/10/2023", nothing="")

    assert (problem.code, problem.where) == (code, "templates/letter.md:5")
