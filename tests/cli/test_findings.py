"""Findings as they are printed: one group a kind, the file named once, the first rows and how many more."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pytest
from rich.console import Console

from outreach.cli.findings import finding_json, print_findings
from outreach.errors import Problem
from outreach.preflight.finding import Findings


def printed(problems: Iterable[Problem], *, terminal: bool = False) -> list[str]:
    """The lines for these findings."""
    findings = Findings()
    for problem in problems:
        findings.add(problem)
    file = io.StringIO()
    print_findings(Console(file=file, width=80, force_terminal=terminal, no_color=True, highlight=False), findings)
    return file.getvalue().splitlines()


def lacking(row: int) -> Problem:
    """A row with an empty cell."""
    message = '"salutation" is empty, and the letter prints it (templates/letter.md:4)'
    return Problem("E09", f"c/list.csv:{row}", message, "Fill it in.", f"a{row}@b.org", several='lack "salutation"')


def misspelt(row: int, address: str) -> Problem:
    """A row without an address that can exist."""
    several = 'hold no address that can exist in column "email"'
    return Problem("E10", f"c/list.csv:{row}", f'column "email": "{address}": no', "Write it.", several=several)


def test_rows_with_the_same_problem_are_one_line() -> None:
    """Forty rows are told by number, the first three of them, under the name of the file."""
    assert printed(lacking(row) for row in [3, 8, 12, *range(20, 57)]) == [
        "In c/list.csv:",
        'error E09 40 rows lack "salutation": 3, 8, 12 and 37 more',
        "  → Fill it in.",
    ]


def test_what_is_special_of_a_row_stands_at_the_first_three() -> None:
    """Problems of a kind whose words differ are listed with what differs, and counted."""
    assert printed(misspelt(row, f"nobody{row}") for row in range(9, 14)) == [
        "In c/list.csv:",
        'error E10 5 rows hold no address that can exist in column "email":',
        '     9  "nobody9": no',
        '    10  "nobody10": no',
        '    11  "nobody11": no',
        "    and 2 more",
        "  → Write it.",
    ]


def test_a_single_finding_names_its_place_in_full() -> None:
    """With the address, where the message does not say it."""
    assert printed([lacking(3), misspelt(4, "nobody")]) == [
        'error E09 c/list.csv:3 (a3@b.org): "salutation" is empty, and the letter prints it (templates/letter.md:4)',
        "  → Fill it in.",
        'error E10 c/list.csv:4: column "email": "nobody": no',
        "  → Write it.",
    ]


def test_the_file_is_named_once() -> None:
    """Two groups of the same list stand under one name."""
    lines = printed([lacking(2), lacking(3), misspelt(4, "x"), misspelt(5, "y")])

    assert [line for line in lines if "c/list.csv" in line] == ["In c/list.csv:"]


def test_problems_without_words_for_several_rows_stand_together_too() -> None:
    """The same message at several rows is told once."""
    problems = [Problem("E22", f"c/list.csv:{row}", "marks are left over", "Close them.") for row in (2, 3)]

    assert printed(problems)[1] == "error E22 2 rows (2, 3): marks are left over"


@pytest.mark.parametrize(("level", "said"), [("error", "--bad-rows FILE"), ("info", "--json")])
def test_a_bounded_number_of_groups_is_printed(level: str, said: str) -> None:
    """The rest is counted, with the command that has all of it."""
    lines = printed(Problem("E20", f"c/list.csv:{n}", f"problem {n}", "…", level=level) for n in range(150))

    assert len(lines) == 2 * 20 + 1
    assert lines[-1].startswith("… and 130 more. outreach check ")
    assert said in lines[-1]


def test_a_terminal_breaks_lines_between_words_and_beneath_the_text() -> None:
    """Nothing is longer than the terminal is wide; what goes on is indented."""
    lines = printed([lacking(3), misspelt(4, "x" * 90)], terminal=True)

    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("          ")


def test_what_others_wrote_can_not_steer_the_terminal() -> None:
    """Markup and control characters in a list are printed as they are written."""
    problems = [misspelt(4, "[red]\x1b[31mx"), misspelt(5, "[/]")]

    for terminal in (False, True):
        text = "\n".join(printed(problems, terminal=terminal))
        assert "[red]\\x1b[31mx" in text
        assert "[/]" in text


def test_json_has_the_names_of_the_contract() -> None:
    """What is said of several rows is for people only."""
    assert list(finding_json(lacking(3))) == ["level", "code", "where", "address", "message", "hint"]
