"""The two consoles: data goes to stdout, talk and progress to stderr; errors are two lines."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from outreach.clock import SystemClock
from outreach.errors import OutreachError

if TYPE_CHECKING:
    from rich.console import Console


_LABEL_WIDTH = 11
_DETAIL_STYLES = {"- ": "red", "+ ": "green"}  # what was, what is


def talk() -> Console:
    """The console for people, on stderr. Rich obeys NO_COLOR and the width of the terminal."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def data() -> Console:
    """The console for results, on stdout; nothing is wrapped where it is not a terminal."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def print_json(value: dict[str, Any]) -> None:
    """One object on one line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_error(error: OutreachError) -> None:
    """What happened and where; what to do."""
    console = talk()
    console.print(f"[bold red]Error:[/] {_shown(error.what)}", soft_wrap=True)
    for line in error.details:
        console.print(f"    {_shown(line)}", style=_DETAIL_STYLES.get(line[:2], ""), soft_wrap=True)
    console.print(f"  [dim]→[/] {_shown(error.remedy)}", soft_wrap=True)


def print_fields(console: Console, fields: Iterable[tuple[str, str]]) -> None:
    """A line for each label and value; on a terminal long values go on below themselves."""
    from rich.table import Table
    from rich.text import Text

    if not console.is_terminal:
        for label, value in fields:
            console.print(f"  {label:<{_LABEL_WIDTH}} {printable(value)}", markup=False, soft_wrap=True)
        return
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=2)
    table.add_column(min_width=_LABEL_WIDTH, style="bold")
    table.add_column(overflow="fold")
    for label, value in fields:
        table.add_row("", label, Text(printable(value)))
    console.print(table)


def _shown(text: str) -> str:
    """Text that a terminal prints as it is: no markup of ours, no control characters of anybody's."""
    from rich.markup import escape

    return escape(printable(text))


def printable(text: str) -> str:
    """The text with control characters escaped: a relay's reply or a contact's name can't steer the terminal."""
    return "".join(
        character if character.isprintable() or character == " " else repr(character)[1:-1] for character in text
    )


def clock_time(seconds: float) -> str:
    """Local time, with the day where it is not today's."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone()
    today = datetime.datetime.fromtimestamp(SystemClock().now(), datetime.UTC).astimezone().date()
    return moment.strftime("%H:%M" if moment.date() == today else "%Y-%m-%d %H:%M")
