"""Tables for people: as wide as they are in a pipe; on a terminal as wide as it is, long cells folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outreach.cli.terminal import Part, harmless, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_GAP = "  "
ADDRESS_WIDTH = 40  # an address that is not longer is never folded


@dataclass(frozen=True, slots=True)
class Column:
    """A column and how it may be shown."""

    name: str
    least: int | None = 16  # what its cells are folded to, if they must; None for cells that stay as they are
    right: bool = False  # numbers


def print_table(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[Part]]) -> None:
    """The names of the columns and the rows below.

    On a terminal that is too narrow the last column goes below the others; where that does not help, each row
    becomes a list of its fields.
    """
    lines = [[(column.name, "bold") for column in columns], *rows]
    widths = [max(_text(cell).cell_len for cell in cells) for cells in zip(*lines, strict=True)]
    if not console.is_terminal:
        _print_rows(console, columns, lines, widths)
    elif fitting := _fit(columns, widths, console.width):
        _print_rows(console, columns, lines, fitting)
    elif fitting := _fit(columns[:-1], widths[:-1], console.width):
        _print_rows(console, columns[:-1], lines, fitting)
    else:
        _print_stacked(console, columns, rows)


def _fit(columns: Sequence[Column], widths: Sequence[int], room: int) -> list[int]:
    """Widths that there is room for; none where even the least are too many.

    What is left is shared, so that one long cell does not fold all others.
    """
    fitted = [
        width if column.least is None else min(width, column.least)
        for column, width in zip(columns, widths, strict=True)
    ]
    left = room - sum(fitted) - len(_GAP) * (len(columns) - 1)
    lacking = sorted((width - got, place) for place, (width, got) in enumerate(zip(widths, fitted, strict=True)))
    for sharers, (lacks, place) in zip(range(len(columns), 0, -1), lacking, strict=True):
        more = min(lacks, max(0, left) // sharers)
        fitted[place] += more
        left -= more
    return fitted if left >= 0 else []


def _print_rows(
    console: Console, columns: Sequence[Column], rows: Sequence[Sequence[Part]], widths: Sequence[int]
) -> None:
    """Each row on as many lines as its longest cell takes; cells without a column of theirs come below."""
    for row in rows:
        _print_row(console, columns, row, widths)
        for below in row[len(columns) :]:
            if _text(below).cell_len:
                say(console, below, before=" " * widths[0] + _GAP)


def _print_row(console: Console, columns: Sequence[Column], row: Sequence[Part], widths: Sequence[int]) -> None:
    from rich.text import Text

    cells = [_text(cell).wrap(console, width, overflow="fold") for cell, width in zip(row, widths, strict=False)]
    for number in range(max(map(len, cells))):
        line = Text()
        for lines, column, width in zip(cells, columns, widths, strict=True):
            piece = lines[number] if number < len(lines) else Text()
            piece.rstrip()
            blanks = Text(" " * (width - piece.cell_len))
            line += (blanks + piece if column.right else piece + blanks) + Text(_GAP)
        line.rstrip()
        console.print(line, soft_wrap=True)


def _print_stacked(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[Part]]) -> None:
    """The fields of each row, with a blank line between two rows."""
    width = max(len(column.name) for column in columns)
    for number, row in enumerate(rows):
        if number:
            say(console)
        for column, cell in zip(columns, row, strict=True):
            if _text(cell).cell_len:
                say(console, cell, before=(f"{column.name:<{width}}{_GAP}", "bold"))


def _text(cell: Part) -> Text:
    from rich.text import Text

    return Text.assemble(harmless(cell))
