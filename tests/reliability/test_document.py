"""The rows of docs/reliability.md."""

from __future__ import annotations

from tests.reliability.document import BEGIN, DOCUMENT, END, Measured, row, with_rows
from tests.reliability.figure import Figure
from tests.reliability.registry import TESTS

TEXT = f"# Title\n\n{BEGIN}\n\n{END}\n\nAfter.\n"


def made(name: str, figure: Figure) -> dict[str, str]:
    """A row."""
    return {name: row(name, Measured(figure, 12.3), "2 cores")}


def test_a_row_takes_the_place_of_the_one_before() -> None:
    """Rows stand in the order of the tests; one that was measured again replaces its own and leaves the others."""
    first = with_rows(TEXT, made("power", Figure("p", "0", "0")), ("kill", "power"))
    second = with_rows(first, made("kill", Figure("k", "0", "0")), ("kill", "power"))

    third = with_rows(second, made("power", Figure("p", "0", "1")), ("kill", "power"))

    lines = [line for line in third.splitlines() if line.startswith("| ") and "---" not in line]
    assert lines[1:] == [
        "| k | 0 | 0 | 2 cores, 12 s | `python -m tests.reliability kill` |",
        "| p | 0 | 1 | 2 cores, 12 s | `python -m tests.reliability power` |",
    ]
    assert third.endswith("After.\n")


def test_what_does_not_hold_says_so() -> None:
    """A figure with faults is marked."""
    text = with_rows(TEXT, made("kill", Figure("k", "0", "1", ("lost",))), ("kill",))

    assert "**does not hold**: 1" in text


def test_every_test_has_its_row() -> None:
    """docs/reliability.md has a figure of each registered test, and all of them hold."""
    text = DOCUMENT.read_text(encoding="utf-8")

    assert [name for name in TESTS if f"`python -m tests.reliability {name}`" not in text] == []
    assert "does not hold" not in text
