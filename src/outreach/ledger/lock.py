"""The right to plan and send a campaign: a lock on a file of its own beside the ledger."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from outreach.errors import LedgerLocked, LedgerUnwritable

_PROCESS = re.compile(r" \(process (\d+) on (.+)\)$")
_TRIES = 200
_TRY_SECONDS = 0.05


def lock_path(ledger: Path, name: str) -> Path:
    """The file that stands for the right to send the campaign of this name."""
    return ledger.with_name(f"{ledger.name}.{sha256(name.encode()).hexdigest()[:16]}.lock")


@asynccontextmanager
async def hold_lock(ledger: Path, name: str, *, holder: str) -> AsyncIterator[int]:
    """Hold the lock. LedgerLocked says who has it and since when. A process that dies lets go of it.

    Yields the open file: a process that inherits it shares the lock, which lasts until both have ended.
    """
    path = lock_path(ledger, name)
    handle = _open(path)
    try:
        await _acquire(handle, name)
        identity = f"{holder} (process {os.getpid()} on {socket.gethostname()})"
        # Writing also dates the file, which is how others know since when the lock is held.
        os.ftruncate(handle, 0)
        os.pwrite(handle, identity.encode(), 0)
        yield handle
        # The file stays: removing it would let two processes hold two files of the same name.
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise LedgerUnwritable(
            f"{path}: the lock of the campaign can't be opened ({error.strerror})",
            "Check that the folder of the ledger is yours to write.",
        ) from error


async def _acquire(handle: int, name: str) -> None:
    """Take the lock. A holder that has died leaves it to its children for a moment, which is waited for."""
    for left in range(_TRIES, -1, -1):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            other = os.pread(handle, 1000, 0).decode(errors="replace").strip()
            if not left or not _has_died(other):
                raise _locked(name, other or "another process", os.fstat(handle).st_mtime) from error
            await asyncio.sleep(_TRY_SECONDS)
        else:
            return


def _has_died(holder: str) -> bool:
    """Whether it was a process of this machine that is there no more, or waits for its parent to notice."""
    found = _PROCESS.search(holder)
    if found is None or found[2] != socket.gethostname():
        return False
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _is_zombie(int(found[1]))


def _is_zombie(process: int) -> bool:
    """Whether it has ended, and only its parent has not asked how; not known where there is no /proc."""
    try:
        return Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z"
    except (OSError, IndexError):
        return False


def _locked(name: str, holder: str, since: float) -> LedgerLocked:
    moment = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return LedgerLocked(
        f'campaign "{name}" is being sent by {holder}, since {moment}',
        "Wait until that run has ended, or stop it there; only one may send a campaign at a time.",
    )
