"""What a sheet says of its cells beside their values: number formats, errors, formulas that have no value.

The library that reads the values is quick because it leaves these out: it gives an error and a formula that was never
calculated as empty cells, and 01234 as 1234. A sheet without any such cell is found out by a glance at its bytes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO
from xml.etree import ElementTree as ET
from xml.parsers import expat

_CHUNK = 1 << 18
_OVERLAP = 64
_MOST_ROWS, _MOST_COLUMNS = 1 << 20, 1 << 14  # that a sheet can have (ECMA-376, 18.3.1.73 and 18.3.1.13)
_NOTABLE = re.compile(rb"""<(?:\w+:)?f[ />]|\st=["']e["']""")

_FAR_PLACE = re.compile(rb"""\sr=["'](?:[^"'\d]{4}|[^"'\d]{0,3}\d{8})""")  # XFD1048576 is the last one
_NO_SUCH_PLACE = "a cell stands where no sheet has one"

NotesByColumn = dict[int, "CellNote"]


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a style shows numbers."""

    id: int
    code: str  # empty for a format that every program knows by its id


@dataclass(frozen=True, slots=True)
class CellNote:
    """What a cell says beside its value; at most one of these."""

    format: NumberFormat | None = None
    error: str = ""  # #N/A
    is_uncalculated: bool = False  # a formula without a value


@dataclass(frozen=True, slots=True)
class SheetNotes:
    """The parts of a workbook that concern one sheet. Empty where the workbook is built in a way we don't know."""

    archive: zipfile.ZipFile
    part: str
    formats: Mapping[str, NumberFormat]  # by the number of the style, in the sheet's own digits
    is_notable: bool  # it holds errors or formulas
    recalculates: bool  # the values of its formulas are not to be trusted

    def rows(self, wanted: Callable[[NumberFormat], bool]) -> Iterator[tuple[int, NotesByColumn]]:
        """The rows, from 1, that hold errors, formulas without a value, or numbers in a wanted format."""
        styles = {style: known for style, known in self.formats.items() if wanted(known)}
        if self.part and (styles or self.is_notable):
            scan = _Scan(styles, recalculates=self.recalculates)
            with self.archive.open(self.part) as stream:
                yield from scan.read(stream)  # type: ignore[arg-type]


def open_notes(stream: BinaryIO, sheet: str) -> SheetNotes:
    """What the workbook says of this sheet.

    KeyError, BadZipFile, zlib.error or ParseError for one that is damaged; ValueError for cells where no sheet has one.
    """
    archive = zipfile.ZipFile(stream)
    main = _main_part(archive)
    workbook = _xml(archive, main)
    related = _related(archive, main)
    part = next((related[_id(one)] for one in _all(workbook, "sheet") if one.get("name") == sheet), "")
    styles = next((path for path in related.values() if path.endswith("styles.xml")), "")
    return SheetNotes(
        archive,
        part,
        _formats(_xml(archive, styles)) if styles else {},
        is_notable=bool(part) and _glance(archive, part),
        recalculates=any(_is_true(one.get("fullCalcOnLoad")) for one in _all(workbook, "calcPr")),
    )


# --- the workbook ---------------------------------------------------------------------------------------------------


def _main_part(archive: zipfile.ZipFile) -> str:
    for relation in _all(_xml(archive, "_rels/.rels"), "Relationship"):
        if relation.get("Type", "").endswith("/officeDocument"):
            return _path("", relation.get("Target", ""))
    return "xl/workbook.xml"


def _related(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """The parts that a part names, by id."""
    path = PurePosixPath(part)
    relations = _xml(archive, str(path.parent / "_rels" / f"{path.name}.rels"))
    return {
        one.get("Id", ""): _path(str(path.parent), one.get("Target", "")) for one in _all(relations, "Relationship")
    }


def _path(folder: str, target: str) -> str:
    """A target inside the archive: relative to the folder, or from the top."""
    return target[1:] if target.startswith("/") else str(PurePosixPath(folder) / target)


def _formats(styles: ET.Element) -> dict[str, NumberFormat]:
    """The number format of each style that cells may have."""
    codes = {one.get("numFmtId", ""): one.get("formatCode", "") for one in _all(styles, "numFmt")}
    found: dict[str, NumberFormat] = {}
    for group in _all(styles, "cellXfs"):
        for number, style in enumerate(group):
            name = style.get("numFmtId", "0")
            found[str(number)] = NumberFormat(int(name), codes.get(name, ""))
    return found


def _xml(archive: zipfile.ZipFile, part: str) -> ET.Element:
    return ET.fromstring(archive.read(part))  # noqa: S314 - expat itself limits what entities may grow to


def _all(element: ET.Element, name: str) -> Iterator[ET.Element]:
    """All elements of this name; there are two namespaces for it, and nothing else is called so."""
    return (one for one in element.iter() if one.tag.rpartition("}")[2] == name)


def _id(sheet: ET.Element) -> str:
    return next((value for name, value in sheet.attrib.items() if name.rpartition("}")[2] == "id"), "")


def _is_true(text: str | None) -> bool:
    return (text or "").lower() in ("1", "true", "on")


# --- the sheet ------------------------------------------------------------------------------------------------------


def _glance(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether the sheet holds errors or formulas.

    ValueError where a cell says that it stands where no sheet has one: a row would be filled up to there.
    """
    is_notable, end = False, b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            seen = end + chunk
            if _FAR_PLACE.search(seen):
                raise ValueError(_NO_SUCH_PLACE)
            is_notable = is_notable or _NOTABLE.search(seen) is not None
            end = chunk[-_OVERLAP:]
    return is_notable


@dataclass(slots=True)
class _Scan:
    """Reads a sheet's cells one by one and keeps what is to be noted of a row until the row ends."""

    styles: Mapping[str, NumberFormat]
    recalculates: bool
    done: list[tuple[int, NotesByColumn]] = field(default_factory=list)
    notes: NotesByColumn = field(default_factory=dict)
    row: int = 0
    column: int = -1
    style: str = ""
    kind: str = ""
    has_formula: bool = False
    value: str | None = None
    is_in_value: bool = False

    def read(self, stream: BinaryIO) -> Iterator[tuple[int, NotesByColumn]]:
        """The noted rows, as they are read."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk)
            yield from self.done
            self.done.clear()
        parser.Parse(b"", True)
        yield from self.done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            place = attributes.get("r")
            self.column = _within(_column(place) if place else self.column + 1, _MOST_COLUMNS)
            self.style = attributes.get("s", "0")
            self.kind = attributes.get("t", "n")
            self.has_formula = False
            self.value = None
        elif name == "v":
            self.is_in_value = True
            self.value = ""
        elif name == "f":
            self.has_formula = True
        elif name == "row":
            number = attributes.get("r")
            self.row = _within(int(number) if number else self.row + 1, _MOST_ROWS + 1)
            self.column = -1

    def _text(self, text: str) -> None:
        if self.is_in_value:
            self.value = (self.value or "") + text

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "v":
            self.is_in_value = False
        elif name == "c":
            if note := self._note():
                self.notes[self.column] = note
        elif name == "row" and self.notes:
            self.done.append((self.row, self.notes))
            self.notes = {}

    def _note(self) -> CellNote | None:
        if self.kind == "e":
            return CellNote(error=self.value or "#N/A")
        if self.has_formula and self._is_uncalculated():
            return CellNote(is_uncalculated=True)
        if self.kind == "n" and self.value and (known := self.styles.get(self.style)):
            return CellNote(format=known)
        return None

    def _is_uncalculated(self) -> bool:
        """Programs that don't calculate write no value, or 0 and the wish that it be calculated."""
        if self.kind == "str":
            return self.value is None
        return not self.value or (self.recalculates and self.kind == "n" and self.value == "0")


def _within(number: int, bound: int) -> int:
    """The number of a row or column. ValueError for one that no sheet has, which may be huge."""
    if not 0 <= number < bound:
        raise ValueError(_NO_SUCH_PLACE)
    return number


def _column(place: str) -> int:
    """The column of a cell, from 0: 27 for AB7."""
    number = 0
    for letter in place:
        if not (letter.isascii() and letter.isalpha()):
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number - 1
