"""The right to plan and send a campaign: a lock on a file of its own beside the ledger."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from outreach.errors import LedgerLocked, LedgerUnwritable

# POSIX locks do not keep a process from itself, and closing any handle of the file gives the lock up. So what this
# process holds is known here, and such a file is not opened a second time.
_held_here: dict[Path, str] = {}


def lock_path(ledger: Path, name: str) -> Path:
    """The file that stands for the right to send the campaign of this name."""
    return ledger.with_name(f"{ledger.name}.{sha256(name.encode()).hexdigest()[:16]}.lock")


@asynccontextmanager
async def hold_lock(ledger: Path, name: str, *, holder: str) -> AsyncIterator[None]:
    """Hold the lock. LedgerLocked says who has it and since when. A process that dies lets go of it."""
    path = lock_path(ledger, name)
    if path in _held_here:
        raise _locked(name, _held_here[path], path.stat().st_mtime)
    handle = _acquire(path, name, holder)
    try:
        yield
    finally:
        # The file stays: removing it would let two processes hold two files of the same name.
        del _held_here[path]
        os.ftruncate(handle, 0)
        os.close(handle)


def _acquire(path: Path, name: str, holder: str) -> int:
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise LedgerUnwritable(
            f"{path}: the lock of the campaign can't be opened ({error.strerror})",
            "Check that the folder of the ledger is yours to write.",
        ) from error
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        other = os.read(handle, 1000).decode(errors="replace").strip()
        since = os.fstat(handle).st_mtime
        os.close(handle)
        raise _locked(name, other or "another process", since) from error
    identity = f"{holder} (process {os.getpid()} on {socket.gethostname()})"
    # Writing also dates the file, which is how others know since when the lock is held.
    os.ftruncate(handle, 0)
    os.pwrite(handle, identity.encode(), 0)
    _held_here[path] = identity
    return handle


def _locked(name: str, holder: str, since: float) -> LedgerLocked:
    moment = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return LedgerLocked(
        f'campaign "{name}" is being sent by {holder}, since {moment}',
        "Wait until that run has ended, or stop it there; only one may send a campaign at a time.",
    )
