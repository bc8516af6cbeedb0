"""The named queries: that each is known, used, described, and does not walk a whole campaign where it is hot."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import outreach.ledger
from outreach.ledger.connect import open_connection
from outreach.ledger.queries import parse_queries, query_names, sql

FOLDER = Path(outreach.ledger.__file__).parent
CALLS = {"sql", "sql_of_rows", "change_rows", "fetch_row", "fetch_rows", "choose", "suppress_listed"}

# What is asked for each letter, or each slice.
HOT = (
    "append_records",
    "due_deliveries",
    "find_pace",
    "find_sendable",
    "first_to_leave",
    "listed_of_delivery",
    "listed_of_slice",
    "name_recipients",
    "newest_spend",
    "next_due",
    "next_due_of",
    "record_intent",
    "record_intents",
    "record_recipient",
    "record_result",
    "record_results",
    "recipients_of",
    "refresh_slice",
    "release_slice",
    "spent_until",
    "take_slice",
    "take_slice_of",
    "wake_slice",
    "why_refused",
)


def strings_in_code() -> tuple[set[str], set[str]]:
    """All short strings in the package, and those that name a query in a call."""
    every, named = set(), set()
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                every.add(node.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                named |= {
                    argument.value
                    for argument in node.args
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                }
    return every, named


def test_every_query_is_used_and_every_used_one_exists() -> None:
    """No query is left over, and none is missing."""
    every, named = strings_in_code()

    assert query_names() - every == set()
    assert named - query_names() == set()


@pytest.mark.parametrize("text", ["-- name: a\nSELECT 1", "-- name: a\n-- Only a comment.\n", "-- name: a\n"])
def test_a_query_is_described(text: str) -> None:
    """A query without a description, or without a text, is refused."""
    with pytest.raises(ValueError, match="the query a needs"):
        list(parse_queries(text))


def test_reads_names_and_texts() -> None:
    """A file holds several queries; comments are not part of their texts."""
    text = "-- name: a\n-- First.\nSELECT 1\n-- Why.\nFROM x\n\n-- name: b\n-- Second.\nSELECT 2\n"

    assert list(parse_queries(text)) == [("a", "SELECT 1\nFROM x"), ("b", "SELECT 2")]


@pytest.mark.parametrize("name", HOT)
def test_hot_queries_do_not_grow_with_the_campaign(name: str, tmp_path: Path) -> None:
    """What is asked for each letter finds its rows by an index that is narrower than the campaign."""
    opened = open_connection(tmp_path / "ledger.db", read_only=False)
    text = sql(name)
    names = dict.fromkeys(re.findall(r":(\w+)", text))
    numbers = [int(number) for number in re.findall(r"\?(\d+)", text)]
    parameters = names or [None] * max(numbers, default=text.count("?"))
    plan = [str(row[3]) for row in opened.connection.execute(f"EXPLAIN QUERY PLAN {text}", parameters)]
    opened.close()

    walks = [
        step
        for step in plan
        if re.match(r"SCAN (?!json_each|listed_recipient|CONSTANT ROW|given|\(subquery-\d+\))", step)
    ]
    wide = re.compile(r"USING .*INDEX delivery_(state|slice) \((?!campaign=\? AND slice=)")
    assert walks == []
    assert [step for step in plan if wide.search(step)] == []


@pytest.mark.parametrize("name", ["choose_new", "group_rows", "note_readdressed"])
def test_the_roster_is_read_as_it_lies(name: str, tmp_path: Path) -> None:
    """A walk in the order of an index would look each of a million rows up somewhere else in the file."""
    opened = open_connection(tmp_path / "ledger.db", read_only=False)
    opened.connection.execute(sql("create_roster"))
    opened.connection.execute(sql("index_roster"))
    parameters = dict.fromkeys(re.findall(r":(\w+)", sql(name)))
    plan = [str(row[3]) for row in opened.connection.execute(f"EXPLAIN QUERY PLAN {sql(name)}", parameters)]
    opened.close()

    assert "SCAN temp.roster" in plan
