"""XLSX: sheets, and cells that are not text."""

from __future__ import annotations

import datetime
from io import BytesIO

import openpyxl
import pytest

from outreach.contacts.rows import Row
from outreach.errors import Problem
from tests.contacts.lists import cells_of, made_by_hand, refusal_of, rows_of, workbook

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
        (datetime.datetime(2023, 10, 16, 0, 0), "2023-10-16"),  # noqa: DTZ001 - Excel knows no zones
        (datetime.datetime(2023, 10, 16, 9, 30), "2023-10-16T09:30"),  # noqa: DTZ001
        (datetime.time(9, 30), "09:30"),
        (datetime.time(9, 30, 5), "09:30:05"),
        (datetime.timedelta(hours=30), "30:00"),
        (0.1 + 0.2, "0.3"),
        (0.00001, "0.00001"),
        (1e15, "1000000000000000"),
        (1e21, "1000000000000000000000"),
        (0.155, "0.155"),
        (" \u00a0x ", "x"),
        ("two\nlines", "two\nlines"),
        ("two_x000D_\nlines", "two\nlines"),
    ],
)
def test_writes_a_cell_as_text(value: object, text: str) -> None:
    """Numbers come without a needless point or an exponent, dates as ISO 8601, and text as it is."""
    assert cells_of(workbook(("A", [["a", "b"], ["x", value]])), "x.xlsx") == [{"a": "x", "b": text}]


def formatted(value: object, code: str) -> bytes:
    """A workbook with one number in a format."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["a", "b"])
    sheet.append(["x", value])
    sheet["B2"].number_format = code
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (1234, "00000", "01234"),
        (1012345678, "000-0000-0000", "010-1234-5678"),
        (0.155, "0.0%", "0.155"),
        (1234.5, "#,##0.00", "1234.5"),
        (datetime.datetime(2023, 10, 16), '[$-412]yyyy"년" m"월" d"일"', "2023-10-16"),  # noqa: DTZ001
        (datetime.datetime(2023, 10, 16), "[$-407]d. mmmm yyyy", "2023-10-16"),  # noqa: DTZ001
    ],
)
def test_a_number_is_read_as_its_format_shows_it(value: object, code: str, text: str) -> None:
    """Codes keep the zeros and signs that only their format adds; percentages and amounts stay plain numbers."""
    assert cells_of(formatted(value, code), "x.xlsx") == [{"a": "x", "b": text}]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="B2" t="str"><f>A2&amp;"!"</f><v>x!</v></c>', "x!"),
        ('<c r="B2" t="str"><f>""</f><v></v></c>', ""),
        ('<c r="B2"><f>1+1</f><v>2</v></c>', "2"),
        ('<c r="B2" s="1"><f>1+1</f><v>2</v></c>', "002"),
        ('<c r="B2" s="2"><v>45215</v></c>', "2023-10-16"),
        ('<c r="B2" s="2"><v>45215.5</v></c>', "2023-10-16T12:00"),
        (
            '<c t="inlineStr"><is><r><t xml:space="preserve">two </t></r><r><rPr><b/></rPr><t>runs</t></r></is></c>',
            "two runs",
        ),
        ('<c r="B2" t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></is></c>', "東京"),
        ('<c r="B2" t="b"><v>1</v></c>', "true"),
    ],
)
def test_reads_what_other_programs_write(cell: str, text: str) -> None:
    """Formulas give the value they had when last calculated; rich text is text; dates known by their number alone."""
    assert cells_of(made_by_hand(f'<c r="A2" t="inlineStr"><is><t>x</t></is></c>{cell}'), "x.xlsx") == [
        {"a": "x", "b": text}
    ]


@pytest.mark.parametrize(
    ("cell", "calculation", "said"),
    [
        ("<c r='B2'><f>1+1</f></c>", "", "a formula that was never calculated"),
        ("<c r='B2'><f>1+1</f><v/></c>", "", "a formula that was never calculated"),
        ("<c r='B2'><f>1+1</f><v>0</v></c>", "<calcPr fullCalcOnLoad='1'/>", "a formula that was never calculated"),
        ("<c r='B2' t='e'><v>#N/A</v></c>", "", "the error #N/A"),
        ("<c r='B2' t='e'><f>A9</f><v>#REF!</v></c>", "", "the error #REF!"),
        ("<c r='A2' t='e'><v>#NAME?</v></c><c r='B2'><v>1</v></c>", "", 'column "a" shows the error #NAME?'),
        ("<c r='D2' t='e'><v>#N/A</v></c>", "", "column D shows the error #N/A"),
    ],
)
def test_a_cell_without_a_value_to_show_is_a_problem(cell: str, calculation: str, said: str) -> None:
    """An error, and a formula that nobody has calculated, are told at their row and column; reading goes on."""
    content = made_by_hand(cell, calculation=calculation, more="<row r='3'><c r='A3'><v>7</v></c></row>")

    problem, good = rows_of(content, "x.xlsx")

    assert isinstance(problem, Problem)
    assert (problem.code, problem.where) == ("E19", "x.xlsx:2")
    assert said in problem.message
    assert good == Row(3, {"a": "7", "b": ""})


def test_rows_after_the_last_value_are_not_lost() -> None:
    """A last row with nothing but a formula without a value is told, and only once."""
    content = made_by_hand("<c r='A2'><v>7</v></c>", more="<row r='9'><c r='A9'><f>1+1</f></c></row>")

    good, problem = rows_of(content, "x.xlsx")

    assert isinstance(good, Row)
    assert isinstance(problem, Problem)
    assert problem.where == "x.xlsx:9"


def test_a_formula_in_the_header_is_told_there() -> None:
    """A column whose name can't be known ends the reading."""
    problem = refusal_of(workbook(("A", [["a", "=B9"], ["1", "2"]])), "x.xlsx")

    assert problem.where == "x.xlsx:1"
    assert "column B holds a formula" in problem.message


def test_hidden_sheets_are_passed_over() -> None:
    """The first sheet that shows is read; a hidden one only where it is named."""
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Secret"
    book.worksheets[0].sheet_state = "hidden"
    book.worksheets[0].append(["a"])
    book.worksheets[0].append(["hidden"])
    shown = book.create_sheet("Shown")
    shown.append(["a"])
    shown.append(["shown"])
    stream = BytesIO()
    book.save(stream)

    assert cells_of(stream.getvalue(), "x.xlsx") == [{"a": "shown"}]
    assert cells_of(stream.getvalue(), "x.xlsx#Secret") == [{"a": "hidden"}]


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


@pytest.mark.parametrize("place", ["emailF2", "A99999999", "ABCD2"])
def test_a_cell_far_outside_of_any_sheet_is_refused(place: str) -> None:
    """It would make rows of millions of columns, or millions of rows."""
    problem = refusal_of(made_by_hand(f"<c r='A2'><v>7</v></c><c r='{place}'><v>8</v></c>"), "x.xlsx")

    assert "a cell stands where no sheet has one" in problem.message
