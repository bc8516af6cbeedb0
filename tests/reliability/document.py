"""The rows of docs/reliability.md: each is what a test gave when it was run last, here or elsewhere."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.reliability.figure import Figure

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- what `make reliability` measured -->", "<!-- to here -->"
_HEAD = ("| test | asked for | measured | on | again with |", "| --- | --- | --- | --- | --- |")
_NAME = re.compile(r"`python -m tests\.reliability (\S+)` \|$")


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure, and how long the test took."""

    figure: Figure
    seconds: float


def command(name: str) -> str:
    """What runs one test again."""
    return f"python -m tests.reliability {name}"


def machine(today: date) -> str:
    """What the figures were measured on."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()}, {python}, {today.isoformat()}"


def row(name: str, measured: Measured, where: str) -> str:
    """The row of one test."""
    figure = measured.figure
    outcome = figure.measured if figure.holds else f"**does not hold**: {figure.measured}"
    cells = (figure.what, figure.asked, outcome, f"{where}, {measured.seconds:.0f} s", f"`{command(name)}`")
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def with_rows(text: str, rows: Mapping[str, str], order: tuple[str, ...]) -> str:
    """The document with these rows put in place of what it had of them; tests that are no more lose theirs."""
    before, _, rest = text.partition(BEGIN)
    table, _, after = rest.partition(END)
    known = {found[1]: line for line in table.splitlines() if (found := _NAME.search(line))}
    lines = [*_HEAD, *({**known, **rows}[name] for name in order if name in known or name in rows)]
    return "\n".join([before + BEGIN, "", *lines, "", END + after])
