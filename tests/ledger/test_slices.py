"""Contract: taking slices and giving them back."""

from __future__ import annotations

import pytest

from outreach.ledger.interface import Ledger
from outreach.ledger.record_values import LogFilter
from outreach.model import State
from tests.ledger.conftest import Open
from tests.ledger.making import (
    NOW,
    contact,
    contacts,
    decision_for,
    intent_for,
    plan,
    plan_request,
    running,
    send,
    start,
    states,
    suppression,
    taken,
)


async def test_taking_needs_a_run(ledger: Ledger) -> None:
    """Nothing is taken before a run has begun."""
    await plan(ledger, contacts(1))

    with pytest.raises(RuntimeError, match="start_run"):
        await ledger.take_slice(NOW)


async def test_a_slice_is_taken_once(ledger: Ledger) -> None:
    """A slice that is held is not taken again; released with open deliveries, it is due at once, with a new epoch."""
    _, first = await running(ledger, contacts(1))

    assert await ledger.take_slice(NOW) is None
    assert await ledger.next_due() is None
    await ledger.release_slice(first.number, first.epoch)
    assert await ledger.next_due() == 0
    assert (await taken(ledger)).epoch == first.epoch + 1


async def test_a_stranger_cannot_release(ledger: Ledger) -> None:
    """A release with an epoch of the past is ignored."""
    _, first = await running(ledger, contacts(1))

    await ledger.release_slice(first.number, first.epoch - 1)

    assert await ledger.take_slice(NOW) is None


async def test_a_done_slice_is_never_due(ledger: Ledger) -> None:
    """A slice without open deliveries is done."""
    _, first = await running(ledger, contacts(1))
    await send(ledger, first.deliveries[0], State.FAILED)

    await ledger.release_slice(first.number, first.epoch)

    assert await ledger.next_due() is None
    assert await ledger.take_slice(NOW + 1e9) is None


async def test_second_tries_go_before_first_ones(ledger: Ledger) -> None:
    """A slice whose deferred letter is due is taken before those that have not been touched."""
    _, first = await running(ledger, contacts(3), size=1)
    await send(ledger, first.deliveries[0], State.DEFERRED, due_at=NOW + 60)
    await ledger.release_slice(first.number, first.epoch)

    order = [(await taken(ledger, now=now)).number for now in (NOW + 59, NOW + 60, NOW + 60)]

    assert order == [2, 1, 3]


async def test_only_what_is_due_is_taken(ledger: Ledger) -> None:
    """Of a slice that is due, deliveries that are not due yet stay behind."""
    _, first = await running(ledger, contacts(2))
    await send(ledger, first.deliveries[0], State.DEFERRED, due_at=NOW + 60)
    await ledger.release_slice(first.number, first.epoch)

    assert [delivery.contact.row for delivery in (await taken(ledger)).deliveries] == [2]


async def test_only_takes_the_addresses_named(ledger: Ledger) -> None:
    """With `only`, just the deliveries to these addresses are taken, second To included, and the rest stays planned."""
    rows = [*contacts(5), contact(6, to=["x@example.org", "second@example.org"])]
    campaign = await plan(ledger, rows, plan_request(size=2))
    await start(ledger, campaign)
    only = ("person4@example.org", "second@example.org")

    due = await ledger.next_due(only=only)
    found = [await taken(ledger, only=only) for _ in range(2)]

    assert due == 0
    assert [[delivery.contact.row for delivery in one.deliveries] for one in found] == [[4], [6]]
    assert await ledger.take_slice(NOW, only=only) is None
    assert await ledger.next_due(only=only) is None
    assert await ledger.next_due(only=["person1@example.org"]) == 0


async def test_a_slice_emptied_meanwhile_is_skipped(ledger: Ledger) -> None:
    """A slice whose deliveries were all suppressed or cancelled is not handed out."""
    campaign = await plan(ledger, contacts(3), plan_request(size=1))
    await start(ledger, campaign)
    await ledger.suppress([suppression("person1@example.org")])
    await ledger.decide(decision_for(campaign, State.CANCELLED, State.PLANNED, keys=["person2@example.org"]))

    assert (await taken(ledger)).number == 3


async def test_a_new_run_recovers_what_a_dead_one_left(ledger: Ledger, open_again: Open) -> None:
    """What was being sent becomes unsure, with those of its recipients that were named; the rest is as it was."""
    rows = [contact(1, cc=["a@example.org"]), contact(2), contact(3)]
    campaign, first = await running(ledger, rows)
    await send(ledger, first.deliveries[1], State.DEFERRED, due_at=NOW + 5)
    await ledger.commit((), intent_for(first.deliveries[0])._replace(named=(0,)))
    survivor = open_again()

    unsure = await start(survivor, campaign, owner="other:2:bb", now=NOW + 9)

    assert unsure == 1
    assert await states(survivor, campaign) == {State.UNSURE: 1, State.DEFERRED: 1, State.PLANNED: 1}
    again = await taken(survivor, now=NOW + 9)
    assert [delivery.contact.row for delivery in again.deliveries] == [2, 3]
    entry = (await survivor.undecided(campaign.id))[0]
    assert (entry.address, entry.attempts, entry.at) == ("person1@example.org", 1, NOW)
    log = [one async for one in survivor.log(LogFilter(campaign.id, (State.UNSURE,)))]
    assert [one.state for one in log[0].recipients] == [State.UNSURE, State.PLANNED]
