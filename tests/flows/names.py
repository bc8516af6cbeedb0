"""A list of 500 offices with names of the world: Korean, Arabic, accented, quoted, very long, hostile."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

NAMES = (
    "홍길동 외교부 장관",
    "وزارة الخارجية",
    "José Ángel Núñez y Ñandú",
    'The "Office", of Foreign Affairs',
    "Müller, Hans",
    "O'Brien \\ Backslash",
    "Żółć Gęślą Jaźń",
    "株式会社 外務省",
    "Дмитрий Шостакович",
    "สำนักนายกรัฐมนตรี",
    "👩‍👩‍👧‍👦 Family Desk",
    "=?utf-8?q?=0A?=Bcc: x",
    "{{7*7}}",
    "*x* _y_ **z**",
    "<b>bold</b> & co",
    "}}",
    "[link](http://x.example)",
    "# heading",
    "Plain Name",
    "Very " + "long " * 60 + "name",
)


@dataclass(frozen=True)
class Office:
    """One row."""

    email: str
    name: str
    salutation: str
    cc: str


def offices(count: int = 500) -> list[Office]:
    """Rows that differ in address; names go round."""
    return [
        Office(
            email=f"office{number}@state{number % 7}.example",
            name=f"{NAMES[number % len(NAMES)]} {number}",
            salutation=f"Dear {NAMES[(number * 3) % len(NAMES)]}",
            cc=f"Chief, of Staff {number} <chief{number}@state.example>" if number % 5 == 0 else "",
        )
        for number in range(count)
    ]


def as_csv(rows: list[Office]) -> str:
    """The list as a file."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["email", "name", "salutation", "cc"])
    for row in rows:
        writer.writerow(
            [
                row.email,
                row.name,
                row.salutation,
                f'"{row.cc.split(" <")[0]}" <{row.cc.split(" <")[1]}' if row.cc else "",
            ]
        )
    return file.getvalue()
