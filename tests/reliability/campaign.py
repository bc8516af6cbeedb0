"""A campaign of many letters in a folder of its own, sent by processes that may be killed."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from outreach.cli.app import run
from outreach.crashpoints import CrashPoint
from outreach.ledger.record_values import LogEntry, LogFilter
from outreach.ledger.sqlite import open_ledger
from tests.reliability.mortal import DIED_AT
from tests.reliability.relay import ROOT

NAME = "reliability"
RUN_SECONDS = 300.0  # no command may take longer
_SEND = ("send", "--yes", "--quiet")

_SETTINGS = """\
[campaign]
name = "{name}"
letter = "letter.md"
date = 2023-10-16
{attachments}
[contacts]
file = "contacts.csv"

[sender]
from = "Coalition <letters@coalition.example>"

[relay]
host = "127.0.0.1"
port = {port}
security = "none"
connections = {connections}

[ledger]
url = "sqlite:///.outreach/ledger.db"

[preflight]
accept = ["W13"]
"""
_LETTER = """\
+++
subject = "A call to {{ name }}"
+++
Dear {{ name }},

we call on **you** to speak up.
"""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A folder with settings, a letter and a list; its ledger lies in it."""

    folder: Path

    @classmethod
    def written(
        cls,
        folder: Path,
        *,
        letters: int,
        port: int,
        connections: int,
        attachment_bytes: int = 0,
        copies: bool = True,
        more: str = "",
    ) -> Campaign:
        """A new folder; every fifth letter has a Cc, every seventh a Bcc, unless `copies` is false."""
        folder.mkdir(parents=True)
        (folder / "home").mkdir()
        attachments = ""
        if attachment_bytes:
            (folder / "report.bin").write_bytes(bytes(range(256)) * (attachment_bytes // 256))
            attachments = 'attachments = ["report.bin"]\n'
        settings = _SETTINGS.format(name=NAME, port=port, connections=connections, attachments=attachments)
        (folder / "outreach.toml").write_text(settings + more)
        (folder / "letter.md").write_text(_LETTER)
        rows = ["email,name,cc,bcc"]
        for number in range(letters):
            cc = f"chief{number}@state.example" if copies and number % 5 == 0 else ""
            bcc = f"archive{number}@state.example" if copies and number % 7 == 0 else ""
            rows.append(f"office{number}@state.example,Office {number},{cc},{bcc}")
        (folder / "contacts.csv").write_text("\n".join(rows) + "\n")
        return cls(folder)

    @property
    def ledger(self) -> Path:
        """The file of the ledger."""
        return self.folder / ".outreach" / "ledger.db"

    @property
    def seal(self) -> Path:
        """The seal file."""
        return self.folder / "outreach.seal"

    def start(self, *, die_at: CrashPoint | None = None, nth: int = 1) -> subprocess.Popen[bytes]:
        """Start a send in a process of its own, which may die by itself."""
        self._marks.unlink(missing_ok=True)
        marks = [str(self._marks), die_at or "-", str(nth)]
        return subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.mortal", *marks, *_SEND],
            cwd=self.folder,
            env=os.environ | self._home() | {"PYTHONPATH": f"{ROOT}:{ROOT}/src"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def run(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run a command in this process to its end, which must be one of these; what it printed."""
        out = io.StringIO()
        with (
            contextlib.chdir(self.folder),
            patch.dict(os.environ, self._home()),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
        ):
            code = run(arguments)
        assert code in codes, f"{arguments} ended with {code}: {out.getvalue()}"
        return out.getvalue()

    def passed(self) -> list[str]:
        """The crash points that the last command came by, in order."""
        return [mark for mark in self._read_marks() if not mark.startswith(DIED_AT)]

    def died_at(self) -> str:
        """The crash point at which the last command died by itself; empty where it did not."""
        marks = self._read_marks()
        return marks[-1].removeprefix(DIED_AT) if marks and marks[-1].startswith(DIED_AT) else ""

    def deliveries(self) -> list[LogEntry]:
        """Every delivery as the ledger has it; none before anything is planned. Nothing is changed."""
        return asyncio.run(self._deliveries())

    async def _deliveries(self) -> list[LogEntry]:
        ledger = open_ledger(self.ledger, read_only=True)
        try:
            return [entry async for entry in ledger.log(LogFilter())]
        finally:
            await ledger.close()

    def _home(self) -> dict[str, str]:
        """Away from the settings of this machine."""
        return dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(self.folder / "home"))

    @property
    def _marks(self) -> Path:
        return self.folder / "marks"

    def _read_marks(self) -> list[str]:
        return self._marks.read_text().splitlines() if self._marks.exists() else []
