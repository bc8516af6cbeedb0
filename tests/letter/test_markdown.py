"""Markdown in letters."""

from __future__ import annotations

import pytest

from outreach.letter.markdown import LetterMarkdown, Parsed
from tests.letter.support import (
    attributes_of,
    html_of,
    inside,
    make_contact,
    make_template,
    problem_of,
    render,
    shown_text,
    tags_of,
)


@pytest.mark.parametrize(
    ("body", "bold"),
    [
        ("**{{ name }}**님", ["김철수"]),
        ("**{{ name }}**은", ["김철수"]),
        ("님**{{ name }}**", ["김철수"]),
        ("**강제송환(refoulement)**을", ["강제송환(refoulement)"]),
        ("우리는**(가)**라고", ["(가)"]),
        ('**"인용"**{{ name }}', ['"인용"']),
        ('{{ name }}**"인용"**', ['"인용"']),
        ("**“인용”**이라고 **나.**도", ["“인용”", "나."]),
        ("これは**「重要」**です", ["「重要」"]),
        ("**중국 정부**가 **NGO(단체)**들", ["중국 정부", "NGO(단체)"]),
        ("**a** b**c**d", ["a", "c"]),
    ],
)
def test_bold_beside_particles(body: str, bold: list[str]) -> None:
    """Emphasis closes before a Korean or Japanese particle, also behind a bracket or a value."""
    letter = render(body, name="김철수")

    assert inside(letter, "strong") == bold
    assert "*" not in letter.text


@pytest.mark.parametrize("body", ["_기울임_ 글", "*기울임*은", "(_{{ name }}_)", "_{{ name }}_!"])
def test_italics(body: str) -> None:
    """Single marks make italics."""
    assert tags_of(render(body, name="Kim")).count("em") == 1


@pytest.mark.parametrize("body", ["snake_case_name", "2 * 3 * 4", "a_{{ name }}_b", "가_나_다", r"\*\*x\*\*"])
def test_what_is_no_emphasis_stays(body: str) -> None:
    """Underscores inside words, stars between blanks and escaped stars are text."""
    letter = render(body, name="Kim")

    assert not {"em", "strong"} & set(tags_of(letter))
    assert letter.text == body.replace("{{ name }}", "Kim").replace("\\", "") + "\n"


@pytest.mark.parametrize(
    "stretch",
    [
        "**x y",
        "** x **",
        "x**y)**z",
        "__강조__은",
        "~~gone~~",
        "[here] (https://x.example/) [a](b c)",
        "<b>x</b>",
        "<br>",
        "<!-- note -->",
        "| --- | --- |",
        "Title\n=====",
        "![x **y](a.png)",
    ],
)
def test_left_over_marks_are_errors(stretch: str) -> None:
    """What looks like markup and is not understood does not reach anybody."""
    problem = problem_of(f"Dear {{{{ name }}}}\n\nthis: {stretch}", name="**x** <b> [a](b)")

    assert problem.code == "E22"
    assert problem.where == f"templates/letter.md:{7 + stretch.count(chr(10))}"


def test_left_over_marks_show_no_values() -> None:
    """The stretch that is shown has an ellipsis for each value."""
    assert '"**…, you"' in problem_of("**{{ name }}, you", name="Kim").message


def test_marks_in_code_and_escapes_and_values_are_meant() -> None:
    """Only the letter's own text outside code is searched for left-over marks."""
    letter = render("`**x` \\*\\*y {{ name }} ______ a__b 2**3"[:-5] + "{{ '**' }}", name="**Kim")

    assert shown_text(letter).strip().startswith("**x **y **Kim ______ a__b")


def test_a_mark_left_over_is_found_in_every_letter_that_has_it() -> None:
    """The error depends on the path through the letter's conditions, and repeats."""
    template = make_template("{% if vip == 'y' %}**x{% endif %} y")

    assert template.render(make_contact(vip="n")).text == "y\n"
    for _ in range(2):
        with pytest.raises(Exception, match="not understood"):
            template.render(make_contact(vip="y"))


@pytest.mark.parametrize("gap", ["", "\n"])
def test_loops_make_one_list_and_one_table(gap: str) -> None:
    """Items of a loop are one list, rows one table, also with blank lines around the items."""
    body = (
        f"{{% for s in signatories %}}\n{gap}- {{{{ s.name }}}}\n{{% endfor %}}\n\n"
        "| Name | Items |\n|---|---|\n{% for s in signatories %}\n  | {{ s.name }} | {{ s.items }} |\n{% endfor %}\n"
    )

    letter = render(body)

    assert tags_of(letter).count("ul") == 1
    assert tags_of(letter).count("li") == 2
    assert tags_of(letter).count("table") == 1
    assert tags_of(letter).count("tr") == 3
    assert inside(letter, "td")[0] == "Freedom &amp; Light"


def test_line_breaks_are_kept_or_joined() -> None:
    """With "keep" a line of the source is a line of the letter, with "join" a paragraph flows."""
    body = "Coalition\n1 Street\n\nNext"

    kept = make_template(body).render(make_contact())
    joined = make_template(body, line_breaks="join").render(make_contact())

    assert kept.text == "Coalition\n1 Street\n\nNext\n"
    assert tags_of(kept).count("br") == 1
    assert joined.text == "Coalition 1 Street\n\nNext\n"
    assert tags_of(joined).count("br") == 0


def test_indented_lines_are_paragraphs() -> None:
    """What is indented inside a condition does not turn into code."""
    letter = render("{% if name %}\n    You can act.\n{% endif %}", name="x")

    assert "pre" not in tags_of(letter)
    assert letter.text == "You can act.\n"


def test_values_stand_in_code_links_headings_cells_and_items() -> None:
    """A mark is a word wherever words can stand."""
    body = "# {{ n }}\n\n`{{ n }}` [{{ n }}](https://x.example/)\n\n- {{ n }}\n\n| {{ n }} |\n|---|\n| {{ n }} |\n"

    letter = render(body, n="<Kim>")

    for tag in ("h1", "code", "a", "li", "th", "td"):
        assert inside(letter, tag) == ["&lt;Kim&gt;"], tag


def test_images_of_the_folder_become_references() -> None:
    """A relative path is named as cid:path, once, and listed; an image of the web stays."""
    body = "![Seal](images/a%20b.png) ![s](images/a%20b.png) ![w](https://x.example/w.png) ![{{ n }}](로고/{{ n }}.png)"

    letter = render(body, n="K m/1")

    assert letter.images == ("images/a b.png", "로고/K m/1.png")
    assert attributes_of(letter, "img.src") == [
        "cid:images/a%20b.png",
        "cid:images/a%20b.png",
        "https://x.example/w.png",
        "cid:%EB%A1%9C%EA%B3%A0/K%20m/1.png",
    ]
    assert letter.text == "Seal s w K m/1\n"


def test_a_skeleton_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many contacts there are, Markdown is parsed once for each path through the letter's conditions."""
    parsed: list[str] = []
    parse = LetterMarkdown.parse

    def note(self: LetterMarkdown, text: str) -> Parsed:
        parsed.append(text)
        return parse(self, text)

    monkeypatch.setattr(LetterMarkdown, "parse", note)
    template = make_template("Dear {{ name }}{% if vip %} VIP{% endif %} {{ signatories | join(attribute='name') }}")

    for number in range(50):
        template.render(make_contact(name=f"Person {number}", vip="y" * (number % 2)))

    assert len(parsed) == 2


def test_pages_carry_their_styles() -> None:
    """CSS stands on the elements, since mail programs drop style sheets."""
    html = html_of(render("Dear **x**"))

    assert "<style" not in html
    assert '<p style="margin' in html
    assert html.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("date", ["2023. 10. 16.", "10. 16.", "16. Oktober 2023"])
def test_dates_keep_their_numbers(date: str) -> None:
    """A date that looks like a numbered list reads the same in the text."""
    assert render(f"{date}\n\nDear").text == f"{date}\n\nDear\n"


def test_a_korean_date_is_no_list() -> None:
    """A year does not begin a list; small numbers do."""
    assert "ol" not in tags_of(render("2023. 10. 16.\n\n서울"))
    assert "ol" in tags_of(render("2. b\n3. c"))


def test_a_signature_makes_no_heading() -> None:
    """The line above two dashes stays an ordinary line."""
    letter = render("Yours,\n--\nCoalition")

    assert letter.text == "Yours,\n--\nCoalition\n"
    assert "h2" not in tags_of(letter)
