"""A handful of letters, sent by the command line in this process to a relay that misbehaves as told.

The waits that are policy (before a relay is tried again, before a letter is) pass thirty times faster than the relay's
time limits, so that a test sees what follows them.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from outreach.cli.app import run
from outreach.sink.server import Sink
from tests.support.sinks import tls_contexts

TIMEOUT = 1.0  # of every stage
_SPEED = 30.0
_BEGAN_AT, _BEGAN = time.time(), time.monotonic()

_SETTINGS = """\
[campaign]
name = "small"
letter = "letter.txt"
date = 2023-10-16

[contacts]
file = "contacts.csv"

[sender]
from = "Coalition <letters@coalition.example>"

[relay]
host = "127.0.0.1"
port = {port}
security = "{security}"
connections = 1
timeouts = {{ connect = "1s", greeting = "1s", command = "1s", final = "1s" }}
{more}
[retry]
first_wait = "{first_wait}"

[ledger]
url = "sqlite:///ledger.db"
"""
_LETTER = '+++\nsubject = "A call"\n+++\nDear {{ name }},\n\nspeak up.\n'


class HurriedClock:
    """The machine's clock, and an hour of it takes two minutes."""

    def now(self) -> float:
        """The wall clock, that fast."""
        return _BEGAN_AT + (time.monotonic() - _BEGAN) * _SPEED

    def monotonic(self) -> float:
        """Seconds that never jump, that fast."""
        return time.monotonic() * _SPEED

    async def sleep(self, seconds: float) -> None:
        """Wait for a part of it."""
        await asyncio.sleep(max(0.0, seconds) / _SPEED)


@dataclass(frozen=True, slots=True)
class Row:
    """One contact: To, copies, and the file that goes with its letter."""

    to: str
    cc: str = ""
    bcc: str = ""
    attachment: str = ""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str
    ended_at: float  # seconds since the epoch

    @property
    def json(self) -> dict[str, Any]:
        """The object on the last line; empty where there is none."""
        lines = self.out.strip().splitlines()
        loaded: dict[str, Any] = json.loads(lines[-1]) if lines else {}
        return loaded


@dataclass(frozen=True, slots=True)
class SmallCampaign:
    """A folder of its own."""

    folder: Path

    def write(
        self, rows: Sequence[Row], sink: Sink, *, starttls: bool = False, login: bool = False, first_wait: str = "1h"
    ) -> None:
        """Settings for this relay, a letter, and the list. What is put off does not come again before `first_wait`."""
        more = ""
        if starttls:
            more += f'ca_file = "{tls_contexts()[1]}"\n'
        if login:
            more += 'username = "letters"\npassword = { env = "SMTP_PASSWORD" }\n'
        security = "starttls" if starttls else "none"
        settings = _SETTINGS.format(port=sink.port, security=security, more=more, first_wait=first_wait)
        (self.folder / "outreach.toml").write_text(settings)
        (self.folder / "letter.txt").write_text(_LETTER)
        lines = [f'{row.to},{row.to.partition("@")[0]},"{row.cc}","{row.bcc}",{row.attachment}' for row in rows]
        (self.folder / "contacts.csv").write_text("\n".join(["email,name,cc,bcc,attachments", *lines]) + "\n")

    def run(self, *arguments: str) -> Ran:
        """Run a command here, away from the settings of this machine."""
        home = {name: str(self.folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        environment = {**home, "SMTP_PASSWORD": "secret", "NO_COLOR": "1", "COLUMNS": "80"}
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, environment),
            mock.patch("outreach.assembly.parts.SystemClock", HurriedClock),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run([*arguments, "--config", str(self.folder / "outreach.toml")])
        return Ran(code, out.getvalue(), err.getvalue(), time.time())

    def log(self) -> dict[str, dict[str, Any]]:
        """What the log says of each letter, by its To's address."""
        lines = self.run("log", "--json").out.splitlines()
        return {entry["address"]: entry for entry in map(json.loads, lines)}
