"""What was acknowledged survives the death of the process."""

from __future__ import annotations

import signal
from pathlib import Path

import apsw
import pytest

from outreach.ledger.migrate import migrate
from outreach.ledger.record_values import LogFilter
from outreach.ledger.sqlite import open_ledger
from outreach.model import State
from tests.ledger.child import spawn
from tests.ledger.making import NAME, start

SENDING = """
import asyncio, sys
from pathlib import Path
from outreach.ledger.sqlite import open_ledger
from outreach.model import State
from tests.ledger.making import *

async def lane(ledger, waiting) -> None:
    before = None
    while waiting:
        delivery = waiting.pop()
        results = () if before is None else (result_for(before, State.ACCEPTED),)
        await ledger.commit(results, intent_for(delivery))
        if before is not None:
            print("accepted", before.id, flush=True)
        print("sending", delivery.id, flush=True)
        before = delivery

async def main() -> None:
    ledger = open_ledger(Path(sys.argv[1]))
    campaign = await plan(ledger, contacts(5000), plan_request(size=5000))
    await start(ledger, campaign)
    waiting = list((await taken(ledger)).deliveries)
    print("ready", flush=True)
    async with ledger.lock(NAME, holder="child"):
        await asyncio.gather(*(lane(ledger, waiting) for _ in range(20)))

asyncio.run(main())
"""


@pytest.mark.wire
async def test_kill_in_the_middle_of_commits(tmp_path: Path) -> None:
    """After kill -9, all that was acknowledged is there, the rest is unsure at most, and the journal is whole."""
    path = tmp_path / "ledger.db"
    process = await spawn(SENDING, str(path))
    assert process.stdout is not None
    lines = [await process.stdout.readline() for _ in range(1000)]
    process.send_signal(signal.SIGKILL)
    output, _ = await process.communicate()
    whole = (b"".join(lines) + output).decode().rpartition("\n")[0]
    said = [line.split() for line in whole.splitlines()]
    acknowledged = {int(number) for word, number in said if word == "accepted"}
    begun = {int(number) for word, number in said if word == "sending"} - acknowledged

    ledger = open_ledger(path)
    async with ledger.lock(NAME, holder="survivor"):  # the dead process has let go of it
        campaign = await ledger.campaign(NAME)
        assert campaign is not None
        unsure = await start(ledger, campaign, owner="survivor:1:cc")
    stands = {}
    async for entry in ledger.log(LogFilter(campaign.id)):
        stands[entry.row] = State(entry.state)  # rows and deliveries were numbered alike
    broken = await ledger.verify()
    await ledger.close()

    assert len(acknowledged) > 400
    assert all(stands[number] is State.ACCEPTED for number in acknowledged)
    assert all(stands[number] in (State.UNSURE, State.ACCEPTED) for number in begun)
    assert 0 < unsure <= 20
    assert broken == ()


MIGRATING = """
import os, signal, sys
from pathlib import Path
from outreach import crashpoints
from outreach.ledger.connect import open_connection

def die(point) -> None:
    print("at", point, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

crashpoints.hook = die
print("ready", flush=True)
open_connection(Path(sys.argv[1]), read_only=False)
"""


@pytest.mark.wire
async def test_kill_in_a_migration(tmp_path: Path) -> None:
    """After kill -9 in the middle of a migration, the ledger is as it was, and the next command migrates it."""
    path = tmp_path / "ledger.db"
    old = apsw.Connection(str(path))
    old.pragma("journal_mode", "wal")
    migrate(old, path, upto=1)
    old.execute("INSERT INTO suppression VALUES ('a@x', 'a@x', '', 'test', 1.0)")
    old.close()

    process = await spawn(MIGRATING, str(path))
    output, _ = await process.communicate()
    left = apsw.Connection(str(path))
    version = left.pragma("user_version")
    left.close()
    ledger = open_ledger(path)
    kept = [entry.key async for entry in ledger.suppressions()]
    await ledger.close()

    assert (process.returncode, output) == (-signal.SIGKILL, b"at migrating\n")
    assert version == 1
    assert kept == ["a@x"]
