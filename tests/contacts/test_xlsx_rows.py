"""XLSX: sheets, and cells that are not text."""

from __future__ import annotations

import datetime

import pytest

from outreach.contacts.rows import Row
from outreach.errors import Problem
from tests.contacts.lists import cells_of, refusal_of, rows_of, workbook

ROWS = [["Email", "Full Name"], ["a@b.example", "A"]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("007", "007"),
        (1234, "1234"),
        (1234.0, "1234"),
        (0.5, "0.5"),
        (821012345678, "821012345678"),
        (True, "true"),
        (False, ""),
        (None, ""),
        (datetime.date(2023, 10, 16), "2023-10-16"),
        (datetime.datetime(2023, 10, 16, 9, 30), "2023-10-16T09:30:00"),  # noqa: DTZ001 - Excel knows no zones
        (datetime.time(9, 30), "09:30:00"),
        (" \u00a0x ", "x"),
        ("two\nlines", "two\nlines"),
        ("two_x000D_\nlines", "two\nlines"),
        ("=1/0", ""),
    ],
)
def test_writes_a_cell_as_text(value: object, text: str) -> None:
    """Numbers come without a needless point, dates as ISO 8601, and text as it is."""
    assert cells_of(workbook(("A", [["a", "b"], ["x", value]])), "x.xlsx") == [{"a": "x", "b": text}]


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("x.xlsx", "first"),
        ("x.XLSX#", "first"),
        ("x.xlsx#Zwei #2", "second"),
        ("x.xlsx#첫째", "first"),
        ("x.xlsx#b.xlsx#c", "third"),
    ],
)
def test_reads_the_named_sheet(shown: str, name: str) -> None:
    """The sheet after the # is read, the first where none is named."""
    content = workbook(("첫째", [["a"], ["first"]]), ("Zwei #2", [["a"], ["second"]]), ("b.xlsx#c", [["a"], ["third"]]))

    assert cells_of(content, shown) == [{"a": name}]


def test_rows_are_numbered_as_in_the_program() -> None:
    """Empty rows are skipped and counted, above the header too."""
    content = workbook(("A", [[], [None, "Email", "Full Name"], [], [None, "a@b.example", "A"], [None, None, "B"]]))

    assert rows_of(content, "x.xlsx") == [
        Row(4, {"email": "a@b.example", "full_name": "A"}),
        Row(5, {"email": "", "full_name": "B"}),
    ]


@pytest.mark.parametrize(("value", "said"), [("x_x0000_y", "NUL"), ("stray", '"stray"')])
def test_a_row_that_cannot_be_used_is_a_problem(value: str, said: str) -> None:
    """What is wrong with one row is told there, and reading goes on."""
    row = ["a@b.example", "A", value] if value == "stray" else ["a@b.example", value]

    problem, good = rows_of(workbook(("A", [ROWS[0], row, ROWS[1]])), "x.xlsx#A")

    assert isinstance(problem, Problem)
    assert (problem.code, problem.where) == ("E19", "x.xlsx#A:2")
    assert said in problem.message
    assert isinstance(good, Row)


@pytest.mark.parametrize(
    ("content", "shown", "said"),
    [
        (workbook(("A", ROWS), ("B", ROWS)), "x.xlsx#C", 'no sheet "C"; the sheets are: "A", "B"'),
        (workbook(("A", [])), "x.xlsx", "empty"),
        (workbook(("A", [["n", "N"]])), "x.xlsx", '"n"'),
        (b"", "x.xlsx", "no workbook"),
        (b"email,name\n", "x.xlsx", "no workbook"),
        (workbook(("A", ROWS))[:-200], "x.xlsx", "no workbook"),
    ],
)
def test_refuses_what_is_no_list(content: bytes, shown: str, said: str) -> None:
    """A damaged workbook, an unknown sheet and a sheet without columns end the reading."""
    problem = refusal_of(content, shown)

    assert problem.code == "E19"
    assert said in problem.message
