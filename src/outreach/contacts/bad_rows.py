"""Writes the rows with errors into a file of their own, in the list's own format, to be mended and read again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from outreach.contacts.bad_text_rows import copy_csv, copy_jsonl
from outreach.contacts.bad_xlsx_rows import copy_xlsx
from outreach.contacts.formats import format_of, split_sheet
from outreach.contacts.options import ContactsOptions
from outreach.contacts.reader import open_list
from outreach.contacts.rows import Source
from outreach.errors import Problem, UsageError

Copy = Callable[[BinaryIO, Source, Mapping[int, str], BinaryIO], int]

_COPIES: Mapping[str, Copy] = {".csv": copy_csv, ".tsv": copy_csv, ".jsonl": copy_jsonl, ".xlsx": copy_xlsx}


@dataclass(slots=True)
class BadRows:
    """The errors of each row that has one."""

    list_name: str  # the list as written in the settings
    errors: dict[int, str] = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)  # thousands of rows say the same: it is held once

    def add(self, problem: Problem) -> None:
        """Take in a problem; what is no error, or of no row, is left out."""
        file, _, row = problem.where.rpartition(":")
        if problem.level != "error" or file != self.list_name or not row.isdecimal():
            return
        # The code stands first, so that no spreadsheet takes an error for a formula.
        text, number = f"{problem.code}: {problem.message}", int(row)
        before = self.errors.get(number)
        if before is not None:
            text = before if text in before else f"{before}; {text}"
        self.errors[number] = self._known.setdefault(text, text)


def refuse_target(target: Path, options: ContactsOptions) -> None:
    """UsageError where the bad rows of the list can't be written there."""
    ending = format_of(options.file)
    if target.suffix.lower() != ending and ending in _COPIES:
        raise UsageError(
            f"{target}: the list is a {ending} file, and its bad rows are written as one too",
            f"Say --bad-rows {target.with_suffix(ending)}",
        )
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target} is there already", "Name another file; nothing is overwritten.")
    if not target.parent.is_dir():
        raise UsageError(f"{target.parent}: no such folder", "Make it, or name a file elsewhere.")


def write_bad_rows(target: Path, folder: Path, options: ContactsOptions, bad: BadRows) -> int:
    """Write the header and the bad rows, their errors in the first column; returns how many rows.

    Only the user may read the file: it holds names and addresses. UsageError where it can't be written.
    """
    source = Source(options.file, encoding=options.encoding)
    with open_list(folder / split_sheet(options.file)[0], source) as stream, _written(target, options) as output:
        return _COPIES[format_of(options.file)](stream, source, bad.errors, output)


@contextmanager
def _written(target: Path, options: ContactsOptions) -> Iterator[BinaryIO]:
    """A file that takes the target's name once it is complete."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as output:
                yield output
            refuse_target(target, options)
            Path(name).rename(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(
            f"{target} can't be written: {error.strerror or error}", "Make room there, or name a file elsewhere."
        ) from error
