"""The named queries: that each is known, used, described, and does not walk a whole campaign where it is hot."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import outreach.ledger
from outreach.ledger.connect import open_connection
from outreach.ledger.queries import MOST_ROWS, parse_queries, query_names, repeat_row, sql

FOLDER = Path(outreach.ledger.__file__).parent
CALLS = {"sql", "change_rows", "fetch_of_rows", "fetch_row", "fetch_rows", "choose", "suppress_listed"}

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


def plan_of(text: str, path: Path) -> list[str]:
    """How SQLite would go about a query. The ledger keeps no statistics, so it does not depend on what is in it."""
    opened = open_connection(path, read_only=False)
    names = dict.fromkeys(re.findall(r":(\w+)", text))
    numbers = [int(number) for number in re.findall(r"\?(\d+)", text)]
    parameters = names or [None] * max(numbers, default=text.count("?"))
    plan = [str(row[3]) for row in opened.connection.execute(f"EXPLAIN QUERY PLAN {text}", parameters)]
    opened.close()
    return plan


def walks(plan: list[str]) -> list[str]:
    """The steps that walk a table, or all of a campaign in an index."""
    given = r"json_each|listed_recipient|given|CONSTANT ROW|\d+ CONSTANT ROWS|\d+-ROW VALUES|\(subquery-\d+\)"
    wide = re.compile(r"USING .*INDEX delivery_(state|slice) \((?!campaign=\? AND slice=)")
    return [step for step in plan if re.match(rf"SCAN (?!{given})", step) or wide.search(step)]


@pytest.mark.parametrize("name", HOT)
def test_hot_queries_do_not_grow_with_the_campaign(name: str, tmp_path: Path) -> None:
    """What is asked for each letter finds its rows by an index that is narrower than the campaign."""
    assert walks(plan_of(sql(name), tmp_path / "ledger.db")) == []


@pytest.mark.parametrize("name", ["append_records", "find_sendable", "record_intents", "record_results"])
@pytest.mark.parametrize("count", [2, 3, MOST_ROWS])
def test_queries_of_many_rows_do_not_grow_either(name: str, count: int, tmp_path: Path) -> None:
    """Nor does what is asked for many letters at once walk anything but these."""
    text, bindings = repeat_row(name, (), [(None,)] * count)

    assert len(bindings) >= count
    assert walks(plan_of(text, tmp_path / "ledger.db")) == []


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
