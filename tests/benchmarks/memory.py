"""How much memory planning and a dry run take: PSS, summed over the processes, sampled ten times a second.

Run it: .venv/bin/python -m tests.benchmarks.memory 200000
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_SETTINGS = """\
[campaign]
name = "many"
[contacts]
file = "contacts.csv"
[data]
signatories = "signatories.csv"
[sender]
from = "Coalition <letters@coalition.example>"
[relay]
host = "127.0.0.1"
port = 1
security = "none"
[ledger]
url = "sqlite:///ledger.db"
"""


@dataclass(frozen=True)
class Measured:
    """One command's cost."""

    command: str
    contacts: int
    peak_megabytes: float
    seconds: float


def write_campaign(folder: Path, contacts: int) -> None:
    """The sample letter, with its 28 signatories, to so many people."""
    (folder / "templates").mkdir()
    (folder / "outreach.toml").write_text(_SETTINGS)
    shutil.copyfile(_ROOT / "templates/letter.md", folder / "templates/letter.md")
    shutil.copyfile(_ROOT / "contacts/signatories.csv", folder / "signatories.csv")
    with (folder / "contacts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["email", "name", "office", "salutation", "cc", "cc_office"])
        for number in range(contacts):
            row = [f"person{number}@host{number % 997}.example", f"Person {number}", "an office", "Dear friend", "", ""]
            writer.writerow(row)


def measure(folder: Path, contacts: int, *arguments: str) -> Measured:
    """Run one command and watch its memory; it must end with 0."""
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "outreach", "send", "-q", *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, sum(pss(pid) for pid in family(process.pid)))
            time.sleep(0.1)
        said = process.stderr.read() if process.stderr else ""
    if process.returncode != 0:
        raise RuntimeError(f"send {' '.join(arguments)} ended with {process.returncode}: {said}")
    return Measured(" ".join(arguments), contacts, peak / 1024, time.monotonic() - began)


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


def measure_all(contacts: int) -> list[Measured]:
    """A dry run and a planning of so many contacts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_campaign(folder, contacts)
        return [
            measure(folder, contacts, "--dry-run"),
            measure(folder, contacts, "--plan-only", "--yes"),
        ]


if __name__ == "__main__":
    os.environ.setdefault("NO_COLOR", "1")
    for measured in measure_all(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000):
        print(
            f"{measured.command}: {measured.contacts} contacts, peak {measured.peak_megabytes:.0f} MB (PSS), "
            f"{measured.seconds:.1f} s"
        )
