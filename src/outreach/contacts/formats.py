"""Formats: opens a list or a table by the ending of its name."""

from __future__ import annotations

import re
from typing import BinaryIO

from outreach.contacts.csv_rows import read_csv
from outreach.contacts.jsonl_rows import read_jsonl
from outreach.contacts.rows import RowStream, Source
from outreach.contacts.xlsx_rows import read_xlsx
from outreach.errors import SettingsError

_WORKBOOK = ".xlsx"
_SHEET = re.compile(r"(.*?\.xlsx)#(.*)", re.IGNORECASE)


def split_sheet(shown: str) -> tuple[str, str]:
    """The path and the sheet of `file.xlsx#Sheet`; in other names `#` is a character like any other."""
    if match := _SHEET.fullmatch(shown):
        return match[1], match[2]
    return shown, ""


def format_of(shown: str) -> str:
    """The ending of the file's name, in small letters; it tells the format."""
    path = split_sheet(shown)[0]
    return path[path.rfind(".") :].lower()


def open_rows(stream: BinaryIO, source: Source) -> RowStream:
    """The rows of a stream that can be rewound. ContentError or SettingsError if none can be read."""
    sheet, ending = split_sheet(source.shown)[1], format_of(source.shown)
    if ending in (".csv", ".tsv"):
        return read_csv(stream, source)
    if ending == ".jsonl":
        return read_jsonl(stream, source)
    if ending == _WORKBOOK:
        return read_xlsx(stream, source, sheet=sheet)
    raise SettingsError(f"{source.shown}: its ending does not say what it is", _remedy(ending))


def _remedy(ending: str) -> str:
    if ending == ".txt":
        return "Rename it: .tsv if tabs stand between its columns, .csv if commas or semicolons do."
    if ending in (".xls", ".xlsm", ".xlsb", ".ods", ".numbers"):
        return f"It is a {ending} workbook: save it as .xlsx, or as CSV."
    return "Save it as .csv, .tsv, .xlsx or .jsonl, in that format."
