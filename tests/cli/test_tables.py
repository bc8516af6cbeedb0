"""Tables on a terminal and in a pipe."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from outreach.cli.tables import ADDRESS_WIDTH, Column, print_table
from tests.cli.test_terminal import in_pipe, on_terminal

COLUMNS = (Column("State", None), Column("To", ADDRESS_WIDTH), Column("Tries", None, right=True), Column("What"))
ROWS = [
    (("accepted", "green"), "minister@state.example", "1", "250 2.0.0 Ok: queued as 4XyZ for the 외교부 장관님"),
    (("failed", "red"), "a.very.long.name.of.an.office@ministry-of-foreign-affairs.state.example", "12", "550 No"),
]


def test_in_a_pipe_a_row_is_a_line_as_wide_as_it_is() -> None:
    """Columns stand below each other; nothing is folded, and no blanks trail."""
    console, out = in_pipe()

    print_table(console, COLUMNS, ROWS)

    heading, first, second = out.getvalue().splitlines()
    assert heading.index("To") == first.index("minister@") == second.index("a.very")
    assert heading.index("What") == first.index("250") == second.index("550")
    assert first.endswith("for the 외교부 장관님")


@pytest.mark.parametrize("columns", [40, 52, 60, 80, 100, 200])
def test_on_a_terminal_the_table_fits(columns: int) -> None:
    """States and addresses that fit stay whole, what is long is folded, and nothing is lost."""
    console, out = on_terminal(columns)

    print_table(console, COLUMNS, ROWS)

    text = out.getvalue()
    assert max(cell_len(line) for line in text.splitlines()) <= columns
    assert {"accepted", "failed", "minister@state.example", "550", "외교부", "queued"} <= set(text.split())
    assert sum(text.count(letter) for letter in "@") == 2


def test_where_an_address_would_be_folded_the_last_column_goes_below() -> None:
    """What the relay said then has the whole width, and the address stays whole."""
    console, out = on_terminal(60)

    print_table(console, COLUMNS, [("deferred", "desk.of.the.editor@press.example", "1", "451" + " try later" * 6)])

    assert out.getvalue().splitlines() == [
        "State     To                                Tries",
        "          What",
        "deferred  desk.of.the.editor@press.example      1",
        "          451 try later try later try later try later try",
        "          later try later",
    ]


def test_a_terminal_too_narrow_for_a_table_shows_fields() -> None:
    """Each row becomes lines of name and value; empty cells are left out."""
    console, out = on_terminal(30)

    print_table(console, COLUMNS, [("accepted", "minister@state.example", "1", ""), ("failed", "b@c.example", "", "")])

    assert out.getvalue().splitlines() == [
        "State  accepted",
        "To     minister@state.example",
        "Tries  1",
        "",
        "State  failed",
        "To     b@c.example",
    ]
