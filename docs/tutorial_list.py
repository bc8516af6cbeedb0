"""The Excel sheet that the tutorial begins with: 300 offices as people keep them, with the usual four mistakes."""

from __future__ import annotations

import datetime
from pathlib import Path

from openpyxl import Workbook, load_workbook

_HEADER = ("Office", "E-Mail", "Name", "Salutation", "Lang", "Room", "Since")
_KOREAN = 180  # rows 2 to 181; the others are in English


def write_list(path: Path) -> None:
    """300 rows: one without a salutation, one address with a slip of the pen, one office twice, one that has closed."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(_HEADER)
    for number in range(1, 301):
        sheet.append(_row(number))
        sheet.cell(number + 1, 6).number_format = "0000"
        sheet.cell(number + 1, 7).number_format = "yyyy-mm-dd"
    sheet.cell(41, 4).value = None
    sheet.cell(97, 2).value = "office96@ministry"
    sheet.cell(251, 2).value = "office12@ministry12.example"
    sheet.cell(300, 2).value = "office299@closed.example"
    workbook.save(path)


def _row(number: int) -> tuple[str | int | datetime.date, ...]:
    since = datetime.date(2020 + number % 5, 1 + number % 12, 1)
    address = f"office{number}@ministry{number}.example"
    if number <= _KOREAN:
        return (f"제{number} 위원회", address, f"위원장 {number}", "존경하는 위원장님께", "ko", number, since)
    return (f"Committee {number}", address, f"Chair {number}", f"Dear Chair {number}", "en", number, since)


# What somebody corrects in the course of the tutorial: row, column, value.
_CORRECTIONS: dict[str, tuple[tuple[int, int, str], ...]] = {
    "mended": (
        (41, 4, "존경하는 위원장님께"),
        (97, 2, "office96@ministry96.example"),
        (251, 2, "office250@ministry250.example"),
    ),
    "a new address": ((300, 2, "office299@ministry299.example"),),
}


def correct_list(path: Path, what: str) -> None:
    """Correct the list as a person would, in place."""
    workbook = load_workbook(path)
    sheet = workbook.active
    assert sheet is not None
    for row, column, value in _CORRECTIONS[what]:
        sheet.cell(row, column).value = value
    workbook.save(path)
