"""Lists and workbooks for the tests, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from outreach.contacts.formats import open_rows
from outreach.contacts.options import ContactsOptions
from outreach.contacts.reader import read_contacts
from outreach.contacts.rows import Row, Source
from outreach.errors import ContentError, Problem
from outreach.model import Contact


def rows_of(content: bytes | str, shown: str = "list.csv", encoding: str = "") -> list[Row | Problem]:
    """All rows of a file with this content and name."""
    raw = content.encode() if isinstance(content, str) else content
    return list(open_rows(BytesIO(raw), Source(shown, encoding=encoding)).rows)


def cells_of(content: bytes | str, shown: str = "list.csv", encoding: str = "") -> list[dict[str, str]]:
    """The cells of all rows, each of which must be good."""
    rows = rows_of(content, shown, encoding)
    assert all(isinstance(row, Row) for row in rows), rows
    return [dict(row.cells) for row in rows if isinstance(row, Row)]


def refusal_of(content: bytes | str, shown: str = "list.csv", encoding: str = "") -> Problem:
    """The problem that ends the reading."""
    with pytest.raises(ContentError) as caught:
        rows_of(content, shown, encoding)
    return caught.value.problem


def contacts_of(folder: Path, content: str, **options: Any) -> list[Contact | Problem]:
    """What the list gives, read from a real file."""
    (folder / "list.csv").write_text(content, encoding="utf-8", newline="")
    return list(read_contacts(folder, ContactsOptions(file="list.csv", **options)))


def contact_of(folder: Path, content: str, **options: Any) -> Contact:
    """The one contact of the list."""
    (contact,) = contacts_of(folder, content, **options)
    assert isinstance(contact, Contact), contact
    return contact


def problem_of(folder: Path, content: str, **options: Any) -> Problem:
    """The one problem of the list."""
    (problem,) = contacts_of(folder, content, **options)
    assert isinstance(problem, Problem), problem
    return problem


def workbook(*sheets: tuple[str, Sequence[Sequence[object]]]) -> bytes:
    """An XLSX file with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()
