"""Contract: pace and quota of a relay account, shared by all who send through it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from outreach.ledger.interface import Ledger
from outreach.ledger.run_values import Quota
from outreach.model import State
from tests.ledger.child import spawn
from tests.ledger.conftest import Open
from tests.ledger.making import NOW, contacts, intent_for, plan, plan_request, running, send, start, taken

RESERVING = """
import asyncio, sys
from pathlib import Path
from outreach.ledger.sqlite import open_ledger
from tests.ledger.making import NAME, NOW, start

async def main() -> None:
    ledger = open_ledger(Path(sys.argv[1]))
    await start(ledger, await ledger.campaign(NAME), owner=sys.argv[2])
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(40):
        print(await ledger.reserve("", interval=0.1, count=3, now=NOW), flush=True)
    await ledger.close()

asyncio.run(main())
"""


async def test_times_follow_each_other(ledger: Ledger) -> None:
    """Reserved times are an interval apart, and never before now."""
    await running(ledger, contacts(1))

    first = await ledger.reserve("", interval=0.5, count=4, now=NOW)
    second = await ledger.reserve("", interval=0.5, count=1, now=NOW + 1)
    later = await ledger.reserve("", interval=0.5, count=1, now=NOW + 60)

    assert (first, second, later) == (NOW, NOW + 2, NOW + 60)


async def test_domains_have_a_pace_of_their_own(ledger: Ledger) -> None:
    """A reservation for a domain does not move the account's, and the other way round."""
    await running(ledger, contacts(1))
    await ledger.reserve("", interval=1, count=100, now=NOW)

    assert await ledger.reserve("gmail.com", interval=1, count=1, now=NOW) == NOW
    assert await ledger.reserve("", interval=1, count=1, now=NOW) == NOW + 100


async def test_a_clock_that_jumped_back_does_not_freeze(ledger: Ledger) -> None:
    """A stored time that lies further ahead than could be reserved is not believed."""
    await running(ledger, contacts(1))
    await ledger.reserve("", interval=1, count=1, now=NOW + 86_400)

    assert await ledger.reserve("", interval=1, count=1, now=NOW) == NOW


async def test_a_long_reservation_is_believed(ledger: Ledger) -> None:
    """A stored time that others may well have reserved holds."""
    await running(ledger, contacts(1))
    await ledger.reserve("", interval=1, count=900, now=NOW)

    assert await ledger.reserve("", interval=1, count=1, now=NOW) == NOW + 900


@pytest.mark.wire
async def test_processes_never_share_a_time(ledger: Ledger, path: Path) -> None:
    """Two processes that reserve at the same moment get times that do not overlap."""
    await plan(ledger, contacts(1))
    processes = [await spawn(RESERVING, str(path), owner) for owner in ("one", "two")]

    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))

    times = [[float(line) for line in output.split()] for output, _ in outputs]
    both = sorted(times[0] + times[1])
    assert len(both) == 80
    assert all(after - before > 0.29 for before, after in pairwise(both))


async def test_without_a_quota_nothing_is_counted(ledger: Ledger) -> None:
    """An account without quotas has no limit."""
    await running(ledger, contacts(1))

    assert await ledger.quota_left(NOW) == (None, NOW)


async def test_says_what_is_left_and_when_more_is_free(ledger: Ledger) -> None:
    """The tightest window counts; more is free when its oldest second, counted fully, has left it."""
    _, first = await running(ledger, contacts(3), quotas=(Quota(2, 60), Quota(1000, 86_400)))

    before = await ledger.quota_left(NOW)
    await send(ledger, first.deliveries[0], State.ACCEPTED, at=NOW + 0.5)
    between = await ledger.quota_left(NOW + 2)
    await send(ledger, first.deliveries[1], State.ACCEPTED, at=NOW + 3)
    after = await ledger.quota_left(NOW + 4)
    free = after[1]

    assert (before, between, after) == ((2, NOW), (1, NOW + 2), (0, NOW + 61))
    assert (await ledger.quota_left(free - 0.1))[0] == 0
    assert (await ledger.quota_left(free))[0] == 1


async def test_a_lowered_quota_waits_for_enough_to_leave(ledger: Ledger) -> None:
    """When more was spent than the quota now allows, more is free only after enough has left the window."""
    campaign, first = await running(ledger, contacts(3))
    for index, delivery in enumerate(first.deliveries):
        await send(ledger, delivery, State.ACCEPTED, at=NOW + 10 * index)
    await start(ledger, campaign, quotas=(Quota(2, 60),))

    assert await ledger.quota_left(NOW + 30) == (0, NOW + 71)


async def test_quota_is_shared_between_ledgers(ledger: Ledger, open_again: Open) -> None:
    """What one process spends is missing to the other, for another campaign, too."""
    _, first = await running(ledger, contacts(2), quotas=(Quota(2, 60),))
    other = open_again()
    await start(other, await plan(other, contacts(2), plan_request("other")), quotas=(Quota(2, 60),))
    theirs = (await taken(other)).deliveries

    await ledger.commit((), intent_for(first.deliveries[0]))
    assert (await other.quota_left(NOW))[0] == 1
    await other.commit((), intent_for(theirs[0]))

    assert (await ledger.quota_left(NOW))[0] == 0


async def test_spending_by_a_clock_that_jumped_back_counts_as_now(ledger: Ledger) -> None:
    """What was spent in what is now the future is not forgotten, and does not hold up sending until then."""
    _, first = await running(ledger, contacts(2), quotas=(Quota(1, 60),))
    await send(ledger, first.deliveries[0], State.ACCEPTED, at=NOW + 86_400)

    assert await ledger.quota_left(NOW) == (0, NOW + 61)
    assert await ledger.commit((), intent_for(first.deliveries[1], at=NOW + 62)) is None
