"""The command line in a process that notes the crash points it comes by, and dies at one where it is told to.

Run it: python -m tests.reliability.mortal MARKS POINT NTH ARGUMENT …, with - for no point.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from pathlib import Path

from outreach import crashpoints
from outreach.cli.app import run

DIED_AT = "died at "


def live(marks: Path, point: str, nth: int, arguments: list[str]) -> int:
    """Run the command; each point is noted when it is passed for the first time."""
    handle = os.open(marks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    passed: Counter[str] = Counter()

    def pass_by(here: crashpoints.CrashPoint) -> None:
        passed[here] += 1
        if passed[here] == 1:
            os.write(handle, f"{here}\n".encode())
        if here == point and passed[here] == nth:
            os.write(handle, f"{DIED_AT}{here}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    crashpoints.hook = pass_by
    return run(arguments)


if __name__ == "__main__":
    sys.exit(live(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
