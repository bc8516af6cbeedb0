"""Contact data is data: whatever stands in a cell arrives as it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.letter.marks import Marks
from outreach.letter.source import parse_source
from tests.letter.support import (
    attributes_of,
    html_of,
    inside,
    make_contact,
    make_template,
    render,
    shown_text,
    tags_of,
)

MARKDOWN = """# {{ v }}

Dear **{{ v }}**, _{{ v }}_ `{{ v }}` [{{ v }}](https://x.example/) ({{ v }})

- {{ v }}

| A | B |
|---|---|
| {{ v }} | b |

> {{ v }}

```
{{ v }}
```
"""
HTML = '<h1>{{ v }}</h1><p title="{{ v }}">Dear <b>{{ v }}</b></p><ul><li>{{ v }}</li></ul><pre>{{ v }}</pre>'


def _mark_of(body: str) -> str:
    """The mark of the first value of a letter with this body."""
    content = f"+++\nsubject = 'Hello'\n\n+++\n{body}"
    source = parse_source("letter.md", content.encode())
    return Marks(passage.text for passage in source.passages).mark(0)


_TEMPLATE = make_template(MARKDOWN)
HOSTILE = [
    "=?utf-8?q?=0A?=Bcc: x",
    "{{7*7}}",
    "{% raw %}",
    "*x*",
    "**x**",
    "__x__",
    "<b>",
    "</p><script>alert(1)</script>",
    "<!--",
    "}}",
    "|",
    "[a](b)",
    "![a](b.png)",
    "&amp;",
    "&#x3c;",
    "\\",
    "\\*",
    "`",
    "# x",
    "1. x",
    "- x",
    "\"'",
    "$1 %s {0}",
    "مرحبا بالعالم",
    "김철수 위원장 귀하",
    "👩‍👧 e\u0301",
    _mark_of(MARKDOWN),
    _mark_of(HTML),
    _mark_of(MARKDOWN).upper(),
    _mark_of(MARKDOWN)[:-1] + "u",
    "x" * 10_000,
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:24])
def test_arrives_as_it_is_from_markdown(value: str) -> None:
    """In headings, emphasis, code, links, lists, tables and quotations, of both parts."""
    letter = make_template(MARKDOWN, subject="For {{ v }}").render(make_contact(v=value))
    harmless = render(MARKDOWN, v="§")

    assert letter.subject == f"For {value}"
    assert letter.text == harmless.text.replace("§", value)
    assert shown_text(letter) == shown_text(harmless).replace("§", value)
    assert tags_of(letter) == tags_of(harmless)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:24])
def test_arrives_as_it_is_from_html(value: str) -> None:
    """In elements and attributes of an HTML letter, and in the text made of it."""
    letter = render(HTML, ending=".html", v=value)
    harmless = render(HTML, ending=".html", v="§")

    assert letter.text == harmless.text.replace("§", value)
    assert shown_text(letter) == shown_text(harmless).replace("§", value)
    assert attributes_of(letter, "p.title") == [value]
    assert tags_of(letter) == tags_of(harmless)


def test_a_value_is_not_searched_for_marks_in_its_place() -> None:
    """A cell that holds the mark of another value does not bring that value twice."""
    body = "{{ email }} {{ v }} {% set block %}{{ v }}{% endset %}{{ block | replace('@', '@') }}"
    value = _mark_of(body)

    letter = render(body, v=value)

    assert letter.text == f"kim@example.org {value} {value}\n"


def test_lines_of_a_value_stay_in_their_place() -> None:
    """A value of several lines does not leave its list item or its quotation."""
    letter = render("- a\n  - {{ v }}\n\n> {{ v }}\n\n10. {{ v }}", v="1 Street\n2 Town")

    assert letter.text == "- a\n  - 1 Street\n    2 Town\n\n> 1 Street\n> 2 Town\n\n10. 1 Street\n    2 Town\n"
    assert inside(letter, "p")[0] == "1 Street<br>2 Town"


def test_right_to_left_values_need_no_marks() -> None:
    """Nothing is added to a value in another direction."""
    letter = render("Dear {{ v }}!", v="السيد الرئيس")

    assert letter.text == "Dear السيد الرئيس!\n"
    assert "Dear السيد الرئيس!" in html_of(letter)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_any_text_arrives_as_it_is(value: str) -> None:
    """Whatever characters a cell holds, both parts show them and have no tag more."""
    letter = _TEMPLATE.render(make_contact(v=value))
    harmless = _TEMPLATE.render(make_contact(v="§"))

    assert letter.text == harmless.text.replace("§", value)
    assert shown_text(letter) == shown_text(harmless).replace("§", value)
    assert tags_of(letter) == tags_of(harmless)
