"""Prints what preflight found: grouped, each group with its places and what to do."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from outreach.cli.terminal import ARROW, say

if TYPE_CHECKING:
    from rich.console import Console

    from outreach.errors import Problem
    from outreach.preflight.finding import FindingGroup, Findings

_COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}
_PRINTED = 20  # groups


def print_findings(console: Console, findings: Findings) -> None:
    """Each group: what and where; what to do. The file is named once, above the groups of its rows."""
    groups = findings.grouped()
    file = ""
    for group in groups[:_PRINTED]:
        if group.places > 1 and _file(group.first) != file:
            file = _file(group.first)
            say(console, f"In {file}:")
        _print_group(console, group)
    if more := sum(findings.counts.values()) - sum(group.total for group in groups[:_PRINTED]):
        errors = findings.errors - sum(group.total for group in groups[:_PRINTED] if group.first.level == "error")
        if errors:
            say(console, f"… and {more} more. outreach check --bad-rows FILE writes all rows with errors.")
        else:
            say(console, f"… and {more} more. outreach check --json counts them all by code.")


def _print_group(console: Console, group: FindingGroup) -> None:
    problem = group.first
    label = (f"{problem.level} {problem.code} ", _COLOURS[problem.level])
    if group.places == 1:
        for example in group.examples:
            say(console, f"{example.where}{_address(example, ' ({})')}: {example.message}", before=label)
        _print_more(console, group)
    elif group.alike:
        rows = list(dict.fromkeys(map(_row, group.examples)))
        more = f" and {group.places - len(rows)} more" if group.places > len(rows) else ""
        places = f"{', '.join(rows)}{more}"
        said = f" {problem.several}: {places}" if problem.several else f" ({places}): {problem.message}"
        say(console, f"{group.places} rows{said}", before=label)
    else:
        say(console, f"{group.places} rows {problem.several}:", before=label)
        width = max(len(_row(example)) for example in group.examples)
        for example in group.examples:
            special = f"{_address(example, '{}: ')}{_rest(example)}"
            say(console, special, before=f"    {_row(example):>{width}}  ")
        _print_more(console, group)
    say(console, problem.hint, before=ARROW)


def _print_more(console: Console, group: FindingGroup) -> None:
    if group.total > len(group.examples):
        say(console, f"and {group.total - len(group.examples)} more", before="    ")


def _address(problem: Problem, form: str) -> str:
    """The address where there is one that the message does not say."""
    return form.format(problem.address) if problem.address and problem.address not in problem.message else ""


def _rest(problem: Problem) -> str:
    """The message without the column that the heading of the group names."""
    place, _, rest = problem.message.partition(": ")
    return rest if rest and place in problem.several else problem.message


def _file(problem: Problem) -> str:
    return problem.where.rpartition(":")[0]


def _row(problem: Problem) -> str:
    return problem.where.rpartition(":")[2]


def finding_json(problem: Problem) -> dict[str, Any]:
    """A finding under the names of the contract."""
    fields = dataclasses.asdict(problem)
    return {name: fields[name] for name in ("level", "code", "where", "address", "message", "hint")}
