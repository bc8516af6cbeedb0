"""Reads a contact list: rows from a file, one at a time, and contacts from rows."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from outreach.contacts.address import AddressError, parse_mailbox
from outreach.contacts.characters import show
from outreach.contacts.contact import RowReader
from outreach.contacts.formats import open_rows, split_sheet
from outreach.contacts.options import ContactsOptions
from outreach.contacts.rows import Row, Source, normalise_name
from outreach.errors import ContentError, Problem, SettingsError
from outreach.model import Contact

_EMAIL = "email"  # the one column that a list must have
_LISTED = 20  # columns that an error names


def read_rows(path: Path, *, shown: str, encoding: str = "") -> Iterator[Row | Problem]:
    """The rows of a file that no setting names, and in the place of each that can't be read what is wrong with it.

    `shown` is the file as its user named it, the sheet's name included. SettingsError if it can't be opened,
    ContentError where reading can't go on.
    """
    source = Source(shown, "the file", encoding, section="")
    with open_list(path, source) as stream:
        yield from open_rows(stream, source).rows


def read_contacts(folder: Path, options: ContactsOptions) -> Iterator[Contact | Problem]:
    """The contacts of the list, and in the place of each row that gives none what is wrong with it.

    Nothing is held but the row that is read, XLSX apart. SettingsError if the list can't be opened, ContentError
    if it lacks a column or reading can't go on.
    """
    with open_contacts(folder, options) as (reader, rows):
        for row in rows:
            if isinstance(row, Problem):
                yield row
            else:
                yield from reader.read(row)


@contextmanager
def open_contacts(folder: Path, options: ContactsOptions) -> Iterator[tuple[RowReader, Iterator[Row | Problem]]]:
    """What makes contacts of the list's rows, here or in another process, and the rows; errors as above."""
    source = Source(options.file, encoding=options.encoding)
    renamed = {normalise_name(ours): normalise_name(theirs) for ours, theirs in options.columns.items()}
    with open_list(folder / split_sheet(options.file)[0], source) as stream:
        opened = open_rows(stream, source)
        if opened.columns is None:
            rows = _with_first_checked(opened.rows, renamed, source)
        else:
            _check_columns(opened.columns, renamed, source)
            rows = opened.rows
        yield RowReader(options, {ours: theirs for ours, theirs in renamed.items() if ours != theirs}), rows


def open_list(path: Path, source: Source) -> BinaryIO:
    """The file, for reading; SettingsError if there is none or it can't be."""
    shown = split_sheet(source.shown)[0]
    correct = f'correct "file" under [{source.section}]' if source.section else "name another"
    hint = f"Put {source.what} there, or {correct}."
    if not path.exists():
        raise SettingsError(f"{shown}: no such file", hint)
    if not path.is_file():  # to open a named pipe would wait for somebody to write into it
        raise SettingsError(f"{shown}: not a plain file", hint)
    try:
        return path.open("rb")
    except OSError as error:
        raise SettingsError(f"{shown}: {error.strerror}", "Make the file readable for you.") from error


def _with_first_checked(
    rows: Iterator[Row | Problem], renamed: Mapping[str, str], source: Source
) -> Iterator[Row | Problem]:
    """The same rows. Each names its own columns, so only the first can tell that the list is of another kind."""
    for first in rows:
        if isinstance(first, Row) and renamed.get(_EMAIL, _EMAIL) not in first.cells:
            raise _no_email(tuple(first.cells), renamed.get(_EMAIL, _EMAIL), source)
        return chain([first], rows)
    return rows


def _check_columns(columns: Sequence[str], renamed: Mapping[str, str], source: Source) -> None:
    for column in columns:
        if "@" in column and _is_address(column):
            raise source.error(
                f"the first line holds an address, {show(column)}, where the names of the columns belong",
                "Write their names above it: email, name, …",
            )
    for ours, theirs in renamed.items():
        if theirs not in columns and ours != _EMAIL:
            raise source.error(
                f"no column {show(theirs)}; the columns are: {_listed(columns)}",
                f'Correct "{ours}" in columns = {{ … }} under [contacts].',
            )
        if ours in columns and ours != theirs:
            raise source.error(
                f"{show(theirs)} is to be {show(ours)}, but there is a column {show(ours)} too",
                f'Rename one of the columns, or take "{ours}" out of columns = {{ … }} under [contacts].',
            )
    email = renamed.get(_EMAIL, _EMAIL)
    if email not in columns:
        raise _no_email(columns, email, source)


def _is_address(text: str) -> bool:
    try:
        return bool(parse_mailbox(text))
    except AddressError:
        return False


def _no_email(columns: Sequence[str], email: str, source: Source) -> ContentError:
    likely = [column for column in columns if "mail" in column or "메일" in column]
    guess = [*likely, *difflib.get_close_matches(email, columns, n=1, cutoff=0.0), _EMAIL][0]
    return source.error(
        f"no column {show(email)}; the columns are: {_listed(columns)}",
        f'Say which one holds the addresses, under [contacts]: columns = {{ email = "{guess}" }}.',
    )


def _listed(columns: Sequence[str]) -> str:
    """The columns for an error of one line, which may have met a file that is no list at all."""
    return ", ".join([*(show(column)[1:-1] for column in columns[:_LISTED]), *(["…"] if columns[_LISTED:] else [])])
