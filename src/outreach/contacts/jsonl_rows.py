"""JSON Lines: one object a line, each with the columns it has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from outreach.contacts.characters import show, trim, unify_lines
from outreach.contacts.lines import Lines
from outreach.contacts.rows import Row, RowStream, Source, normalise_name
from outreach.errors import Problem

_HINT = 'Write one object a line, with plain values: {"email": "a@b.org", "name": "A. B."}.'


class _RefusedError(ValueError):
    """What is wrong with a line, in words."""


def read_jsonl(stream: BinaryIO, source: Source) -> RowStream:
    """The rows of a JSON Lines file. ContentError for what makes all of it unreadable."""
    return RowStream(None, _rows(Lines(stream, source), source))


def _rows(lines: Lines, source: Source) -> Iterator[Row | Problem]:
    for line in lines:
        if "\0" in line:
            yield source.nul_problem(row=lines.number)
            continue
        if not trim(line.rstrip("\r\n")):
            continue
        try:
            yield Row(lines.number, _cells(line))
        except _RefusedError as error:
            yield source.problem(str(error), _HINT, row=lines.number, several="are no objects that can be read")


def _cells(line: str) -> dict[str, str]:
    try:
        # Numbers stay as they are written: 007 is an error, 0.10 is not 0.1.
        value = json.loads(
            line, parse_int=str, parse_float=str, parse_constant=_refuse_constant, object_pairs_hook=_Object
        )
    except json.JSONDecodeError as error:
        raise _RefusedError(f"no JSON: {error.msg[:1].lower()}{error.msg[1:]}, at column {error.colno}") from None
    except RecursionError:
        raise _RefusedError("values inside values, too deep to read") from None
    if not isinstance(value, _Object):
        raise _RefusedError("no JSON object")
    cells: dict[str, str] = {}
    for key, content in value:
        name = normalise_name(key)
        if not name or name in cells:
            raise _RefusedError(f"two values for {show(name)}" if name else "a value without a name")
        cells[name] = _text(name, content)
    return cells


class _Object(list[tuple[str, object]]):
    """A JSON object as its pairs, so that a name that stands twice is noticed; a type of its own, unlike an array."""


def _refuse_constant(constant: str) -> None:
    raise _RefusedError(f"{constant} is not a value")


def _text(name: str, value: object) -> str:
    """A plain value as a cell's text."""
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    if not isinstance(value, str):
        raise _RefusedError(f"{show(name)} holds a list or an object")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _RefusedError(f"{show(name)} holds half a character (a lone surrogate)") from None
    if "\0" in value:
        raise _RefusedError(f"{show(name)} holds a NUL character (U+0000)")
    return trim(unify_lines(value))
