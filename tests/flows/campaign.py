"""A campaign folder, and the command line run in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from outreach.cli.app import run

SETTINGS = """\
[campaign]
name = "repatriation"
letter = "templates/letter.md"
date = 2023-10-16

[contacts]
file = "contacts/officials.csv"

[sender]
from = "Coalition <letters@coalition.example>"
reply_to = "office@coalition.example"

[relay]
host = "127.0.0.1"
port = 1
security = "none"

[ledger]
url = "sqlite:///.outreach/ledger.db"
"""

LETTER = """\
+++
subject = "A call to {{ name }}"
+++
{{ salutation }},

we call on **{{ name }}** to speak up.
"""

CONTACTS = """\
email,name,salutation,cc
minister@state.example,Minister of State,Excellency,chief@state.example
chair@committee.example,Chair,Dear Chair,
desk@press.example,Press Desk,Dear colleagues,
"""


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The object on the last line of stdout."""
        loaded: dict[str, Any] = json.loads(self.out.strip().splitlines()[-1])
        return loaded

    @property
    def json_lines(self) -> list[dict[str, Any]]:
        """One object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Campaign:
    """A folder with settings, a letter and a list."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    @classmethod
    def written(cls, folder: Path, capsys: pytest.CaptureFixture[str]) -> Campaign:
        """The folder with three contacts, one of them with a copy."""
        campaign = cls(folder, capsys)
        campaign.write("outreach.toml", SETTINGS)
        campaign.write("templates/letter.md", LETTER)
        campaign.write("contacts/officials.csv", CONTACTS)
        return campaign

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file of the campaign."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a stretch of a file that must be in it."""
        text = (self.folder / path).read_text()
        assert old in text, f"{old!r} is not in {path}"
        self.write(path, text.replace(old, new))

    def contacts(self, rows: Iterable[str], header: str = "email,name,salutation,cc") -> None:
        """Write the list."""
        self.write("contacts/officials.csv", "\n".join([header, *rows]) + "\n")

    def use_port(self, port: int) -> None:
        """Send through a relay at this port of loopback."""
        self.edit("outreach.toml", "port = 1\n", f"port = {port}\n")

    def run(self, *arguments: str) -> Ran:
        """Run a command in this process."""
        self.capsys.readouterr()
        code = run(arguments)
        out, err = self.capsys.readouterr()
        return Ran(code, out, err)

    def start(self, *arguments: str, limit_file_bytes: int | None = None, **environ: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own; it may be forbidden to let a file grow, as by a full disk."""
        command = [sys.executable, "-m", "outreach", *arguments]
        if limit_file_bytes is not None:
            limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit_file_bytes},) * 2)\n"
            command = [sys.executable, "-c", f"{limited}from outreach.cli import main; main()", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def files(self) -> set[str]:
        """Every file below the folder."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}
