"""CSV and TSV: rows of text, separated by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from outreach.contacts.characters import trim, unify_lines
from outreach.contacts.lines import Lines
from outreach.contacts.rows import Header, Row, RowStream, Source, make_row, read_header
from outreach.errors import ContentError, Problem

_SEPARATORS = ",;\t"
_QUOTED = re.compile(r'"[^"]*"')
_HEADER_LINES = 20  # a header with more line breaks in it than this is a quote that was not closed

_Record = tuple[int, list[str]]  # the line where it starts, and its values


def read_csv(stream: BinaryIO, source: Source) -> RowStream:
    """The rows of a CSV or TSV file. ContentError for what makes all of it unreadable."""
    lines = Lines(stream, source)
    begun = _header_lines(lines)
    records = _records(lines, begun, _vote("".join(begun), source), source)
    header = _read_header(records, source)
    return RowStream(header.columns, _rows(header, records, source))


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


def _read_header(records: Iterator[_Record | Problem], source: Source) -> Header:
    for record in records:
        if isinstance(record, Problem):
            raise ContentError(record)
        number, values = record
        if any(map(trim, values)):
            return read_header(values, source, row=number)
    raise source.error(f"{source.what} is empty", "Write the names of the columns into its first line.")


def _rows(header: Header, records: Iterator[_Record | Problem], source: Source) -> Iterator[Row | Problem]:
    for record in records:
        if isinstance(record, Problem):
            yield record
        elif (row := make_row(header, record[1], source, number=record[0])) is not None:
            yield row


def _records(lines: Lines, begun: list[str], separator: str, source: Source) -> Iterator[_Record | Problem]:
    """Header and rows, or what is wrong with one. ContentError where nothing after it can be trusted."""
    # strict: else a quote that is not closed swallows the rows after it without a word.
    reader = csv.reader(chain(begun, lines), delimiter=separator, strict=True, skipinitialspace=True)
    while True:
        begins = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _unreadable(error, source, begins=begins, ends=reader.line_num)
            continue
        if lines.had_nul:
            lines.had_nul = False
            yield source.problem("a NUL character (U+0000)", "Save the list anew as UTF-8.", row=begins)
            continue
        if reader.line_num > begins:
            values = list(map(unify_lines, values))
        yield begins, values


def _unreadable(error: csv.Error, source: Source, *, begins: int, ends: int) -> Problem:
    """The problem of a row on one line; ContentError for one that has run on into the rows after it."""
    if ends > begins:
        raise source.error(
            "a quote opens in this row and is not closed where a value ends",
            'Close it; a quote inside quotes is written twice: "The ""Old"" House".',
            row=begins,
        )
    if "larger" in str(error):
        message = f"a cell of more than {csv.field_size_limit():,} characters"
        return source.problem(message, "Shorten it, or look for a quote that is not closed.", row=begins)
    hint = 'A quote inside quotes is written twice: "The ""Old"" House"; nothing follows the last but a separator.'
    return source.problem("quotes that don't match", hint, row=begins)
