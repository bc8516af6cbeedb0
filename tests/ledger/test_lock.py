"""The lock of a campaign."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from outreach.errors import LedgerLocked, LedgerUnwritable
from outreach.ledger import lock
from outreach.ledger.lock import lock_path
from outreach.ledger.sqlite import SqliteLedger, open_ledger
from tests.ledger.child import spawn
from tests.ledger.conftest import Open

HOLDING = """
import asyncio, sys
from pathlib import Path
from outreach.ledger.sqlite import open_ledger

async def main() -> None:
    ledger = open_ledger(Path(sys.argv[1]))
    async with ledger.lock("repatriation", holder="ana@desk"):
        print("ready", flush=True)
        sys.stdin.readline()
    await ledger.close()

asyncio.run(main())
"""


@pytest.mark.wire
async def test_another_process_is_told_who_holds_it(ledger: SqliteLedger, path: Path) -> None:
    """While one process sends a campaign, another is refused, told by whom and since when; then it may."""
    process = await spawn(HOLDING, str(path))

    with pytest.raises(LedgerLocked) as refusal:
        async with ledger.lock("repatriation", holder="ben@desk"):
            pass
    async with ledger.lock("another", holder="ben@desk"):
        pass
    await process.communicate(b"go\n")

    assert re.search(
        rf'"repatriation" is being sent by ana@desk \(process {process.pid} on .*\), since \d{{4}}-\d\d-\d\d .* UTC',
        refusal.value.what,
    )
    async with ledger.lock("repatriation", holder="ben@desk"):
        pass


HOLDING_WITH_A_CHILD = """
import asyncio, subprocess, sys
from pathlib import Path
from outreach.ledger.sqlite import open_ledger

async def main() -> None:
    ledger = open_ledger(Path(sys.argv[1]))
    async with ledger.lock("repatriation", holder="ana@desk"):
        child = subprocess.Popen(["sleep", sys.argv[2]], pass_fds=ledger.reopening().handles, stdout=subprocess.DEVNULL)
        print("ready", flush=True)
        sys.stdin.readline()

asyncio.run(main())
"""


@pytest.mark.wire
async def test_a_child_that_is_left_behind_is_waited_for(ledger: SqliteLedger, path: Path) -> None:
    """The one who held it is killed; the child that wrote for it ends a moment later, and only then it is free."""
    process = await spawn(HOLDING_WITH_A_CHILD, str(path), "1")
    began = time.monotonic()
    process.kill()
    await process.wait()

    async with ledger.lock("repatriation", holder="ben@desk"):
        waited = time.monotonic() - began

    assert 0.5 < waited < 8


@pytest.mark.wire
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
async def test_a_holder_that_nobody_has_buried_is_dead(ledger: SqliteLedger, path: Path) -> None:
    """As under a supervisor that starts the next run before it asks how the last one ended."""
    process = subprocess.Popen(  # noqa: ASYNC220 - asyncio would bury it
        [sys.executable, "-c", HOLDING_WITH_A_CHILD, str(path), "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222 - it is left as it is

    try:
        async with ledger.lock("repatriation", holder="ben@desk"):
            pass
    finally:
        process.communicate()
    process.communicate()


@pytest.mark.wire
async def test_a_child_that_does_not_end_is_not_waited_for_for_ever(
    ledger: SqliteLedger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while it is told who held it."""
    monkeypatch.setattr(lock, "_TRIES", 3)
    process = await spawn(HOLDING_WITH_A_CHILD, str(path), "5")
    process.kill()
    await process.wait()

    with pytest.raises(LedgerLocked, match="ana@desk"):
        async with ledger.lock("repatriation", holder="ben@desk"):
            pass


async def test_the_same_process_is_refused_too(ledger: SqliteLedger, open_again: Open) -> None:
    """A second ledger object in the same process can't take the lock, and asking for it doesn't lose it."""
    other = open_again()
    async with ledger.lock("repatriation", holder="ana@desk"):
        for _ in range(2):
            with pytest.raises(LedgerLocked, match="ana@desk"):
                async with other.lock("repatriation", holder="ben@desk"):
                    pass

    async with other.lock("repatriation", holder="ben@desk"):
        pass


async def test_the_holder_is_forgotten_afterwards(ledger: SqliteLedger, path: Path) -> None:
    """The lock's file is for its owner only, and names nobody once it is released."""
    async with ledger.lock("repatriation", holder="ana@desk"):
        assert lock_path(path, "repatriation").stat().st_mode & 0o777 == 0o600

    assert lock_path(path, "repatriation").read_bytes() == b""


async def test_a_failure_inside_lets_go(ledger: SqliteLedger) -> None:
    """The lock is released whatever happens while it is held."""
    with pytest.raises(ZeroDivisionError):
        async with ledger.lock("repatriation", holder="ana@desk"):
            raise ZeroDivisionError

    async with ledger.lock("repatriation", holder="ana@desk"):
        pass


async def test_reading_takes_no_lock(path: Path) -> None:
    """A ledger that was opened for reading can't be locked, and no file is made."""
    ledger = open_ledger(path, read_only=True)
    with pytest.raises(LedgerUnwritable, match="for reading only"):
        async with ledger.lock("repatriation", holder="ana@desk"):
            pass
    await ledger.close()

    assert not path.parent.exists()


async def test_a_lock_that_cannot_be_made(ledger: SqliteLedger, path: Path) -> None:
    """Where the lock's file can't be opened, the error says so."""
    lock_path(path, "repatriation").mkdir()  # a folder in its place stops root, too

    with pytest.raises(LedgerUnwritable, match="lock of the campaign"):
        async with ledger.lock("repatriation", holder="ana@desk"):
            pass
