"""CSV and TSV: rows of text, separated by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from outreach.contacts.characters import trim, unify_lines
from outreach.contacts.lines import Lines
from outreach.contacts.rows import Header, Row, RowStream, Source, make_row, read_header
from outreach.errors import ContentError, Problem

_SEPARATORS = ",;\t"
_QUOTED = re.compile(r'"[^"]*"')
_HEADER_LINES = 20  # a header with more line breaks in it than this is a quote that was not closed
_STATED = re.compile(r'"?sep=([,;\t|])"?[\r\n]*', re.IGNORECASE)  # a first line that Excel understands


@dataclass(frozen=True, slots=True)
class Record:
    """A row as the file has it."""

    number: int  # the line where it starts, from 1
    values: list[str]
    raw: str  # the lines it stands on, with their ends
    problem: Problem | None = None  # why it has no values


def read_csv(stream: BinaryIO, source: Source) -> RowStream:
    """The rows of a CSV or TSV file. ContentError for what makes all of it unreadable."""
    records = CsvRecords(stream, source)
    first = records.first()
    header = read_header(first.values, source, row=first.number)
    return RowStream(header.columns, _rows(header, records, source))


def _rows(header: Header, records: CsvRecords, source: Source) -> Iterator[Row | Problem]:
    for record in records:
        if record.problem is not None:
            yield record.problem
        elif (row := make_row(header, record.values, source, number=record.number)) is not None:
            yield row


class CsvRecords(Iterator[Record]):
    """The header and the rows of a file, also those that can't be used.

    ContentError where nothing that follows can be trusted.
    """

    def __init__(self, stream: BinaryIO, source: Source) -> None:
        self._source = source
        self._lines = Lines(stream, source)
        self._raw: list[str] = []  # the lines of the record that is being read
        self._had_nul = False
        begun = _header_lines(self._lines)
        stated = _STATED.fullmatch(begun[0]) if begun else None
        self.stated = begun[0] if stated else ""  # the line that states the separator
        if stated:
            begun = _header_lines(self._lines)
        self.separator = stated[1] if stated else _vote("".join(begun), source)
        # strict: else a quote that is not closed swallows the rows after it without a word.
        self._reader = csv.reader(
            self._feed(chain(begun, self._lines)), delimiter=self.separator, strict=True, skipinitialspace=True
        )

    def first(self) -> Record:
        """The header: the first row with anything in it. ContentError if there is none."""
        for record in self:
            if record.problem is not None:
                raise ContentError(record.problem)
            if any(map(trim, record.values)):
                return record
        source = self._source
        raise source.error(f"{source.what} is empty", "Write the names of the columns into its first line.")

    def __next__(self) -> Record:
        """The next row."""
        self._raw.clear()
        self._had_nul = False
        begins = self._line_number() + 1
        try:
            values = next(self._reader)
        except csv.Error as error:
            return Record(begins, [], "".join(self._raw), self._unreadable(error, begins))
        if self._had_nul:
            return Record(begins, [], "".join(self._raw), self._source.nul_problem(row=begins))
        if len(self._raw) == 1:
            return Record(begins, values, self._raw[0])
        return Record(begins, list(map(unify_lines, values)), "".join(self._raw))

    def _line_number(self) -> int:
        return self._reader.line_num + bool(self.stated)

    def _feed(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            self._raw.append(line)
            if "\0" in line:
                self._had_nul = True
                line = line.replace("\0", "")  # noqa: PLW2901 - the reader can do without
            yield line

    def _unreadable(self, error: csv.Error, begins: int) -> Problem:
        """The problem of a row on one line; ContentError for one that has run on into the rows after it."""
        source = self._source
        if self._line_number() > begins:
            raise source.error(
                "a quote opens in this row and is not closed where a value ends",
                'Close it; a quote inside quotes is written twice: "The ""Old"" House".',
                row=begins,
            )
        if "larger" in str(error):
            message = f"a cell of more than {csv.field_size_limit():,} characters"
            hint = "Shorten it, or look for a quote that is not closed."
            return source.problem(message, hint, row=begins, several=f"hold {message}")
        hint = 'A quote inside quotes is written twice: "The ""Old"" House"; nothing follows the last but a separator.'
        return source.problem("quotes that don't match", hint, row=begins, several="hold quotes that don't match")


def _header_lines(lines: Lines) -> list[str]:
    """The first line with something on it, with those it goes on to inside quotes, and the blank ones before."""
    begun: list[str] = []
    for line in lines:
        begun.append(line)
        text = "".join(begun)
        if text.strip() and (text.count('"') % 2 == 0 or len(begun) >= _HEADER_LINES):
            break
    return begun


def _vote(header: str, source: Source) -> str:
    """The separator that the header has most of, outside of quotes; what the file's ending says if it has none."""
    bare = _QUOTED.sub("", header)
    usual = "\t" if source.shown.lower().endswith(".tsv") else ","
    return max(usual + _SEPARATORS, key=bare.count)
