"""Rows: what every format of a list or a table is read into, and the rules for columns that they share."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from outreach.contacts.characters import BLANKS, show
from outreach.errors import ContentError, Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header, by column."""

    number: int  # the line or row where it starts, from 1
    cells: Mapping[str, str]  # normalised column names; values without blanks around them, lines end in LF


@dataclass(frozen=True, slots=True)
class Source:
    """What is read, as its user knows it."""

    shown: str  # the file as written in the settings
    what: str = "the list"
    encoding: str = ""  # counts only where the file is neither marked nor UTF-8
    setting: str = "encoding"  # the setting that states it
    section: str = "contacts"  # where that setting stands; empty for a file that no setting names

    def stated(self, encoding: str) -> str:
        """How its user says in which encoding it is."""
        return f'{self.setting} = "{encoding}" under [{self.section}]' if self.section else f"--encoding {encoding}"

    def problem(self, message: str, hint: str, *, row: int = 0, several: str = "") -> Problem:
        """What is wrong with the whole file, or at one of its rows."""
        return Problem("E19", f"{self.shown}:{row}" if row else self.shown, message, hint, several=several)

    def nul_problem(self, *, row: int) -> Problem:
        """A character that no list holds on purpose."""
        hint = "Type that cell anew; if every row has it, save the list anew as UTF-8."
        return self.problem("a NUL character (U+0000)", hint, row=row, several="hold a NUL character (U+0000)")

    def error(self, message: str, hint: str, *, row: int = 0) -> ContentError:
        """The same, where reading can't go on."""
        return ContentError(self.problem(message, hint, row=row))


@dataclass(frozen=True, slots=True)
class RowStream:
    """A list or a table that is being read."""

    columns: tuple[str, ...] | None  # normalised names; None where each row names its own
    rows: Iterator[Row | Problem]  # a problem stands for the row that has it


@dataclass(frozen=True, slots=True)
class Header:
    """The columns that the first row names."""

    names: tuple[str, ...]  # empty for a column without a name
    nameless: tuple[int, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names alone."""
        return tuple(name for name in self.names if name)


def normalise_name(text: str) -> str:
    """A column's name as the letter writes it: in lower case, inner blanks as `_`, composed characters."""
    blanks_only = text.translate(dict.fromkeys(map(ord, BLANKS + "\r\n"), " "))
    return unicodedata.normalize("NFC", "_".join(blanks_only.split()).lower())


def read_header(cells: Sequence[str], source: Source, *, row: int) -> Header:
    """The columns, from the cells of the first row. ContentError for a name that stands twice."""
    names = tuple(map(normalise_name, cells))
    for index, name in enumerate(names):
        if name and name in names[:index]:
            hint = "Rename one of the two; capitals and blanks make no difference."
            raise source.error(f"two columns are called {show(name)}", hint, row=row)
    return Header(names, tuple(index for index, name in enumerate(names) if not name))


def make_row(header: Header, values: Sequence[str], source: Source, *, number: int) -> Row | Problem | None:
    """The row, the problem it has, or None where all of it is empty. Cells that are missing at its end are empty."""
    values = [value.strip(BLANKS) for value in values]
    if not any(values):
        return None
    width = len(header.names)
    if len(values) < width:
        values += [""] * (width - len(values))
    elif len(values) > width or header.nameless:
        strays = [value for value in (*(values[i] for i in header.nameless), *values[width:]) if value]
        if strays:
            hint = "Put quotes around a value that holds the separator, or give its column a name."
            message, several = (
                f"{show(strays[0])} stands in a column without a name",
                "have a value in a column without a name",
            )
            return source.problem(message, hint, row=number, several=several)
    cells = dict(zip(header.names, values, strict=False))
    if header.nameless:
        del cells[""]
    return Row(number, cells)
