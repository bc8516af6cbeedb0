"""Which process does what, looked up in /proc."""

from __future__ import annotations

import time
from pathlib import Path

PROC = Path("/proc")
_LOG = "ledger.db-wal"
IS_THERE = (PROC / "self" / "task").exists()


def children(pid: int) -> list[int]:
    """The children of a process; none where it has ended."""
    try:
        return [int(child) for child in (PROC / f"{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def has_open(pid: int, end: str) -> bool:
    """Whether the process has a file open whose name ends so."""
    try:
        return any(str(handle.readlink()).endswith(end) for handle in (PROC / f"{pid}/fd").iterdir())
    except OSError:
        return False


def ledger_child(pid: int, *, seconds: float = 20.0) -> int | None:
    """The child that keeps the ledger of the run that this process is; None where there is none within the time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (PROC / str(pid)).exists():
        for child in children(pid):
            if has_open(child, _LOG):
                time.sleep(0.05)  # between fork and exec, any child has it open
                if has_open(child, _LOG):
                    return child
        time.sleep(0.005)
    return None
