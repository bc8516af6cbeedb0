"""The two consoles: data goes to stdout, talk and progress to stderr; errors are two lines.

All that is printed for people passes `say`. On a terminal it is wrapped between words, below its own beginning;
elsewhere each message is one line, so that a search finds all of it. What is to be copied passes `say_whole`.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TextIO

from outreach.errors import OutreachError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Part = str | tuple[str, str]  # a stretch of a message: as it is, or with a style of rich
Escape = Callable[[str], str]  # makes a text harmless to a terminal; `printable` unless another is named

ARROW: Part = ("  → ", "dim")  # stands before what to do

_LABEL_WIDTH = 11
_DETAIL_STYLES = {"- ": "red", "+ ": "green"}  # what was, what is
_LEAST_WIDTH = 12  # columns that are left for a text, however narrow the terminal
_SMALL_INDENT = 4
_ANSWER_WIDTH = 12


def talk() -> Console:
    """The console for people, on stderr."""
    return _console(sys.stderr, to_stderr=True)


def data() -> Console:
    """The console for results, on stdout."""
    return _console(sys.stdout, to_stderr=False)


def _console(stream: TextIO, *, to_stderr: bool) -> Console:
    from rich.console import Console

    # FORCE_COLOR, which rich would take for a terminal, often stands where a log is kept of what is printed.
    console = Console(stderr=to_stderr, highlight=False, force_terminal=stream.isatty())
    if console.is_dumb_terminal and (columns := _columns_of(stream)):
        console.size = console.size._replace(width=columns)  # rich takes any for one of 80 columns
    if not console.no_color:
        return console
    # Without a system of colours rich writes no escape sequence at all, not even for what is bold.
    return Console(stderr=to_stderr, highlight=False, force_terminal=console.is_terminal, color_system=None)


def _columns_of(stream: TextIO) -> int:
    """The width of the terminal that a stream leads to; 0 where nobody knows it."""
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return 0


def is_lively(console: Console) -> bool:
    """Whether a display may be drawn anew in its place: not without colour, and not on a terminal that knows no way."""
    return console.is_terminal and console.color_system is not None


def print_json(value: dict[str, Any]) -> None:
    """One object on one line of stdout, also for those who end lines where Unicode does."""
    text = json.dumps(value, ensure_ascii=False)
    if not text.isprintable():  # what is not stands in a string: json has escaped the controls of ASCII already
        text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(console: Console, *parts: Part, before: Part = "", escape: Escape | None = None) -> None:
    """Print one message. Nothing in it is markup, and control characters are shown, not obeyed.

    `before` is what it begins with and hangs below: `Error: `, an arrow, a label. `escape` is what makes it harmless.
    """
    console.print(hanging(console, *parts, before=before, escape=escape), soft_wrap=True)


def say_whole(console: Console, text: str) -> None:
    """Print one line that is to be copied: a terminal that is too narrow folds it itself, and knows that it is one."""
    console.print(printable(text), soft_wrap=True, markup=False)


def prompt(console: Console, *parts: Part) -> None:
    """Print a question, with room behind it for what is typed."""
    console.print(hanging(console, *parts, spare=_ANSWER_WIDTH), soft_wrap=True, end="")


def hanging(console: Console, *parts: Part, before: Part = "", spare: int = 0, escape: Escape | None = None) -> Text:
    """The message as `say` prints it: one line, or on a terminal as many as it takes, each with `spare` columns."""
    from rich.text import Text

    head, body = (Text.assemble(*(harmless(part, escape) for part in some)) for some in ((before,), parts))
    if not console.is_terminal:
        return head + body
    indent = head.cell_len
    if indent > console.width // 2:  # then the beginning is a text like any other
        head, body, indent = Text(), head + body, _SMALL_INDENT
    lines = body.wrap(console, max(_LEAST_WIDTH, console.width - indent - spare), overflow="fold")
    for line in lines[:-1]:
        line.rstrip()
    return head + Text("\n" + " " * indent).join(lines)


def harmless(part: Part, escape: Escape | None = None) -> Part:
    """The part with its control characters escaped."""
    escape = escape or printable
    return escape(part) if isinstance(part, str) else (escape(part[0]), part[1])


def print_error(error: OutreachError, *, label: Part = ("Error: ", "bold red")) -> None:
    """What happened and where; what to do."""
    console = talk()
    say(console, error.what, before=label)
    for line in error.details:
        sign = line[:2] if line[:2] in _DETAIL_STYLES else ""
        style = _DETAIL_STYLES.get(sign, "")
        say(console, (line[len(sign) :], style), before=(f"    {sign}", style))
    say(console, error.remedy, before=ARROW)


def print_warning(error: OutreachError) -> None:
    """The same, where the command goes on."""
    print_error(error, label=("Warning: ", "bold yellow"))


def print_fields(console: Console, fields: Iterable[tuple[str, str]], *, escape: Escape | None = None) -> None:
    """A line for each label and value; on a terminal long values go on below themselves."""
    for label, value in fields:
        say(console, value, before=(f"  {label:<{_LABEL_WIDTH}} ", "bold"), escape=escape)


def printable(text: str) -> str:
    """The text with control characters escaped: a relay's reply or a contact's name can't steer the terminal."""
    return "".join(
        character if character.isprintable() or character == " " else repr(character)[1:-1] for character in text
    )


def clock_time(seconds: float) -> str:
    """Local time, with the day where it is not today's."""
    from outreach.clock import SystemClock  # brings asyncio and ssl, which help and usage errors do without

    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone()
    today = datetime.datetime.fromtimestamp(SystemClock().now(), datetime.UTC).astimezone().date()
    return moment.strftime("%H:%M" if moment.date() == today else "%Y-%m-%d %H:%M")
