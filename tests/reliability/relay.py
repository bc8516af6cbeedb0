"""Relays in processes of their own, which note every message that they accept where the test can read it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Protocol

from outreach.sink.record import Event, Kind
from tests.support.sinks import POSTFIX_SINK, free_port

ROOT = Path(__file__).parents[2]
_SETTLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Copy:
    """One message that the relay has accepted."""

    recipients: tuple[str, ...]
    message_id: str
    at: float = 0.0  # when its dot came, in seconds since the epoch
    connection: int = 0


class Relay(Protocol):
    """A relay that can say what it has accepted."""

    @property
    def port(self) -> int:
        """Where it listens on loopback."""
        ...

    def settle(self) -> None:
        """Return when all that had been sent to it is dealt with: nobody is connected any more."""
        ...

    def accepted(self) -> list[Copy]:
        """Every message that it has ever accepted."""
        ...


@dataclass(frozen=True, slots=True)
class OwnSink:
    """Our sink."""

    port: int
    process: subprocess.Popen[str]
    record: Path

    def settle(self) -> None:
        """Return when all that had been sent to it is dealt with."""
        assert self._ask("settle") == "settled\n"

    def faults(self) -> Counter[str]:
        """How often each script was played."""
        return Counter(json.loads(self._ask("faults")))

    def events(self) -> list[Event]:
        """What happened, in order, if it plays any script."""
        return [Event(Kind(kind), *rest) for kind, *rest in json.loads(self._ask("events"))]

    def _ask(self, question: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{question}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def accepted(self) -> list[Copy]:
        """Every message that it has ever accepted."""
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        found = (json.loads(line) for line in lines)
        return [Copy(tuple(one["to"]), one["message_id"], one["at"], one["connection"]) for one in found]


@contextmanager
def own_sink(folder: Path, *scripts: str) -> Iterator[OwnSink]:
    """Our sink, which nobody can tell from a relay, with its record in this folder, and these scripts to play."""
    record = folder / "accepted.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.sink_child", str(record), *scripts],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}/src"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdin
        try:
            yield OwnSink(int(process.stdout.readline()), process, record)
        finally:
            process.stdin.close()  # which ends it


@dataclass(frozen=True, slots=True)
class PostfixSink:
    """Postfix's smtp-sink: a relay that we did not write."""

    port: int
    dumps: Path

    def settle(self) -> None:
        """Return when nobody is connected any more; the kernel knows."""
        until = time.monotonic() + _SETTLE_SECONDS
        while _is_connected(self.port):
            assert time.monotonic() < until, "smtp-sink did not let go of its connections"
            time.sleep(0.01)  # another process: there is nothing to wait on but time

    def accepted(self) -> list[Copy]:
        """Every message that it has ever accepted."""
        return [_read_dump(path) for path in sorted(self.dumps.iterdir())]


@contextmanager
def postfix_sink(folder: Path) -> Iterator[PostfixSink]:
    """Postfix's smtp-sink, with its dumps in this folder."""
    dumps = folder / "dumps"
    dumps.mkdir()
    user: tuple[str, ...] = ()
    if os.geteuid() == 0:  # started by root it insists on becoming somebody else
        user = ("-u", "nobody")
        shutil.chown(dumps, "nobody")
    port = free_port()
    with subprocess.Popen([POSTFIX_SINK, *user, "-d", f"{dumps}/%M.", f"127.0.0.1:{port}", "256"]) as process:
        try:
            yield PostfixSink(port, dumps)
        finally:
            process.terminate()


def _read_dump(path: Path) -> Copy:
    """The envelope stands in front of the message, as headers."""
    with path.open("rb") as file:
        headers = BytesHeaderParser().parse(file)
    arguments = headers.get_all("X-Rcpt-Args", [])
    recipients = tuple(argument.partition("<")[2].partition(">")[0] for argument in arguments)
    return Copy(recipients, headers["Message-ID"] or "", path.stat().st_mtime)


def _is_connected(port: int) -> bool:
    """Whether the server at this port has a connection that it has not closed: established, or closed by us."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] in ("01", "08") for line in lines)
