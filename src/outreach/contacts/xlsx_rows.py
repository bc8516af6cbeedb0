"""XLSX: the rows of one sheet of a workbook, as its user sees them. Unlike the other formats it is read as a whole."""

from __future__ import annotations

import datetime
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from outreach.contacts.characters import show, trim, unify_lines
from outreach.contacts.number_formats import makes_codes, show_number
from outreach.contacts.rows import Header, Row, RowStream, Source, make_row, read_header
from outreach.contacts.xlsx_notes import NotesByColumn, NumberFormat, SheetNotes, open_notes
from outreach.errors import ContentError, Problem

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta

_END: tuple[float, NotesByColumn] = (float("inf"), {})


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as the sheet has it."""

    number: int  # from 1
    values: list[Value]  # empty text for an empty cell, an error, and a formula without a value
    notes: NotesByColumn


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook that was opened."""

    values: CalamineSheet
    notes: SheetNotes
    source: Source

    def rows(self, *, all_formats: bool = False) -> Iterator[SheetRow]:
        """All rows, empty ones too; with the formats that change what a value says, or with each.

        ContentError for a sheet that is damaged.
        """
        try:
            yield from self._rows(self.notes.rows(_has_format if all_formats else _changes_value))
        except (ExpatError, zipfile.BadZipFile, zlib.error, ValueError) as error:
            raise _damaged(error, self.source) from None

    def _rows(self, noted: Iterator[tuple[float, NotesByColumn]]) -> Iterator[SheetRow]:
        number, notes = next(noted, _END)
        row = 0
        for row, values in enumerate(self.values.iter_rows(), 1):
            while number < row:
                number, notes = next(noted, _END)
            mine = notes if number == row else {}
            yield SheetRow(row, [*values, *[""] * (max(mine, default=-1) + 1 - len(values))], mine)
        while (number, notes) != _END:
            if number > row:  # one at the end that holds nothing else
                yield SheetRow(int(number), [""] * (max(notes) + 1), notes)
            number, notes = next(noted, _END)


def read_xlsx(stream: BinaryIO, source: Source, *, sheet: str) -> RowStream:
    """The rows of a sheet, the first that shows if `sheet` is empty. ContentError for what makes it unreadable."""
    opened = open_sheet(stream, source, sheet)
    rows = opened.rows()
    header = _read_header(rows, opened)
    return RowStream(header.columns, _rows(header, rows, opened))


def open_sheet(stream: BinaryIO, source: Source, name: str) -> Sheet:
    """The sheet of this name, the first that shows if there is no name. ContentError where it can't be read."""
    try:
        workbook = CalamineWorkbook.from_filelike(stream)
        sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
        if name and name not in [sheet.name for sheet in sheets]:
            known = ", ".join(map(show, visible))
            raise source.error(f"no sheet {show(name)}; the sheets are: {known}", "Write one of them after the #.")
        name = name or visible[0]
        notes = open_notes(stream, name)  # first: it refuses cells that would make rows of any length
        return Sheet(workbook.get_sheet_by_name(name), notes, source)
    except IndexError:
        raise source.error("no sheet with cells", "Put the rows into a sheet of their own.") from None
    except PasswordError:
        raise source.error("the workbook asks for a password", "Save it without one.") from None
    except (CalamineError, ParseError, zipfile.BadZipFile, zlib.error, KeyError, ValueError) as error:
        raise _damaged(error, source) from None


def _damaged(error: Exception, source: Source) -> ContentError:
    return source.error(f"no workbook that can be read: {show(str(error))}", "Save it anew as .xlsx, or as CSV.")


def _has_format(known: NumberFormat) -> bool:
    return known.id != 0


def _changes_value(known: NumberFormat) -> bool:
    return makes_codes(known.code)


def _read_header(rows: Iterator[SheetRow], sheet: Sheet) -> Header:
    """The first row with anything in it."""
    source = sheet.source
    for row in rows:
        texts = row_texts(row)
        if trouble := _trouble(row, {}, source):
            raise source.error(trouble.message, trouble.hint, row=row.number)
        if any(map(trim, texts)):
            return read_header(texts, source, row=row.number)
    raise source.error(f"{source.what} is empty", "Write the names of the columns into its first row.")


def _rows(header: Header, rows: Iterator[SheetRow], sheet: Sheet) -> Iterator[Row | Problem]:
    source = sheet.source
    names = dict(enumerate(header.names))
    for row in rows:
        texts = row_texts(row)
        if row.notes and (trouble := _trouble(row, names, source)):
            yield trouble
        elif any("\0" in text for text in texts):  # Excel writes it as _x0000_
            yield source.nul_problem(row=row.number)
        elif (good := make_row(header, texts, source, number=row.number)) is not None:
            yield good


def _trouble(row: SheetRow, names: dict[int, str], source: Source) -> Problem | None:
    """The problem of the first cell that shows an error or has a formula without a value."""
    for column, note in row.notes.items():
        cell = f"column {show(names[column])}" if names.get(column) else f"column {_letters(column)}"
        if note.is_uncalculated:
            return source.problem(
                f"the cell in {cell} holds a formula that was never calculated",
                "Open the list in Excel or LibreOffice and save it there: that calculates it.",
                row=row.number,
                several=f"hold a formula in {cell} that was never calculated",
            )
        if note.error:
            return source.problem(
                f"the cell in {cell} shows the error {note.error}",
                "Correct its formula, or type the value.",
                row=row.number,
                several=f"show the error {note.error} in {cell}",
            )
    return None


def _letters(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column + 1))


# --- cells as text --------------------------------------------------------------------------------------------------


def row_texts(row: SheetRow) -> list[str]:
    """The row's cells as its user sees them."""
    texts = [unify_lines(value) if isinstance(value, str) else _text(value) for value in row.values]
    for column, note in row.notes.items():
        value = row.values[column]
        if note.format is not None and isinstance(value, int | float):
            texts[column] = show_number(value, note.format.code) or texts[column]
    return texts


def _text(value: Value) -> str:
    """A value as text.

    Numbers have no needless point and no exponent, and 15 digits as in Excel; dates and times are ISO 8601 without
    midnights and without seconds that are zero; true is "true" and false is nothing.
    """
    match value:
        case bool():
            return "true" if value else ""
        case float():
            return str(int(value)) if value.is_integer() else f"{Decimal(f'{value:.15g}'):f}"
        case datetime.datetime() if value.time() == datetime.time():
            return value.date().isoformat()
        case datetime.datetime() | datetime.time():
            return value.isoformat(timespec="auto" if value.second or value.microsecond else "minutes")
        case datetime.timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
        case _:
            return value.isoformat() if isinstance(value, datetime.date) else str(value)
