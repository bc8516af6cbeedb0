"""CSV and TSV: separators, quotes, line breaks, and rows that can't be read."""

from __future__ import annotations

import csv
import io
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.contacts.characters import BLANKS
from outreach.contacts.reader import read_rows
from outreach.contacts.rows import Row
from outreach.errors import Problem
from tests.contacts.lists import cells_of, refusal_of, rows_of


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("a,b\n1,2\n", "x.csv"),
        ("a;b\n1;2\n", "x.csv"),
        ("a\tb\n1\t2\n", "x.tsv"),
        ("a\tb\r\n1\t2", "x.CSV"),
        ("\n \r\na,b\r1,2\r", "x.csv"),
        (' "a" , "b"\n1, "2"\n'.replace('" ,', '",'), "x.csv"),
        ("\ufeffa;b\n\n;\n 1\u00a0;\u30002 \n", "x.csv"),
        ("a,b,,\n1,2,,\n", "x.csv"),
        ("a\tb\n1\t2\n", "x.csv"),
        ("sep=;\r\na;b\r\n1;2\r\n", "x.csv"),
        ("\ufeffSEP=\t\na\tb\n1\t2", "x.csv"),
        ('"sep=|"\n\na|b\n1|2\n', "x.csv"),
    ],
)
def test_reads_each_dialect(content: str, shown: str) -> None:
    """Commas, semicolons and tabs separate; blanks around values, empty rows and empty columns don't count."""
    assert cells_of(content, shown) == [{"a": "1", "b": "2"}]


def test_separators_in_quotes_have_no_vote() -> None:
    """The separator is what the header has most of outside of quotes."""
    assert cells_of('"a, b, c";d\n1,5;2\n') == [{"a,_b,_c": "1,5", "d": "2"}]
    assert cells_of('"a,\nb,\nc";d\n1,5;2\n') == [{"a,_b,_c": "1,5", "d": "2"}]


@pytest.mark.parametrize(("shown", "value"), [("x.csv", "1\t2"), ("x.tsv", "1,2")])
def test_a_single_column_is_separated_as_the_ending_says(shown: str, value: str) -> None:
    """Where the header has no separator, the file's ending tells which one it is."""
    assert cells_of(f"a\n{value}\n", shown) == [{"a": value}]


def test_normalises_column_names() -> None:
    """Outer blanks and case of a column's name don't count, inner blanks become one underscore each run."""
    assert cells_of(' First  Name ,"Two\nLines",\u1112\u1161\u11ab\n1,2,3\n') == [
        {"first_name": "1", "two_lines": "2", "한": "3"}
    ]


def test_a_row_is_numbered_by_the_line_where_it_starts() -> None:
    """Line breaks inside quotes and blank lines count as lines of the file."""
    rows = rows_of('a,b\n"x\r\ny",1\n\nz,2\n"p\n\nq",3\nr,4\n')

    assert [(row.number, row.cells["a"]) for row in rows if isinstance(row, Row)] == [
        (2, "x\ny"), (5, "z"), (6, "p\n\nq"), (9, "r"),
    ]  # fmt: skip


def test_a_stated_separator_counts_more_than_the_vote_and_its_line_is_a_line() -> None:
    """`sep=;` in the first line, as Excel understands it, is obeyed and is no header."""
    rows = rows_of("sep=;\na,b,c;d\n1,2;3\n4;5;6\n")

    assert rows[0] == Row(3, {"a,b,c": "1,2", "d": "3"})
    assert isinstance(rows[1], Problem)
    assert rows[1].where == "list.csv:4"
    assert refusal_of("sep=;\n").message == "the list is empty"


def test_missing_cells_at_the_end_are_empty() -> None:
    """A row that is shorter than the header has empty cells at its end."""
    assert cells_of("a,b,c\n1\n") == [{"a": "1", "b": "", "c": ""}]


@pytest.mark.parametrize("content", ["a,b\n1,2,3\n4,5\n", "a,,b\n1,3,2\n4,,5\n", "a,b,\n1,2,3\n4,5\n"])
def test_a_value_without_a_column_is_a_problem(content: str) -> None:
    """A value that no column names is told at its row, and reading goes on."""
    problem, row = rows_of(content, "lists/x.csv")

    assert isinstance(problem, Problem)
    assert (problem.code, problem.where) == ("E19", "lists/x.csv:2")
    assert '"3"' in problem.message
    assert isinstance(row, Row)
    assert row.cells == {"a": "4", "b": "5"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('"Bob" Smith,1', "quotes"),
        ("A\x00B,1", "NUL"),
        ("x" * 140_000 + ",1", "131,072"),
    ],
)
def test_a_row_that_cannot_be_read_is_a_problem(row: str, said: str) -> None:
    """What spoils one line is told there, and the rows after it are read."""
    problem, good = rows_of(f"a,b\n{row}\n4,5\n")

    assert isinstance(problem, Problem)
    assert (problem.code, problem.where) == ("E19", "list.csv:2")
    assert said in problem.message
    assert isinstance(good, Row)
    assert (good.number, good.cells) == (3, {"a": "4", "b": "5"})


@pytest.mark.parametrize(
    ("content", "where", "said"),
    [
        (b"", "list.csv", "empty"),
        (b"\n \n,,\n", "list.csv", "empty"),
        (b"\nName, name\n", "list.csv:2", '"name"'),
        (b'a,b\n1,2\n"3,4\n5,6\n', "list.csv:3", "quote"),
        (b'a,b\n1,2\n"3,4\n5,"6"\n', "list.csv:3", "quote"),
        (b'"a,b\n1,2\n' * 15, "list.csv:1", "quote"),
        (b"a\0,b\n1,2\n", "list.csv:1", "NUL"),
        (b"a,b\n" + b"x" * 1_000_001, "list.csv:2", "1,000,000"),
    ],
)
def test_refuses_what_leaves_the_rest_in_doubt(content: bytes, where: str, said: str) -> None:
    """What makes all that follows doubtful ends the reading, at its place."""
    problem = refusal_of(content)

    assert (problem.code, problem.where) == ("E19", where)
    assert said in problem.message


def test_a_header_alone_is_a_list_without_rows() -> None:
    """No rows below the header is no error here."""
    assert rows_of("email,name\n") == []


_VALUES = st.text(st.sampled_from('ab홍é,;"\t\n\r \u00a0\u2028=@'), max_size=8)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(_VALUES, min_size=3, max_size=3), max_size=5),
    st.sampled_from(",;\t"),
    st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]),
)
def test_reads_what_a_csv_writer_writes(rows: list[list[str]], separator: str, dialect: tuple[str, Any]) -> None:
    """Every value that was written as CSV is read back, but for blanks around it and the kind of its line ends."""
    stream = io.StringIO(newline="")
    line_end, quoting = dialect
    writer = csv.writer(stream, delimiter=separator, lineterminator=line_end, quoting=quoting)
    writer.writerows([["a", "b", "c"], *rows])
    plain = [[v.strip(BLANKS).replace("\r\n", "\n").replace("\r", "\n") for v in row] for row in rows]

    assert [list(cells.values()) for cells in cells_of(stream.getvalue())] == [row for row in plain if any(row)]


def test_a_long_list_is_never_held_as_a_whole(tmp_path: Path) -> None:
    """Reading takes as much memory for many rows as for few."""
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("email,name,salutation\n")
        file.writelines(f"user.{i}@office.example,Name {i},{'Dear Excellency' * 60}\n" for i in range(12_000))
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_rows(path, shown="long.csv"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 12_000
    assert path.stat().st_size > 10_000_000
    assert peak < 3_000_000
