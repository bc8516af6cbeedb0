"""Tables of [data], from bytes."""

from __future__ import annotations

import pytest

from outreach.contacts.tables import parse_table
from outreach.errors import ContentError, SettingsError
from tests.contacts.lists import workbook


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"Name,Since\nA,1999\nB,2001\n", "t.csv"),
        (b"Name\tSince\nA\t1999\nB\t2001\n", "t.TSV"),
        (b'{"Name": "A", "Since": 1999}\n{"Name": "B", "Since": 2001}\n', "t.jsonl"),
        (workbook(("X", []), ("S", [["Name", "Since"], ["A", 1999], ["B", 2001]])), "t.xlsx#S"),
    ],
)
def test_reads_a_table_of_any_format(content: bytes, shown: str) -> None:
    """The same table is read from each format."""
    table = parse_table("signatories", content, shown=shown, encoding="")

    assert table == ({"name": "A", "since": "1999"}, {"name": "B", "since": "2001"})


def test_a_row_that_cannot_be_read_ends_it() -> None:
    """A table is for everyone, so its first problem is an error."""
    with pytest.raises(ContentError, match=r"data/t.csv:3: .*without a name"):
        parse_table("t", b"a\n1\n2,3\n", shown="data/t.csv", encoding="")


def test_names_the_setting_of_tables() -> None:
    """A table in an unknown encoding is told with the setting for tables."""
    with pytest.raises(ContentError) as caught:
        parse_table("t", "a\nMüller\n".encode("cp1252"), shown="t.csv", encoding="")

    assert 'data_encoding = "cp1252" under [data]' in caught.value.remedy


def test_reads_a_stated_encoding() -> None:
    """The stated encoding of tables counts."""
    assert parse_table("t", "a\n김\n".encode("cp949"), shown="t.csv", encoding="cp949") == ({"a": "김"},)


@pytest.mark.parametrize("shown", ["t.txt", "t", "t.csv#S"])
def test_refuses_an_unknown_ending(shown: str) -> None:
    """A file whose ending says nothing is a wrong setting."""
    with pytest.raises(SettingsError, match="ending"):
        parse_table("t", b"a\n", shown=shown, encoding="")


def test_an_empty_table_is_named() -> None:
    """A table without even a header is told by its name."""
    with pytest.raises(ContentError, match="the table signatories is empty"):
        parse_table("signatories", b"", shown="t.csv", encoding="")
