"""Copies the bad rows of a CSV, TSV or JSON Lines list as they stand there, each behind its error."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from outreach.contacts.csv_rows import CsvRecords
from outreach.contacts.encoding import find_encoding, written_as
from outreach.contacts.lines import Lines
from outreach.contacts.rows import Source, normalise_name

_LINE_END = re.compile(r"[\r\n]+\Z")
_OBJECT = re.compile(r"(?P<opening>[^{]*\{)(?P<rest>.*)", re.DOTALL)
_ERROR_KEY = re.compile(r'"\s*error\s*"\s*:', re.IGNORECASE)


def name_column(taken: Iterable[str]) -> str:
    """What the column with the errors is called, beside columns with these names."""
    names = {normalise_name(name) for name in taken}
    number = 1
    for name in ("error", "outreach_error"):
        if name not in names:
            return name
    while (name := f"outreach_error_{number}") in names:
        number += 1
    return name


def copy_csv(stream: BinaryIO, source: Source, errors: Mapping[int, str], output: BinaryIO) -> int:
    """The header and the rows with these numbers, in the list's encoding, separators and line ends; how many rows."""
    text = _same_encoding(stream, source, output)
    records = CsvRecords(stream, source)
    first = records.first()
    separator, line_end = records.separator, _line_end(first.raw)
    text.write(f"{records.stated}{name_column(first.values)}{separator}{first.raw}")
    copied = 0
    for record in records:
        if (error := errors.get(record.number)) is not None:
            text.write(f"{_quoted(error, separator)}{separator}{_ended(record.raw, line_end)}")
            copied += 1
    text.flush()
    text.detach()
    return copied


def copy_jsonl(stream: BinaryIO, source: Source, errors: Mapping[int, str], output: BinaryIO) -> int:
    """The rows with these numbers, in the list's encoding; how many."""
    text = _same_encoding(stream, source, output)
    lines = Lines(stream, source)
    copied = 0
    for line in lines:
        if (error := errors.get(lines.number)) is not None:
            text.write(_ended(_with_error(line, error), "\n"))
            copied += 1
    text.flush()
    text.detach()
    return copied


def _same_encoding(stream: BinaryIO, source: Source, output: BinaryIO) -> io.TextIOWrapper:
    """The output for text in the encoding of the stream, mark included. What it can't hold becomes a question mark."""
    mark, encoding = written_as(stream, find_encoding(stream, source))
    output.write(mark)
    return io.TextIOWrapper(output, encoding=encoding, errors="replace", newline="")


def _quoted(text: str, separator: str) -> str:
    if separator in text or any(character in text for character in '"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _line_end(line: str) -> str:
    found = _LINE_END.search(line)
    return found[0] if found else "\n"


def _ended(line: str, line_end: str) -> str:
    """The line with an end, which the last one of a file may lack."""
    return line if _LINE_END.search(line) else line + line_end


def _with_error(line: str, error: str) -> str:
    """The object of a line with the error as its first value; what is no object becomes the value of one."""
    match = _OBJECT.fullmatch(line) if line.lstrip().startswith("{") else None
    name = "outreach_error" if _ERROR_KEY.search(line) else "error"
    if match is None:
        return json.dumps({name: error, "line": line.rstrip("\r\n")}, ensure_ascii=False) + _line_end(line)
    value = f'"{name}": {json.dumps(error, ensure_ascii=False)}'
    comma = "" if match["rest"].lstrip().startswith("}") else ", "
    return f"{match['opening']}{value}{comma}{match['rest']}"
