"""A list that exists already, looked at once: its columns, the one that holds the addresses, and what every row has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path

from outreach.beginning.headings import recognise
from outreach.contacts.address import AddressError, parse_mailboxes
from outreach.contacts.characters import show
from outreach.contacts.formats import open_rows, split_sheet
from outreach.contacts.rows import Row, Source
from outreach.errors import ContentError, SettingsError

_EMAIL = "email"
_LOOKED_AT = 200  # rows by which the column of the addresses is found
_SHOWN = 60  # characters of a line that is shown to be confirmed
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")  # UTF-8, UTF-16 and UTF-32 say what they are
_TEXT = (".csv", ".tsv", ".jsonl")


@dataclass(frozen=True, slots=True)
class ContactList:
    """What a new campaign needs to know of its list."""

    path: Path
    sheet: str  # of a workbook; empty for the first
    content: bytes
    encoding: str = ""  # what the settings must state, because the list does not
    columns: tuple[str, ...] = ()  # those that all rows have, by the names a letter uses
    filled: frozenset[str] = frozenset()  # those that no row leaves empty
    mapped: Mapping[str, str] = field(default_factory=dict)  # our names to the list's, where these differ
    misread: str = ""  # why it can't be read until the settings state its encoding

    @property
    def name(self) -> str:
        """The file as the settings name it, from the folder it is in."""
        return f"{self.path.name}#{self.sheet}" if self.sheet else self.path.name


def read_list(text: str, *, encoding: str = "") -> ContactList:
    """The list at `file` or `file.xlsx#Sheet`. SettingsError where there is none or its format is unknown.

    ContentError where it can't be read; a text that is not UTF-8 is no error without an encoding: then it is `misread`.
    """
    name, sheet = split_sheet(text)
    path = Path(name).expanduser()
    content = _content(path, name)
    source = Source(f"{path.name}#{sheet}" if sheet else path.name, encoding=encoding)
    if not encoding and path.suffix.lower() in _TEXT and not is_unicode(content):
        return ContactList(path, sheet, content, misread=f"{name} is not UTF-8")
    opened = open_rows(BytesIO(content), source)
    first: list[Row] = []
    columns: set[str] | None = set(opened.columns) if opened.columns is not None else None
    order = list(opened.columns or ())
    empty: set[str] = set()
    for row in opened.rows:
        if not isinstance(row, Row):
            continue  # the check tells
        if len(first) < _LOOKED_AT:
            first.append(row)
        order = order or list(row.cells)
        columns = set(row.cells) if columns is None else columns & row.cells.keys()
        empty.update(column for column, value in row.cells.items() if not value)
    common = tuple(column for column in order if column in (columns or ()))
    mapped = recognise(
        common,
        _email_column(common, first, source),
        holds_addresses=lambda column: _share_of_addresses(column, first) > 1 / 2 or not _any(column, first),
    )
    ours = {theirs: name for name, theirs in mapped.items()}
    return ContactList(
        path,
        sheet,
        content,
        encoding=encoding,
        columns=tuple(ours.get(column, column) for column in common),
        filled=frozenset(ours.get(column, column) for column in common if column not in empty),
        mapped=mapped,
    )


def is_unicode(content: bytes) -> bool:
    """Whether the bytes are UTF-8, or say what they are."""
    if content.startswith(_MARKS):
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def first_line_as(content: bytes, encoding: str) -> str:
    """How the encoding reads the first line that is more than ASCII; empty where it can't read all of the list."""
    try:
        lines = content.decode(encoding).splitlines()
    except UnicodeDecodeError:
        return ""
    line = next((line for line in lines if not line.isascii()), "")
    return show(line[:_SHOWN])


def _content(path: Path, shown: str) -> bytes:
    hint = "Name a .csv, .tsv, .xlsx or .jsonl file."
    if not path.exists():
        raise SettingsError(f"{shown}: no such file", hint)
    if not path.is_file():  # to open a named pipe would wait for somebody to write into it
        raise SettingsError(f"{shown}: not a plain file", hint)
    if not path.name.isprintable():
        raise SettingsError(f"{shown!r}: the name holds a control character", "Rename the file.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{shown}: {error.strerror}", "Make the file readable for you.") from error


def _email_column(columns: Sequence[str], rows: Sequence[Row], source: Source) -> str:
    """The column whose cells are addresses, one with "mail" in its name before others; empty for "email" itself."""
    if _EMAIL in columns or not columns:
        return ""
    likely = [column for column in columns if "mail" in column or "메일" in column]
    shares = {column: _share_of_addresses(column, rows) for column in columns}
    for column in sorted(columns, key=lambda column: (column not in likely, -shares[column])):
        if shares[column] > 1 / 2 or (not rows and column in likely):
            return column
    raise ContentError(
        source.problem(
            f"no column holds addresses; the columns are: {', '.join(islice(_shown(columns), 20))}",
            'Name another list, or call the column of the addresses "email".',
        )
    )


def _share_of_addresses(column: str, rows: Sequence[Row]) -> float:
    """Which part of the cells that are not empty can be read as addresses."""
    cells = [row.cells[column] for row in rows if row.cells[column]]
    return sum(map(_is_address, cells)) / len(cells) if cells else 0.0


def _any(column: str, rows: Sequence[Row]) -> bool:
    """Whether the column holds anything."""
    return any(row.cells[column] for row in rows)


def _is_address(cell: str) -> bool:
    try:
        return bool(parse_mailboxes(cell))
    except AddressError:
        return False


def _shown(columns: Sequence[str]) -> Iterator[str]:
    return (show(column)[1:-1] for column in columns)
