"""Starting a child on its end of a pair of sockets, and seeing that it ends."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Sequence

_END_SECONDS = 5.0


def start_child(handles: Sequence[int] = ()) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A child, and our end of what it listens to. It inherits these open files too. OSError where none can start."""
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            command = [sys.executable, "-P", "-m", "outreach.processes.child", str(theirs.fileno())]
            process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno(), *handles],
            )
    except BaseException:
        ours.close()
        raise
    ours.setblocking(False)
    return process, ours


def end(process: subprocess.Popen[bytes], seconds: float = _END_SECONDS) -> None:
    """Wait for a child that was told to end; one that doesn't is killed."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
        return
    process.kill()
    process.wait()
