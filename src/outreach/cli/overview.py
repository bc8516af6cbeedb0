"""What `outreach --help` shows. By itself, for the library that shows all other help takes longer to load than this."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence

_FLAGS = (("--help, -h", "Say this; outreach COMMAND --help tells the flags."), ("--version, -V", "Say the version."))
_WIDEST = 100  # columns that are easy to read


def show_overview(what: str, commands: Sequence[tuple[str, str]]) -> None:
    """Print what this is, and each command with what it does."""
    width = min(_WIDEST, shutil.get_terminal_size().columns)
    lines = ["Usage: outreach COMMAND", "", *textwrap.wrap(what, width), ""]
    for title, entries in (("Commands", commands), ("Flags", _FLAGS)):
        column = max(len(name) for name, _ in entries) + 4
        lines.append(f"{title}:")
        for name, text in entries:
            lines += textwrap.wrap(
                text, width, initial_indent=f"  {name}".ljust(column), subsequent_indent=" " * column
            )
        lines.append("")
    sys.stdout.write("\n".join(lines).rstrip("\n") + "\n")
