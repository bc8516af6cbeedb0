"""A list is looked at: its columns, the one with the addresses, what every row has."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from outreach.beginning.contact_list import first_line_as, read_list
from outreach.errors import ContentError


def written(folder: Path, text: str, name: str = "list.csv") -> str:
    """The path of a list with this text."""
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("email,name\na@b.example,A\n", ""),
        ("이름,이메일\nA,a@b.example\n", "이메일"),
        ("name;E-Mail\nA;a@b.example\n", "e-mail"),
        ("name,contact\nA,a@b.example\n", "contact"),
        ("name,contact\nA,a@b.example\nB,\nC,c@d.example; e@f.example\n", "contact"),
        ("mailing address,contact\n1 High Street,a@b.example\n", "contact"),
        ("second,mail\nx@y.example,a@b.example\n", "mail"),
        ("name,e-mail\n", "e-mail"),
    ],
)
def test_the_column_of_the_addresses_is_found(tmp_path: Path, text: str, email: str) -> None:
    """By what its cells are, with its name as the tie-break; `email` needs no word."""
    assert read_list(written(tmp_path, text)).mapped.get("email", "") == email


def test_columns_are_those_of_all_rows_and_filled_those_without_a_gap(tmp_path: Path) -> None:
    """JSON Lines name their columns row by row, and a letter can only use what all have."""
    text = '{"email": "a@b.example", "name": "A", "city": "X"}\n{"email": "c@d.example", "name": ""}\n'

    found = read_list(written(tmp_path, text, "list.jsonl"))

    assert found.columns == ("email", "name")
    assert found.filled == {"email"}


def test_a_workbook_is_read_by_its_sheet(tmp_path: Path) -> None:
    """The sheet stays in the name that the settings get."""
    book = openpyxl.Workbook()
    book.create_sheet("Two").append(["메일", "name"])
    book["Two"].append(["a@b.example", "A"])
    book.save(tmp_path / "list.xlsx")

    found = read_list(f"{tmp_path / 'list.xlsx'}#Two")

    assert (found.name, found.columns) == ("list.xlsx#Two", ("email", "name"))
    assert found.mapped == {"email": "메일"}


def test_a_text_that_is_not_utf8_is_read_only_with_its_encoding(tmp_path: Path) -> None:
    """Without one it is told as misread; how an encoding reads it can be shown, where it can read it at all."""
    (tmp_path / "list.csv").write_bytes("email,이름\na@b.example,김\n".encode("cp949"))
    path = str(tmp_path / "list.csv")

    without, with_it = read_list(path), read_list(path, encoding="cp949")

    assert (without.columns, bool(without.misread)) == ((), True)
    assert (with_it.columns, with_it.misread) == (("email", "name"), "")
    assert first_line_as(without.content, "cp949") == '"email,이름"'
    assert first_line_as("é".encode("cp1252"), "cp949") == ""


def test_a_list_without_addresses_is_refused(tmp_path: Path) -> None:
    """There would be nobody to write to."""
    with pytest.raises(ContentError, match="no column holds addresses"):
        read_list(written(tmp_path, "mail\nHigh Street\n"))


@pytest.mark.parametrize(
    ("header", "mapped"),
    [
        ("email,이름,언어,참조,숨은 참조,호칭,아이디", "name lang cc bcc salutation id"),
        ("email,성명,Language,Copy to,Blind copy to,Form of address,Identifier", "name lang cc bcc salutation id"),
        ("email,name,lang,cc,bcc,salutation,id", ""),
    ],
)
def test_columns_are_recognised_by_their_headings(tmp_path: Path, header: str, mapped: str) -> None:
    """In Korean and in English; what has our name already needs no word."""
    found = read_list(written(tmp_path, f"{header}\na@b.example,A,ko,c@d.example,,Dear,1\n"))

    assert " ".join(found.mapped) == mapped
    assert found.columns == ("email", "name", "lang", "cc", "bcc", "salutation", "id")


def test_a_heading_of_copies_over_something_else_is_left_alone(tmp_path: Path) -> None:
    """A note has the same heading in Korean; a column that has our name already comes first."""
    found = read_list(written(tmp_path, "email,name,이름,참조\na@b.example,A,가,지난 회의 참고\n"))

    assert found.mapped == {}
