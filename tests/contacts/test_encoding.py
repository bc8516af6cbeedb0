"""Encodings: what is marked, what is stated, and what the user is shown where neither fits."""

from __future__ import annotations

import codecs

import pytest

from outreach.errors import SettingsError
from tests.contacts.lists import cells_of, refusal_of, rows_of

KOREAN = "이메일,이름\na@b.example,홍길동\n"
CELLS = [{"이메일": "a@b.example", "이름": "홍길동"}]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (KOREAN.encode(), ""),
        (KOREAN.encode(), "latin-1"),
        (KOREAN.encode("utf-8-sig"), "cp1252"),
        (KOREAN.encode("utf-16"), ""),
        (codecs.BOM_UTF16_BE + KOREAN.encode("utf-16-be"), "cp949"),
        (KOREAN.encode("utf-32"), ""),
        (KOREAN.encode("cp949"), "cp949"),
        (KOREAN.encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_reads_marked_then_utf8_then_stated(content: bytes, encoding: str) -> None:
    """A mark counts first, then UTF-8 where it fits, then what the settings state."""
    assert cells_of(content, encoding=encoding) == CELLS


def test_reads_a_western_list_with_semicolons() -> None:
    """A list as Excel saves it in Western Europe is read with its encoding stated."""
    content = "E-Mail;Straße\r\nh@x.example;Königsallee 1\r\n".encode("cp1252")

    assert cells_of(content, encoding="cp1252") == [{"e-mail": "h@x.example", "straße": "Königsallee 1"}]


def test_reads_what_excel_calls_unicode_text() -> None:
    """UTF-16 with tabs is read under the name of a CSV or TSV file; under .txt, the error says how to name it."""
    content = "Email\tName\r\na@b.example\t홍길동\r\n".encode("utf-16")

    assert (
        cells_of(content, "list.csv") == cells_of(content, "list.tsv") == [{"email": "a@b.example", "name": "홍길동"}]
    )
    with pytest.raises(SettingsError) as caught:
        rows_of(content, "list.txt")
    assert ".tsv if tabs" in caught.value.remedy


def test_shows_how_the_likely_encodings_would_read_it() -> None:
    """Where nothing fits, the first such line is shown as each likely encoding reads it, with the setting to write."""
    content = b"email,name\na@b.example,A\n" + "c@d.example,홍길동\n".encode("cp949")

    problem = refusal_of(content, "contacts/x.csv")

    assert (problem.code, problem.where) == ("E19", "contacts/x.csv:3")
    assert problem.message.startswith('not in UTF-8; it says "홍길동" in cp949, "全辨悼" in gb18030, ')
    assert 'encoding = "cp949" under [contacts]' in problem.hint


def test_the_likeliest_reading_stands_first_and_the_message_stays_short() -> None:
    """Words of one script come before mixtures; at most four readings are shown, of the doubtful word alone."""
    problem = refusal_of("E-Mail;Name\nhans@x.example;Hans Müller\n".encode("cp1252"), "contacts/list.csv")

    assert (
        problem.message == 'not in UTF-8; it says "Müller" in cp1252 or cp1250, "M黮ler" in gb18030, "Mьller" in cp1251'
    )
    assert 'encoding = "cp1252"' in problem.hint
    assert max(map(len, (f"{problem.where}: {problem.message}", problem.hint))) < 2 * 80


def test_counts_the_lines_of_an_old_mac() -> None:
    """Lines that end in CR alone are lines too."""
    assert refusal_of(b"email\ra@b.example\r\xe9\r").where == "list.csv:3"


def test_shows_only_encodings_that_can_read_the_line() -> None:
    """An encoding in which the bytes mean nothing is not offered."""
    problem = refusal_of(b"email,name\na@b.example,\x81\x30\n")  # not in cp1252, cp1250, cp949 or shift_jis

    assert "in cp1251" in problem.message
    assert "cp1252" not in problem.message
    assert "cp949" not in problem.message


def test_a_long_line_is_shown_where_it_is_doubtful() -> None:
    """Of a long line only the part around the first doubtful character is shown."""
    problem = refusal_of(b"email,name\n" + b"x" * 500 + "Müller".encode("cp1252") + b"y" * 500 + b"\n")

    assert "xxxMüllery" in problem.message
    assert len(problem.message) < 200


@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [
        (b"email\n\xff\xff\n", "cp949", "cp949"),
        (codecs.BOM_UTF8 + b"email\n\xe9\n", "", "marked as utf-8"),
        (codecs.BOM_UTF16_LE + b"e\0m\0a", "", "marked as utf-16"),
        (b"email\n\xe9\n", "utf-16", "utf-16"),
    ],
)
def test_refuses_an_encoding_that_does_not_fit(content: bytes, encoding: str, said: str) -> None:
    """A mark or a setting that the bytes contradict is an error, never a best effort."""
    assert said in refusal_of(content, encoding=encoding).message


def test_shows_no_reading_where_no_line_can_be_told() -> None:
    """Where lines can't be told apart, no reading is made up."""
    assert refusal_of(b"email\n\xe9\n", encoding="utf-16").message == "not in utf-16"


@pytest.mark.parametrize("name", ["nonsense", "rot13", "base64", "undefined", "a\0b"])
def test_refuses_an_encoding_that_does_not_exist(name: str) -> None:
    """An encoding that nobody knows is a wrong setting, even where it would not be needed."""
    with pytest.raises(SettingsError, match="no such encoding"):
        rows_of(b"email\n", encoding=name)
