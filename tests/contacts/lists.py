"""Lists and workbooks for the tests, and how they are read."""

from __future__ import annotations

import zipfile
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


_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def made_by_hand(cells: str, *, more: str = "", calculation: str = "") -> bytes:
    """An XLSX file with the columns a and b and these cells in row 2, as other programs than ours may write it.

    Style 1 is 000, style 2 a date that Chinese, Japanese and Korean programs know by its number.
    """
    header = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in "ab")
    parts = {
        "[Content_Types].xml": f"""<Types xmlns="{_PACKAGE}/content-types">
            <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
            <Default Extension="xml" ContentType="application/xml"/></Types>""",
        "_rels/.rels": f"""<Relationships xmlns="{_PACKAGE}/relationships">
            <Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
        "xl/workbook.xml": f"""<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">
            <sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>{calculation}</workbook>""",
        "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{_PACKAGE}/relationships">
            <Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="/xl/worksheets/sheet1.xml"/>
            <Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>""",
        "xl/styles.xml": f"""<styleSheet xmlns="{_MAIN}">
            <numFmts count="1"><numFmt numFmtId="164" formatCode="000"/></numFmts>
            <cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="57"/></cellXfs></styleSheet>""",
        "xl/worksheets/sheet1.xml": f"""<worksheet xmlns="{_MAIN}">
            <sheetData><row r="1">{header}</row><row r="2">{cells}</row>{more}</sheetData></worksheet>""",
    }
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()
