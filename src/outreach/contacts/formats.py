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


def open_rows(stream: BinaryIO, source: Source) -> RowStream:
    """The rows of a stream that can be rewound. ContentError or SettingsError if none can be read."""
    path, sheet = split_sheet(source.shown)
    ending = path[path.rfind(".") :].lower()
    if ending in (".csv", ".tsv"):
        return read_csv(stream, source)
    if ending == ".jsonl":
        return read_jsonl(stream, source)
    if ending == _WORKBOOK:
        return read_xlsx(stream, source, sheet=sheet)
    raise SettingsError(
        f"{source.shown}: its ending does not say what it is", "Save it as .csv, .tsv, .xlsx or .jsonl, in that format."
    )
