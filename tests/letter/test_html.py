"""HTML letters."""

from __future__ import annotations

import pytest

from tests.letter.support import BODY_LINE, attributes_of, html_of, problem_of, render, tags_of

WHOLE = """<!DOCTYPE html>
<html lang="fr"><head><style>p { color: red } @media (max-width: 9em) { p { color: blue } }</style></head>
<body><!--[if mso]><b>{{ name }}</b><![endif]--><p>{{ name }}</p></body></html>
"""


def test_a_whole_page_stays_as_it_is() -> None:
    """A page of the user's own gets its CSS inlined and nothing around it."""
    letter = render(WHOLE, ending=".html", name="<Kim>--> ")

    html = html_of(letter)
    assert tags_of(letter).count("html") == 1
    assert "div" not in tags_of(letter)
    assert attributes_of(letter, "html.lang") == ["fr"]
    assert '<p style="color: red;">&lt;Kim&gt;--&gt; </p>' in html
    assert "@media" in html
    assert "<b>&lt;Kim&gt;--&gt; </b>" in html


def test_a_fragment_gets_a_page_around() -> None:
    """A letter that is only the inside of a page is laid out like a Markdown letter."""
    letter = render("<p>Hi</p>", ending=".html", lang="ar")

    assert attributes_of(letter, "html.dir") == ["rtl"]
    assert tags_of(letter).count("p") == 1


def test_loops_make_rows() -> None:
    """A loop over table rows stays inside its table."""
    body = "<table>\n{% for s in signatories %}\n<tr><td>{{ s.name }}</td></tr>\n{% endfor %}\n</table>"

    letter = render(body, ending=".html")

    assert tags_of(letter)[-6:] == ["table", "tbody", "tr", "td", "tr", "td"]


@pytest.mark.parametrize(
    "body",
    [
        '<p style="color: {{ v }}">x</p>',
        '<p onclick="{{ v }}">x</p>',
        '<img srcset="{{ v }} 2x" alt="">',
        "<style>p { color: {{ v }} }</style><p>x</p>",
        "<script>{{ v }}</script>",
        '<script>title="{{ v }}"</script>',
        "<p {{ v }}>x</p>",
        '<p data-{{ v }}="1">x</p>',
        '<link rel="stylesheet" href="style.css">',
    ],
)
def test_values_stand_in_text_only_where_they_are_text(body: str) -> None:
    """Styles, scripts, names of attributes and files of style are no place for a value."""
    problem = problem_of(body, ending=".html", v="red")

    assert (problem.code, problem.where) == ("E20", f"templates/letter.html:{BODY_LINE}")


def test_values_in_attributes_are_escaped() -> None:
    """Quotes and tags in a value stay inside its attribute."""
    letter = render(
        "<img src='https://x.example/' alt='{{ v }}'><b data-x={{ v }} title=\"{{ v }}\">b</b>",
        ending=".html",
        v="\"'><i>",
    )

    assert attributes_of(letter, "img.alt") == ["\"'><i>"]
    assert attributes_of(letter, "b.data-x") == ["\"'><i>"]
    assert attributes_of(letter, "b.title") == ["\"'><i>"]
    assert "i" not in tags_of(letter)


def test_marks_of_markdown_are_just_text() -> None:
    """Stars in HTML and text letters are nothing to worry about."""
    assert render("<p>**x**</p>", ending=".html").text == "**x**\n"
