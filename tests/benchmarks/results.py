"""What was measured, when, on what, and with which versions: a JSON file for each run, in results/."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import apsw

from tests.benchmarks.peers import running
from tests.benchmarks.rows import ROWS, Pair

FOLDER = Path(__file__).with_name("results")
_LIBRARIES = ("aiosmtplib", "apsw", "cyclopts", "email-validator", "jinja2", "uvloop")


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure over its rounds."""

    ours: float  # the median
    theirs: float
    ratio: float  # of the medians
    rounds: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, pairs: list[Pair]) -> Measured:
        """The medians of the rounds."""
        ours, theirs = median(pair.ours for pair in pairs), median(pair.theirs for pair in pairs)
        return cls(ours, theirs, ours / theirs, tuple((pair.ours, pair.theirs) for pair in pairs))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the benchmarks; figures by row, steps in µs of CPU by name."""

    date: str  # ISO 8601, UTC
    letters: int
    connections: int
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    figures: Mapping[str, Measured]
    steps: Mapping[str, float]

    @classmethod
    def now(cls, letters: int, connections: int, figures: Mapping[str, Measured], steps: Mapping[str, float]) -> Run:
        """A run on this machine."""
        return cls(
            datetime.now(UTC).isoformat(timespec="seconds"), letters, connections, machine(), versions(), figures, steps
        )


def machine() -> dict[str, Any]:
    """What it was measured on; nothing that names the machine."""
    return {
        "cpu": _first("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(int((_first("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 1e6),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def versions() -> dict[str, str]:
    """Of the peers and of the libraries that count."""
    return {**{name: version(name) for name in _LIBRARIES}, "sqlite": apsw.sqlite_lib_version(), **running.versions()}


def _first(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def write(run: Run, folder: Path = FOLDER) -> Path:
    """Keep a run, beside the earlier ones."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{run.date.replace(':', '').removesuffix('+0000')}.json"
    path.write_text(json.dumps(asdict(run), indent=1, ensure_ascii=False) + "\n")
    return path


def last(folder: Path = FOLDER) -> Run | None:
    """The run that was kept last; None where there is none."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        return None
    fields = json.loads(paths[-1].read_text())
    figures = {
        name: Measured(**{**figure, "rounds": tuple(tuple(pair) for pair in figure["rounds"])})
        for name, figure in fields.pop("figures").items()
        if name in ROWS
    }
    return Run(**fields, figures=figures)


def merged(earlier: Run | None, run: Run) -> Run:
    """A run of some rows, with what the last one knew of the others, where it was of the same size and machine."""
    if earlier is None or (earlier.letters, earlier.machine) != (run.letters, run.machine):
        return run
    figures = {**earlier.figures, **run.figures}
    steps = {**earlier.steps, **run.steps}
    return Run(run.date, run.letters, run.connections, run.machine, run.versions, figures, steps)
