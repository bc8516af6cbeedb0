"""What was acknowledged survives the death of the process."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from outreach.ledger.sqlite import open_ledger
from outreach.ledger.values import LogFilter
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
