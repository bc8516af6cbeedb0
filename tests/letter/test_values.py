"""What a letter prints: names, emptiness, blocks, and where mistakes are."""

from __future__ import annotations

import pytest

from outreach.errors import ContentError
from tests.letter.support import (
    BODY_LINE,
    attributes_of,
    html_of,
    inside,
    make_contact,
    make_template,
    problem_of,
    render,
    shown_text,
)


def test_a_letter_sees_all_it_is_promised() -> None:
    """Columns, tables, date, sender, campaign and language are there."""
    body = "{{ email }} {{ signatories[0].name }} {{ date }} {{ sender.address }} {{ campaign }} {{ lang }} {{ 이름 }}"

    letter = render(body, ending=".txt", 이름="김")

    assert letter.text == ("kim@example.org Freedom & Light October 16, 2023 letters@coalition.example spring en 김")


def test_a_column_may_be_called_like_a_method() -> None:
    """`s.items` is the column, not something of the language beneath."""
    letter = render("{% for s in signatories %}{{ s.items }}{{ s['items'] }} {% endfor %}", ending=".txt")

    assert letter.text == "33 44 "


def test_rendering_is_the_same_every_time() -> None:
    """Two templates of the same source give equal letters, in whatever order contacts come."""
    contacts = [make_contact(name=name) for name in ("Kim", "", "Lee")]
    body = "{% if name %}Dear {{ name }}{% else %}Friends{% endif %}, [x](https://x.example/{{ email }})"

    forwards = [make_template(body).render(contact) for contact in contacts]
    template = make_template(body)
    backwards = [template.render(contact) for contact in reversed(contacts)][::-1]

    assert forwards == backwards


def test_an_unknown_name_is_an_error_with_the_nearest_known() -> None:
    """A misspelt column is named with its line and the column that was meant."""
    problem = problem_of("Hi\n\nDear {{ salutaton }}", salutation="Mr. President")

    assert (problem.code, problem.where) == ("E09", f"templates/letter.md:{BODY_LINE + 2}")
    assert "salutaton" in problem.message
    assert "Did you mean salutation?" in problem.hint


def test_an_unknown_column_of_a_table_is_an_error() -> None:
    """Tables are as strict as rows, and their columns are known too."""
    problem = problem_of("{% for s in signatories %}\n{{ s.nam }}\n{% endfor %}")

    assert (problem.code, problem.where) == ("E09", f"templates/letter.md:{BODY_LINE + 1}")
    assert '"nam"' in problem.message
    assert "name" in problem.hint


@pytest.mark.parametrize("tag", ["{% if nme %}x{% endif %}", "{% for x in nme %}x{% endfor %}"])
def test_a_condition_on_an_unknown_name_is_an_error(tag: str) -> None:
    """A misspelt name in a condition does not quietly count as no."""
    assert problem_of(f"Dear {tag}").code == "E09"


def test_an_empty_cell_is_an_error_where_it_is_printed() -> None:
    """The empty one of several fields on a line is named, in the letter's own words."""
    body = "Hi {{ nick | default('you', true) }}\nDear {{ title }} {{ name | upper }},"

    problem = problem_of(body, nick="", title="Dr.", name="")

    assert (problem.code, problem.where) == ("E09", f"templates/letter.md:{BODY_LINE + 1}")
    assert '"name | upper" is empty' in problem.message
    assert "{% if name %}" in problem.hint


def test_an_empty_column_of_the_sender_is_an_error() -> None:
    """What the settings leave empty is not printed as nothing."""
    problem = problem_of("{{ sender.organization }}")

    assert problem.code == "E09"
    assert "sender.organization" in problem.message


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('Dear {{ name | default("friend", true) }}', "Dear friend"),
        ('Dear{{ name | default("", true) }}', "Dear"),
        ('Dear{{ name | default("", true) | upper }}', "Dear"),
        ("Dear{% if name %} {{ name }}{% endif %}", "Dear"),
        ('Dear{{ " " ~ name if name else "" }}', "Dear"),
        ('Dear{{ " " ~ name if name }}', "Dear"),
        ('Dear{{ name or "" }}', "Dear"),
        ("Dear{{ (name if name) | upper }}", "Dear"),
        ('Dear{{ name and " " ~ name }}', "Dear"),
        ('Dear{{ nickname | default("") }}', "Dear"),
    ],
)
def test_an_empty_cell_is_fine_where_the_letter_asks(body: str, text: str) -> None:
    """Conditions and defaults say what to do when there is nothing."""
    assert render(body, ending=".txt", name="").text == text


@pytest.mark.parametrize("body", ["{{ name | default(title, true) }}", "{{ name if name else title }}", "{{ none }}"])
def test_a_fallback_that_is_empty_too_is_an_error(body: str) -> None:
    """Asking once does not excuse a second empty cell, and None is never printed."""
    assert problem_of(body, name="", title="").code == "E09"


def test_macros_and_blocks_are_letter_text() -> None:
    """Markdown in macros, set blocks and call blocks is understood; the values in them stay values."""
    body = (
        "{% macro loud(word) %}**{{ word }}**{% endmacro %}"
        "{% macro around() %}_{{ caller() }}_{% endmacro %}"
        "{% set greeting %}Dear *{{ name }}*{% endset %}"
        "{{ greeting }}, {{ loud(name) }} {% call around() %}for {{ name }}{% endcall %}"
    )

    letter = render(body, name="*Kim*")

    assert letter.text == "Dear *Kim*, *Kim* for *Kim*\n"
    assert inside(letter, "strong") == ["*Kim*"]
    assert inside(letter, "em") == ["*Kim*", "for *Kim*"]


def test_blocks_are_their_text_to_filters_and_conditions() -> None:
    """What a block captured compares, counts and changes like the text it stands for."""
    body = (
        "{% set greeting %}Dear {{ name }}{% endset %}"
        '{{ greeting | upper }} {{ greeting | length }} {{ greeting == "Dear Kim" }} {{ greeting ~ "!" }} '
        '{{ greeting[:4] }} {{ greeting.lower() }} {{ "Kim" in greeting }} {{ [greeting, "x"] | join(" ") }}'
        "{% set loud | upper %} {{ name }}{% endset %}{{ loud }} {% filter upper %}by {{ name }}{% endfilter %}"
    )

    letter = render(body, ending=".txt", name="Kim")

    assert letter.text == "DEAR KIM 8 True Dear Kim! Dear dear kim True Dear Kim x KIM BY KIM"


def test_an_empty_block_or_macro_is_no_mistake() -> None:
    """A block that asked inside and wrote nothing prints nothing."""
    body = "{% set ps %}{% if donor %}PS{% endif %}{% endset %}{% macro m() %}{% endmacro %}Bye{{ ps }}{{ m() }}"

    assert render(body, ending=".txt", donor="").text == "Bye"


def test_a_recursive_loop_is_letter_text() -> None:
    """What `loop(…)` writes is not taken for a value."""
    body = "{% for x in [[1, [2]]] recursive %}{{ x[0] }}{{ loop([x[1]]) if x[1] else '' }}{% endfor %}"

    assert render(body.replace("x[1] else", "x[1] is defined and x[1] else"), ending=".txt").text == "12"


def test_blocks_share_the_values_of_the_letter() -> None:
    """Values printed in a named block and outside it keep their places."""
    body = "{{ name }} {% block a scoped %}{{ email }} {{ date }}{% endblock %} {{ name }}"

    assert render(body, ending=".txt", name="Kim").text == "Kim kim@example.org October 16, 2023 Kim"


def test_a_whole_row_is_not_printed() -> None:
    """A table or a row in place of one of its columns is an error, not its inner workings."""
    problem = problem_of("{{ signatories }}")

    assert problem.code == "E20"
    assert "{{ s.name }}" in problem.hint


def test_a_column_that_hides_a_common_name_is_an_error() -> None:
    """Nobody has to guess which of two dates the letter prints; unless it prints neither."""
    problem = problem_of("Hi\n{{ date }}", date="2020-01-01")

    assert (problem.code, problem.where) == ("E20", f"templates/letter.md:{BODY_LINE + 1}")
    assert render("Hi", date="2020-01-01").text == "Hi\n"


def test_values_have_plain_line_ends() -> None:
    """CRLF and CR in a value become LF in text and a line break in HTML."""
    letter = render("{{ address }}", address="1 Street\r\n2 Town\r3 Land")

    assert letter.text == "1 Street\n2 Town\n3 Land\n"
    assert "1 Street<br>2 Town<br>3 Land" in html_of(letter)


def test_control_characters_are_refused() -> None:
    """A NUL in a value is an error that shows where, without printing it."""
    problem = problem_of("Hi\n{{ name }}", name="K\0m")

    assert (problem.code, problem.where) == ("E08", f"templates/letter.md:{BODY_LINE + 1}")
    assert "\0" not in problem.message


def test_what_breaks_at_run_time_is_told_with_its_line() -> None:
    """A sum of text and number is a mistake in the letter, at its line."""
    problem = problem_of("Hi\n\n{{ name + 1 }}", name="x")

    assert (problem.code, problem.where) == ("E20", f"templates/letter.md:{BODY_LINE + 2}")


def test_the_sandbox_holds() -> None:
    """A letter can't reach what lies behind its values."""
    assert problem_of("{{ ''.__class__.__mro__ }}").code == "E20"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Hi\n{% if x %}", "end"),
        ("Hi\n{{ name", "end"),
        ("Hi\n{{ name | frobnicate }}", '"frobnicate"'),
        ("Hi\n{{ name | urlize }}", '"urlize"'),
        ('Hi\n{% include "other.md" %}', "another file"),
        ('Hi\n{% extends "other.md" %}', "another file"),
        ('Hi\n{% from "other.md" import x %}', "another file"),
    ],
)
def test_a_template_that_does_not_parse_is_refused_at_once(body: str, words: str) -> None:
    """Mistakes of syntax come before any contact, with the line of the file."""
    with pytest.raises(ContentError) as caught:
        make_template(body)

    assert caught.value.problem.code == "E20"
    assert caught.value.problem.where == f"templates/letter.md:{BODY_LINE + 1}"
    assert words in caught.value.problem.message


def test_a_misspelt_filter_is_answered_with_the_nearest() -> None:
    """`uper` means `upper`."""
    with pytest.raises(ContentError) as caught:
        make_template("{{ name | uper }}")

    assert "upper" in caught.value.problem.hint


def test_values_keep_their_text_whatever_the_letter_escapes() -> None:
    """Asking for escaping does not escape twice."""
    letter = render("{{ name | e }} {{ name | safe }}", name="A & <B>")

    assert letter.text == "A & <B> A & <B>\n"
    assert "A & <B> A & <B>" in shown_text(letter)


def test_language_comes_from_letter_then_contact_then_campaign() -> None:
    """The letter's own `lang` is what it is written in; else the contact's, else the default."""
    template = make_template("{{ lang }} {{ date }}")

    assert template.render(make_contact()).text == "en October 16, 2023\n"
    assert template.render(make_contact(lang="ko")).text == "ko 2023년 10월 16일\n"
    assert template.render(make_contact(lang="ko_KR")).lang == "ko-KR"
    by_column = make_template("Hi", front="lang = '{% if korean %}ko{% endif %}'")
    assert by_column.render(make_contact(korean="y")).lang == "ko"
    assert by_column.render(make_contact(korean="")).lang == "en"
    assert make_template("{{ lang }}", front="lang = 'fr'").render(make_contact(lang="ko")).text == "fr\n"


def test_pages_say_language_and_direction() -> None:
    """Arabic, Hebrew, Persian and Urdu letters run from right to left."""
    for lang in ("ar", "he", "fa", "ur"):
        letter = render("Hi", lang=lang)
        assert attributes_of(letter, "div.dir") == ["rtl"]
        assert attributes_of(letter, "html.lang") == [lang]
    assert attributes_of(render("Hi", lang="ko"), "div.dir") == ["ltr"]


@pytest.mark.parametrize("lang", ["xx", "korean", "en US", "<b>"])
def test_an_unknown_language_is_an_error(lang: str) -> None:
    """A tag that means no language is refused before it reaches the page."""
    assert problem_of("Hi", lang=lang).code == "E25"


def test_a_region_that_says_nothing_is_accepted() -> None:
    """English in Korea is English."""
    assert render("{{ date }}", lang="en-KR").text == "October 16, 2023\n"
