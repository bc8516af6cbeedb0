"""The named queries: each stands in a .sql file beside this one, under `-- name:` and a comment that describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from typing import Any

import apsw

_MARK = "-- name:"
_ROW = re.compile(r"VALUES \((\?\d+(?:, \?\d+)*)\)")
_SIZES = (1, 4, 8, 16, 32, 64)  # few, as each is prepared once and kept

MOST_ROWS = _SIZES[-1]


def sql(name: str) -> str:
    """The text of a named query. KeyError for a name that no file holds."""
    return _QUERIES[name]


def change_rows(
    db: apsw.Connection, name: str, constants: Sequence[apsw.SQLiteValue], rows: Sequence[tuple[apsw.SQLiteValue, ...]]
) -> int:
    """Do a change for so many rows of VALUES as one statement, MOST_ROWS at the most; how many rows it changed.

    The query numbers the constants first. It must pass over rows of NULLs, which fill it up to one of a few sizes.
    """
    text, bindings = repeat_row(name, constants, rows)
    db.execute(text, bindings)
    return db.changes()


def fetch_of_rows(
    db: apsw.Connection, name: str, constants: Sequence[apsw.SQLiteValue], rows: Sequence[tuple[apsw.SQLiteValue, ...]]
) -> Any:  # noqa: ANN401 - columns vary
    """The first row that a query finds for so many rows of VALUES; see `change_rows`."""
    text, bindings = repeat_row(name, constants, rows)
    return db.execute(text, bindings).fetchone()


def repeat_row(
    name: str, constants: Sequence[apsw.SQLiteValue], rows: Sequence[tuple[apsw.SQLiteValue, ...]]
) -> tuple[str, list[apsw.SQLiteValue]]:
    """The query's text with its row of VALUES so many times, and what to bind; see `change_rows`."""
    size = next(size for size in _SIZES if size >= len(rows))
    bindings = [*constants, *chain.from_iterable(rows)]
    bindings += (None,) * ((size - len(rows)) * len(rows[0]))
    return _repeated(name, size), bindings


@lru_cache
def _repeated(name: str, size: int) -> str:
    text = _QUERIES[name]
    found = _ROW.search(text)
    if found is None:
        raise ValueError(f"the query {name} has no row of values to repeat")
    numbers = [int(number[1:]) for number in found[1].split(", ")]
    rows = (", ".join(f"?{number + index * len(numbers)}" for number in numbers) for index in range(size))
    return f"{text[: found.start()]}VALUES ({'), ('.join(rows)}){text[found.end() :]}"


def fetch_row(db: apsw.Connection, name: str, parameters: apsw.Bindings = ()) -> Any:  # noqa: ANN401 - columns vary
    """The first row that a query finds, or None."""
    return db.execute(_QUERIES[name], parameters).fetchone()


def fetch_rows(db: apsw.Connection, name: str, parameters: apsw.Bindings = ()) -> list[Any]:
    """All rows that a query finds."""
    return db.execute(_QUERIES[name], parameters).fetchall()


def query_names() -> frozenset[str]:
    """The names of all queries."""
    return frozenset(_QUERIES)


def parse_queries(text: str) -> Iterator[tuple[str, str]]:
    """Names and texts of the queries in a file. ValueError for one that is not described, or is empty."""
    for block in text.split(_MARK)[1:]:
        name, _, body = block.partition("\n")
        lines = body.strip().splitlines()
        if not lines or not lines[0].startswith("-- ") or all(line.startswith("--") for line in lines):
            raise ValueError(f"the query {name.strip()} needs a description and a text")
        yield name.strip(), "\n".join(line for line in lines if not line.startswith("--")).strip()


def _load() -> dict[str, str]:
    queries: dict[str, str] = {}
    for file in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if file.name.startswith("queries_") and file.name.endswith(".sql"):
            for name, text in parse_queries(file.read_text(encoding="utf-8")):
                if name in queries:
                    raise ValueError(f"the query {name} stands in two files")
                queries[name] = text
    return queries


_QUERIES = _load()
