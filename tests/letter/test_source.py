"""The source of a letter: front matter, body and places."""

from __future__ import annotations

import pytest

from outreach.errors import ContentError, Problem
from outreach.letter.source import Kind, parse_source


def problem_of(content: bytes, path: str = "templates/letter.md", beside: bytes | None = None) -> Problem:
    with pytest.raises(ContentError) as caught:
        parse_source(path, content, text_beside=beside)
    return caught.value.problem


def test_takes_a_letter_apart() -> None:
    """Subject, language, attachments and body are found with the lines where they stand."""
    content = b'+++\n# a comment\nsubject = "A"\nlang = "ko"\nattachments = ["a.pdf", "b.pdf"]\n+++\n\nDear\n'

    source = parse_source("templates/letter.md", content)

    assert source.kind is Kind.MARKDOWN
    assert (source.subject.text, source.subject.where()) == ("A", "templates/letter.md:3")
    assert source.lang is not None
    assert source.lang.text == "ko"
    assert [passage.text for passage in source.attachments] == ["a.pdf", "b.pdf"]
    assert (source.body.text, source.body.where(1)) == ("Dear\n", "templates/letter.md:8")


def test_tolerates_windows_files() -> None:
    """A byte-order mark and CRLF line ends do not reach the letter."""
    source = parse_source("letter.md", b"\xef\xbb\xbf+++\r\nsubject = 'A'\r\n+++\r\nDear\r\nall\r\n")

    assert source.body.text == "Dear\nall\n"


def test_one_attachment_may_be_plain_text() -> None:
    """`attachments` takes a single path too."""
    source = parse_source("letter.txt", b"+++\nsubject='A'\nattachments='a.pdf'\n+++\nDear")

    assert [passage.text for passage in source.attachments] == ["a.pdf"]


@pytest.mark.parametrize(
    ("content", "code", "line", "words"),
    [
        (b"Dear", "E20", 1, "no front matter"),
        (b"+++\nsubject='A'\nDear", "E20", 1, "not closed"),
        (b"+++\nlang='en'\n+++\nDear", "E18", 1, "no subject"),
        (b"+++\n\nsubject=' '\n+++\nDear", "E18", 3, "empty"),
        (b"+++\nsubject='A'\nsubjct='B'\n+++\nDear", "E20", 3, "subjct"),
        (b"+++\nsubject='A'\nlang=3\n+++\nDear", "E20", 3, "lang"),
        (b"+++\nsubject='A'\nattachments=[1]\n+++\nDear", "E20", 3, "attachments"),
        (b'+++\nsubject="A"\nlang="a "b"\n+++\nDear', "E20", 3, "not TOML"),
        (b"+++\nsubject='A'\n+++\n\n", "E20", 5, "empty"),
        (b"+++\nsubject='A'\n+++\nDear\n\xff", "E20", 5, "UTF-8"),
        (b"+++\nsubject='A'\n+++\nDear\n\0", "E20", 5, "NUL"),
    ],
)
def test_says_what_is_wrong_and_where(content: bytes, code: str, line: int, words: str) -> None:
    """Each mistake in a letter's file has its code and its line."""
    problem = problem_of(content)

    assert (problem.code, problem.where) == (code, f"templates/letter.md:{line}")
    assert words in problem.message
    assert problem.hint


def test_names_the_nearest_setting() -> None:
    """A misspelt setting is answered with the one that was meant."""
    problem = problem_of(b"+++\nsubject='A'\nattachment='B'\n+++\nDear")

    assert "Did you mean attachments?" in problem.hint


def test_knows_three_kinds_of_letters() -> None:
    """Any other ending is an error."""
    problem = problem_of(b"+++\nsubject='A'\n+++\nDear", path="letter.docx")

    assert problem.code == "E20"


def test_text_beside_belongs_to_html_only() -> None:
    """The .txt file is read for an .html letter, under its own name, and ignored for others."""
    content = b"+++\nsubject='A'\n+++\n<p>Dear"

    beside = parse_source("t/letter.html", content, text_beside=b"Dear").beside

    assert beside is not None
    assert (beside.text, beside.where()) == ("Dear", "t/letter.txt:1")
    assert parse_source("letter.md", content, text_beside=b"Dear").beside is None


def test_text_beside_has_no_front_matter() -> None:
    """Two subjects for one letter are refused."""
    problem = problem_of(b"+++\nsubject='A'\n+++\n<p>Dear", path="t/letter.html", beside=b"+++\nsubject='B'\n+++\nDear")

    assert problem.where == "t/letter.txt:1"


@pytest.mark.parametrize("value", [b"[" * 3000, b"9" * 5000])
def test_front_matter_that_no_reader_can_take_is_refused(value: bytes) -> None:
    """Brackets in brackets in brackets, and endless numbers, are told like any other mistake."""
    problem = problem_of(b"+++\nsubject = " + value + b"\n+++\nDear you")

    assert (problem.code, problem.where) == ("E20", "templates/letter.md:1")
    assert "nested too deeply" in problem.message


def test_a_setting_without_end_is_told_in_short() -> None:
    """What stands where a name belongs doesn't flood the terminal."""
    assert len(problem_of(b"+++\n" + b"a" * 5000 + b" = 1\n+++\nDear you").message) < 200
