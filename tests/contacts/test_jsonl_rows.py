"""JSON Lines: plain values, one object a line."""

from __future__ import annotations

import pytest

from outreach.contacts.rows import Row
from outreach.errors import Problem
from tests.contacts.lists import cells_of, rows_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"x"', "x"),
        ('" \\u00a0x "', "x"),
        ('"a\\r\\nb"', "a\nb"),
        ('"\\u2028홍"', "\u2028홍"),
        ("12", "12"),
        ("0.10", "0.10"),
        ("1e5", "1e5"),
        ("9" * 5000, "9" * 5000),
        ("true", "true"),
        ("false", ""),
        ("null", ""),
    ],
)
def test_writes_a_value_as_text(value: str, text: str) -> None:
    """Numbers stay as they are written, true is a word, false and null are nothing."""
    assert cells_of(f'{{"E Mail": {value}}}\n', "x.jsonl") == [{"e_mail": text}]


def test_each_line_has_its_own_columns() -> None:
    """Rows are numbered by line, blank lines are skipped, and a row has the columns that its object has."""
    assert rows_of('\ufeff{"a": "1"}\r\n\r\n{"b": "2", "c": ""}', "x.jsonl") == [
        Row(1, {"a": "1"}),
        Row(3, {"b": "2", "c": ""}),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no JSON: expecting"),
        ('{"a": 1} x', "no JSON: extra data, at column 10"),
        ("007", "no JSON"),
        ("[1]", "no JSON object"),
        ("[]", "no JSON object"),
        ('"a"', "no JSON object"),
        ('{"a": [1]}', '"a" holds a list or an object'),
        ('{"a": {}}', '"a" holds a list or an object'),
        ('{"a": NaN}', "NaN"),
        ('{"a": "1", "A ": "2"}', 'two values for "a"'),
        ('{"": "1"}', "without a name"),
        ('{"a": "\\ud800"}', "half a character"),
        ('{"a": "\\u0000"}', "NUL"),
        ('{"a": "\0"}', "NUL"),
        ('{"a": ' + "[" * 100_000, "too deep"),
    ],
)
def test_a_line_that_cannot_be_used_is_a_problem(line: str, said: str) -> None:
    """What is wrong with a line is told there, and reading goes on."""
    problem, good = rows_of(f'{line}\n{{"a": "1"}}\n', "lists/x.jsonl")

    assert isinstance(problem, Problem)
    assert (problem.code, problem.where) == ("E19", "lists/x.jsonl:1")
    assert said in problem.message
    assert good == Row(2, {"a": "1"})
