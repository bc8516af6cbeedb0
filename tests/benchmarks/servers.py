"""The servers that letters are sent to, each in a process of its own that ends with its block."""

from __future__ import annotations

import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.campaign import ROOT
from tests.benchmarks.watching import environment
from tests.support.sinks import POSTFIX_SINK, free_port

POSTFIX_SOURCE = Path(shutil.which("smtp-source", path=f"{os.defpath}:/usr/sbin") or "/usr/sbin/smtp-source")
_BACKLOG = "2000"
_START_SECONDS = 10.0


@contextmanager
def postfix_sink() -> Iterator[int]:
    """Postfix's smtp-sink, the same for all peers; gives its port."""
    port = free_port()
    user = ("-u", "nobody") if os.geteuid() == 0 else ()  # started by root it insists on becoming somebody else
    with _running([str(POSTFIX_SINK), *user, "-c", f"127.0.0.1:{port}", _BACKLOG], read=False):
        _wait_for(port)
        yield port


@contextmanager
def own_sink(folder: Path | None = None) -> Iterator[int]:
    """The sink of this project, with TLS where it gets a folder for its certificate; gives its port."""
    arguments = ("tests.benchmarks.own_sink", *((str(folder),) if folder else ()))
    with module(*arguments) as process:
        yield int(next_line(process))


@contextmanager
def delayed(port: int, round_trip: float) -> Iterator[int]:
    """The same port, so many seconds away; gives the port of the proxy."""
    with module("tests.benchmarks.delay_proxy", str(port), str(round_trip / 2)) as process:
        yield int(next_line(process))


@contextmanager
def module(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A module of ours, running, whose lines can be read."""
    with _running([sys.executable, "-m", *arguments], read=True) as process:
        yield process


def next_line(process: subprocess.Popen[str]) -> str:
    """What it prints next; RuntimeError where it ends instead, or says nothing for long."""
    if process.stdout is None or not select.select([process.stdout], [], [], _START_SECONDS)[0]:
        raise RuntimeError(f"{process.args!r} says nothing")
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args!r} ended with {process.wait()}")
    return line.strip()


@contextmanager
def _running(arguments: Sequence[str], *, read: bool) -> Iterator[subprocess.Popen[str]]:
    # Postfix's counters go to where nobody reads them: a pipe would fill.
    output = subprocess.PIPE if read else subprocess.DEVNULL
    errors = None if read else subprocess.DEVNULL
    with subprocess.Popen(arguments, cwd=ROOT, env=environment(), stdout=output, stderr=errors, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return
