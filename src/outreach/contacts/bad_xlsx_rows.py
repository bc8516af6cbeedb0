"""Copies the bad rows of a workbook's sheet into a workbook of their own, each behind its error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

from outreach.contacts.bad_text_rows import name_column
from outreach.contacts.characters import trim
from outreach.contacts.formats import split_sheet
from outreach.contacts.rows import Source
from outreach.contacts.xlsx_notes import CellNote
from outreach.contacts.xlsx_rows import SheetRow, Value, open_sheet, row_texts

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ERROR_WIDTH = 60
_NO_NOTE = CellNote()


def copy_xlsx(stream: BinaryIO, source: Source, errors: Mapping[int, str], output: BinaryIO) -> int:
    """The header and the rows with these numbers, in a sheet of the same name; how many rows.

    Dates stay dates and numbers keep their format. A formula leaves its value, since it would point to other cells.
    """
    from openpyxl import Workbook

    opened = open_sheet(stream, source, split_sheet(source.shown)[1])
    book = Workbook(write_only=True)
    sheet = book.create_sheet(opened.values.name)
    sheet.column_dimensions["A"].width = _ERROR_WIDTH
    copied, has_header = 0, False
    for row in opened.rows(all_formats=True):
        if not has_header:
            texts = row_texts(row)
            if has_header := any(map(trim, texts)):
                _append(sheet, row, before=name_column(texts))
        elif (error := errors.get(row.number)) is not None:
            _append(sheet, row, before=error)
            copied += 1
    book.save(output)
    return copied


def _append(sheet: WriteOnlyWorksheet, row: SheetRow, *, before: str) -> None:
    cells = [_cell(sheet, value, row.notes.get(column, _NO_NOTE)) for column, value in enumerate(row.values)]
    sheet.append([_text_cell(sheet, before), *cells])


def _cell(sheet: WriteOnlyWorksheet, value: Value, note: CellNote) -> Cell | None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    if note.error or note.is_uncalculated:  # what has no value must stay bad until somebody types one
        return WriteOnlyCell(sheet, value=note.error or "#N/A")
    if isinstance(value, str):
        return _text_cell(sheet, value) if value else None
    cell = WriteOnlyCell(sheet)
    cell.value = int(value) if isinstance(value, float) and value.is_integer() else value
    if note.format is not None and (code := note.format.code or BUILTIN_FORMATS.get(note.format.id)):
        cell.number_format = code  # a date in a format that has none here gets that of all dates
    return cell


def _text_cell(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    """Text that is never taken for a formula or an error, control characters as Excel writes them."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=_NO_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
    cell.data_type = "s"
    return cell
