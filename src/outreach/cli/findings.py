"""Prints what preflight found: grouped, each with its places and what to do."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from outreach.cli.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console

    from outreach.errors import Problem
    from outreach.preflight.finding import FindingGroup, Findings

_COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}
_PLACES = 3


def print_findings(console: Console, findings: Findings) -> None:
    """Each group in two lines: what and where; what to do."""
    from rich.markup import escape

    from outreach.preflight.finding import grouped

    for group in grouped(findings):
        problem = group.first
        colour = _COLOURS[problem.level]
        where = escape(printable(_places(group)))
        console.print(
            f"[{colour}]{problem.level} {problem.code}[/] {where}: {escape(printable(problem.message))}", soft_wrap=True
        )
        console.print(f"  [dim]→[/] {escape(printable(problem.hint))}", soft_wrap=True)
    more = sum(findings.counts.values()) - len(findings.listed)
    if more:
        console.print(f"[dim]… and {more} more; outreach check --json counts them all by code.[/]")


def _places(group: FindingGroup) -> str:
    """contacts/officials.csv:3, 8, 12 and 37 more."""
    if group.total == 1:
        problem = group.first
        return f"{problem.where} ({problem.address})" if problem.address else problem.where
    file = group.places[0].rpartition(":")[0]
    rows = [place.rpartition(":")[2] for place in group.places[:_PLACES]]
    more = f" and {group.total - len(rows)} more" if group.total > len(rows) else ""
    return f"{group.total} rows of {file}: {', '.join(rows)}{more}"


def finding_json(problem: Problem) -> dict[str, Any]:
    """A finding under the names of the contract."""
    fields = dataclasses.asdict(problem)
    return {name: fields[name] for name in ("level", "code", "where", "address", "message", "hint")}
