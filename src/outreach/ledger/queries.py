"""The named queries: each stands in a .sql file beside this one, under `-- name:` and a comment that describes it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import apsw

_MARK = "-- name:"


def sql(name: str) -> str:
    """The text of a named query. KeyError for a name that no file holds."""
    return _QUERIES[name]


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
