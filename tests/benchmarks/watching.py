"""Commands that are watched: how long each takes, and how much memory (PSS, summed over its processes)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.campaign import ROOT

_SAMPLE_SECONDS = 0.1
_MOST_SECONDS = 1800.0  # for any command; then it hangs
_ENVIRONMENT = {"NO_COLOR": "1", "PYTHONPATH": str(ROOT / "src")}


@dataclass(frozen=True, slots=True)
class Watched:
    """One command's cost."""

    seconds: float
    peak_megabytes: float = 0.0  # where memory was watched
    said: str = ""  # on stdout


def outreach(folder: Path, *arguments: str) -> Watched:
    """Run one command of `outreach` to its end, which must be 0, and take its time."""
    return run([*command(), *arguments], cwd=folder)


def command() -> list[str]:
    """What runs `outreach` of this checkout."""
    return [sys.executable, "-m", "outreach"]


def run(arguments: Sequence[str], *, cwd: Path, environ: Mapping[str, str] | None = None) -> Watched:
    """Run a command to its end, which must be 0, and take its time."""
    began = time.monotonic()
    done = subprocess.run(
        arguments,
        cwd=cwd,
        env=environment(environ),
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_MOST_SECONDS,
    )
    seconds = time.monotonic() - began
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return Watched(seconds, said=done.stdout)


def watch(folder: Path, *arguments: str, most_seconds: float | None = None) -> Watched:
    """The same as `outreach`, with its memory; after `most_seconds` it is interrupted, and that is no failure."""
    began = time.monotonic()
    log = folder / "watched.log"
    with (
        log.open("w") as said,
        subprocess.Popen(
            [*command(), *arguments], cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=said
        ) as process,
    ):
        peak, interrupted = 0, False
        while process.poll() is None:
            peak = max(peak, sum(pss(pid) for pid in family(process.pid)))
            if most_seconds is not None and not interrupted and time.monotonic() - began > most_seconds:
                process.send_signal(signal.SIGINT)
                interrupted = True
            time.sleep(_SAMPLE_SECONDS)
    if process.returncode != 0 and not interrupted:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}: {log.read_text()[-2000:]}")
    return Watched(time.monotonic() - began, peak / 1024)


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What commands run with: this checkout's package, and no colours."""
    return {**os.environ, **_ENVIRONMENT, **(more or {})}


def family(pid: int) -> list[int]:
    """A process and all its children."""
    pids = [pid]
    for parent in pids:
        for thread in Path(f"/proc/{parent}/task").glob("*"):
            try:
                pids += [int(child) for child in (thread / "children").read_text().split()]
            except OSError:
                continue
    return pids


def pss(pid: int) -> int:
    """The proportional set size in kilobytes; 0 for a process that is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
