"""XLSX: the rows of one sheet of a workbook. Unlike the other formats it is read as a whole."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from outreach.contacts.characters import show, trim, unify_lines
from outreach.contacts.rows import Header, Row, RowStream, Source, make_row, read_header
from outreach.errors import Problem

_Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta
_Record = tuple[int, list[str]]  # the row's number and its values


def read_xlsx(stream: BinaryIO, source: Source, *, sheet: str) -> RowStream:
    """The rows of a sheet, the first if `sheet` is empty. ContentError for what makes it unreadable."""
    records = _records(_open_sheet(stream, source, sheet).iter_rows())
    for number, values in records:
        if any(map(trim, values)):
            header = read_header(values, source, row=number)
            return RowStream(header.columns, _rows(header, records, source))
    raise source.error(f"{source.what} is empty", "Write the names of the columns into its first row.")


def _open_sheet(stream: BinaryIO, source: Source, name: str) -> CalamineSheet:
    try:
        workbook = CalamineWorkbook.from_filelike(stream)
        names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        if name and name not in names:
            known = ", ".join(map(show, names))
            raise source.error(f"no sheet {show(name)}; the sheets are: {known}", "Write one of them after the #.")
        return workbook.get_sheet_by_name(name or names[0])
    except IndexError:
        raise source.error("no sheet with cells", "Put the rows into a sheet of their own.") from None
    except PasswordError:
        raise source.error("the workbook asks for a password", "Save it without one.") from None
    except CalamineError as error:
        raise source.error(
            f"no workbook that can be read: {show(str(error))}", "Save it anew as .xlsx, or as CSV."
        ) from None


def _records(rows: Iterable[list[_Value]]) -> Iterator[_Record]:
    for number, values in enumerate(rows, 1):
        yield number, [unify_lines(value) if isinstance(value, str) else _text(value) for value in values]


def _rows(header: Header, records: Iterator[_Record], source: Source) -> Iterator[Row | Problem]:
    for number, values in records:
        if any("\0" in value for value in values):  # Excel writes it as _x0000_
            yield source.problem("a NUL character (U+0000)", "Type that cell anew.", row=number)
        elif (row := make_row(header, values, source, number=number)) is not None:
            yield row


def _text(value: _Value) -> str:
    """A cell's value as text: whole numbers without a point, dates as ISO 8601, true as "true" and false as nothing."""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
