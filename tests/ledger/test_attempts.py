"""Contract: results, intents, and what refuses them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from outreach.ledger.interface import Ledger
from outreach.ledger.record_values import LogFilter
from outreach.ledger.run_values import Quota, Refusal
from outreach.model import Delivery, Kind, State
from tests.ledger.conftest import Open, execute
from tests.ledger.making import (
    ACCEPTED,
    BUSY,
    NOW,
    REFUSED,
    contact,
    contacts,
    decision_for,
    intent_for,
    plan,
    plan_request,
    result_for,
    running,
    send,
    start,
    states,
    suppression,
    taken,
)


async def test_an_intent_stands_and_its_result_counts(ledger: Ledger) -> None:
    """A delivery is sending after its intent, and accepted after its result."""
    campaign, first = await running(ledger, contacts(2))

    refusal = await ledger.commit((), intent_for(first.deliveries[0]))
    between = await states(ledger, campaign)
    await ledger.commit((result_for(first.deliveries[0], State.ACCEPTED),))

    assert refusal is None
    assert between == {State.SENDING: 1, State.PLANNED: 1}
    assert await states(ledger, campaign) == {State.ACCEPTED: 1, State.PLANNED: 1}


async def test_a_deferred_delivery_comes_back_as_it_was_left(ledger: Ledger) -> None:
    """What is deferred is taken again when due, with its attempts, its first time, its date and its reply."""
    _, first = await running(ledger, contacts(1))
    one = first.deliveries[0]
    await ledger.commit((), intent_for(one, at=NOW + 1))
    await ledger.commit((result_for(one, State.DEFERRED, at=NOW + 2, answer=BUSY, due_at=NOW + 400),))
    await ledger.release_slice(first.number, first.epoch)

    early = await ledger.take_slice(NOW + 399)
    due = await ledger.next_due()
    again = (await taken(ledger, now=NOW + 400)).deliveries[0]

    assert early is None
    assert due == NOW + 400
    assert (again.state, again.attempts, again.attempt) == (State.DEFERRED, 1, 1)
    assert (again.first_attempt_at, again.date, again.due_at) == (NOW + 1, NOW, NOW + 400)
    assert again.recipients[0].reply == BUSY
    assert again.outstanding == again.recipients


async def test_untried_is_not_charged(ledger: Ledger) -> None:
    """An attempt that was not tried leaves the delivery where it was; only its number is used up."""
    _, first = await running(ledger, contacts(2))
    with_intent, without = first.deliveries
    await ledger.commit((), intent_for(with_intent))
    results = (
        result_for(with_intent, State.PLANNED, kind=Kind.UNTRIED, answer=None),
        result_for(without, State.PLANNED, kind=Kind.UNTRIED, answer=None, had_intent=False),
    )
    await ledger.commit(results)
    await ledger.release_slice(first.number, first.epoch)

    again = await taken(ledger)

    for delivery in again.deliveries:
        assert (delivery.state, delivery.attempts, delivery.attempt) == (State.PLANNED, 0, 1)
        assert delivery.first_attempt_at is None
    assert await ledger.commit((), intent_for(again.deliveries[0])) is None


async def test_refused_before_any_body_needs_no_intent(ledger: Ledger) -> None:
    """A refusal at RCPT is recorded without an intent, and begins the time after which we give up."""
    campaign, first = await running(ledger, contacts(2))
    failed, deferred = first.deliveries

    await ledger.commit(
        (
            result_for(failed, State.FAILED, answer=REFUSED, had_intent=False),
            result_for(deferred, State.DEFERRED, answer=BUSY, had_intent=False, due_at=NOW + 5, at=NOW + 1),
        ),
    )

    assert await states(ledger, campaign) == {State.FAILED: 1, State.DEFERRED: 1}
    await ledger.release_slice(first.number, first.epoch)
    assert (await taken(ledger, now=NOW + 5)).deliveries[0].first_attempt_at == NOW + 1


@pytest.mark.parametrize("state", [State.CANCELLED, State.SUPPRESSED, State.BOUNCED, State.COMPLAINED])
async def test_illegal_moves_are_ignored(ledger: Ledger, state: State) -> None:
    """A result that is no legal move changes nothing, whatever it says."""
    campaign, first = await running(ledger, contacts(1))
    await ledger.commit((), intent_for(first.deliveries[0]))

    await ledger.commit((result_for(first.deliveries[0], state, kind=Kind.ACCEPTED),))

    assert await states(ledger, campaign) == {State.SENDING: 1}


async def test_planned_never_becomes_accepted_without_an_intent(ledger: Ledger) -> None:
    """No acceptance counts for an attempt that had no intent."""
    campaign, first = await running(ledger, contacts(1))

    await ledger.commit((result_for(first.deliveries[0], State.ACCEPTED, had_intent=False),))
    await ledger.commit((result_for(first.deliveries[0], State.ACCEPTED, had_intent=True),))

    assert await states(ledger, campaign) == {State.PLANNED: 1}


async def test_a_late_reply_settles_what_is_unsure(ledger: Ledger) -> None:
    """The late reply of the attempt that became unsure is recorded, from whichever worker it comes."""
    campaign, first = await running(ledger, contacts(1))
    one = first.deliveries[0]
    await ledger.commit((), intent_for(one))
    await start(ledger, campaign, owner="other:2:bb")
    assert await states(ledger, campaign) == {State.UNSURE: 1}

    await ledger.commit((result_for(one, State.ACCEPTED),))

    assert await states(ledger, campaign) == {State.ACCEPTED: 1}


async def test_a_late_deferral_is_due_again(ledger: Ledger) -> None:
    """When an unsure delivery turns out deferred after its slice was released, the slice falls due with it."""
    _, first = await running(ledger, contacts(1))
    one = first.deliveries[0]
    await send(ledger, one, State.UNSURE)
    await ledger.release_slice(first.number, first.epoch)
    assert await ledger.next_due() is None

    await ledger.commit((result_for(one, State.DEFERRED, due_at=NOW + 50),))

    assert await ledger.next_due() == NOW + 50


async def test_results_after_a_decision_are_ignored(ledger: Ledger) -> None:
    """Once a person has decided about an attempt, its late result changes nothing, though the journal keeps it."""
    campaign, first = await running(ledger, contacts(1))
    one = first.deliveries[0]
    await send(ledger, one, State.UNSURE)
    await ledger.decide(decision_for(campaign, State.PLANNED, State.UNSURE))

    await ledger.commit((result_for(one, State.ACCEPTED),))

    assert await states(ledger, campaign) == {State.PLANNED: 1}
    kinds = [entry.state async for entry in ledger.log(LogFilter(campaign.id), attempts=True)]
    assert kinds == ["unsure"]


async def test_an_attempt_of_the_past_does_not_count(ledger: Ledger) -> None:
    """A result whose number is not that of the last attempt is ignored."""
    campaign, first = await running(ledger, contacts(1))
    one = first.deliveries[0]
    await send(ledger, one, State.DEFERRED)
    await ledger.release_slice(first.number, first.epoch)
    again = (await taken(ledger)).deliveries[0]
    await ledger.commit((), intent_for(again))

    await ledger.commit((result_for(one, State.FAILED),))

    assert await states(ledger, campaign) == {State.SENDING: 1}


async def test_the_result_of_another_comes_with_the_next_intent(ledger: Ledger) -> None:
    """A result and the next intent are recorded together, and the result even when the intent is refused."""
    campaign, first = await running(ledger, contacts(2))
    one, two = first.deliveries
    await ledger.commit((), intent_for(one))
    stale = intent_for(two)._replace(epoch=two.epoch - 1)

    refusal = await ledger.commit((result_for(one, State.ACCEPTED),), stale)

    assert refusal is Refusal.TAKEN
    assert await states(ledger, campaign) == {State.ACCEPTED: 1, State.PLANNED: 1}


async def test_intents_of_a_slice_that_was_taken_over_are_refused(ledger: Ledger, open_again: Open) -> None:
    """Who has lost a slice to another owner sends nothing of it any more."""
    campaign, first = await running(ledger, contacts(1))
    other = open_again()
    await start(other, campaign, owner="other:2:bb")
    freed = await ledger.commit((), intent_for(first.deliveries[0]))
    later = await taken(other)

    assert freed is Refusal.TAKEN
    assert await ledger.commit((), intent_for(first.deliveries[0])) is Refusal.TAKEN
    assert await other.commit((), intent_for(later.deliveries[0])) is None


async def test_an_intent_is_not_repeated(ledger: Ledger) -> None:
    """The same attempt cannot be begun twice."""
    _, first = await running(ledger, contacts(1))

    both = await asyncio.gather(*(ledger.commit((), intent_for(first.deliveries[0])) for _ in range(2)))

    assert both == [None, Refusal.TAKEN]


async def test_attempts_are_numbered_without_gaps(ledger: Ledger) -> None:
    """An intent whose number does not follow the last attempt is refused."""
    _, first = await running(ledger, contacts(1))

    assert await ledger.commit((), intent_for(first.deliveries[0], attempt=2)) is Refusal.TAKEN


async def test_a_paused_campaign_sends_nothing(ledger: Ledger, path: Path) -> None:
    """Pausing stops the very next intent; afterwards it stands."""
    _, first = await running(ledger, contacts(1))
    execute(path, "UPDATE campaign SET paused = 1")

    refusal = await ledger.commit((), intent_for(first.deliveries[0]))
    execute(path, "UPDATE campaign SET paused = 0")

    assert refusal is Refusal.PAUSED
    assert await ledger.commit((), intent_for(first.deliveries[0])) is None


async def test_nothing_leaves_before_the_time_of_the_campaign(ledger: Ledger) -> None:
    """An intent before it is refused, and leaves the delivery where it was; at that very time one stands."""
    campaign = await plan(ledger, contacts(1), plan_request(not_before=NOW + 60))
    await start(ledger, campaign)
    one = (await taken(ledger)).deliveries[0]

    early = await ledger.commit((), intent_for(one, at=NOW + 59.999))

    assert early is Refusal.TOO_EARLY
    assert await states(ledger, campaign) == {State.PLANNED: 1}
    assert await ledger.commit((), intent_for(one, at=NOW + 60)) is None


async def test_a_cancelled_delivery_is_not_sent(ledger: Ledger) -> None:
    """What a person cancels after it was taken is refused."""
    campaign, first = await running(ledger, contacts(2))

    await ledger.decide(decision_for(campaign, State.CANCELLED, State.PLANNED, keys=["person1@example.org"]))

    assert await ledger.commit((), intent_for(first.deliveries[0])) is Refusal.CANCELLED
    assert await ledger.commit((), intent_for(first.deliveries[1])) is None


async def test_the_quota_is_checked_with_the_intent(ledger: Ledger) -> None:
    """An intent that costs more than is left is refused; one that does not stands."""
    _, first = await running(ledger, contacts(3), quotas=(Quota(3, 60), Quota(100, 3600)))
    one, two, three = first.deliveries
    await ledger.commit((), intent_for(one, units=2))

    assert await ledger.commit((), intent_for(two, units=2)) is Refusal.QUOTA
    assert await ledger.commit((), intent_for(two, units=1)) is None
    assert await ledger.commit((), intent_for(three, at=NOW + 59)) is Refusal.QUOTA
    assert await ledger.commit((), intent_for(three, at=NOW + 61)) is None


async def test_many_intents_at_once_keep_the_quota(ledger: Ledger) -> None:
    """Intents that share a transaction share what is left."""
    campaign, first = await running(ledger, contacts(50), size=50, quotas=(Quota(20, 60),))

    refusals = await asyncio.gather(*(ledger.commit((), intent_for(one)) for one in first.deliveries))

    assert refusals.count(None) == 20
    assert await states(ledger, campaign) == {State.SENDING: 20, State.PLANNED: 30}


async def test_several_recipients_each_have_their_state(ledger: Ledger) -> None:
    """To, Cc and Bcc are accounted for one by one; the next attempt names only those that are outstanding."""
    campaign, first = await running(ledger, [contact(1, cc=["busy@example.org"], bcc=["none@example.org"])])
    one = first.deliveries[0]
    await ledger.commit((), intent_for(one))
    mixed = (State.ACCEPTED, State.DEFERRED, State.FAILED)
    await ledger.commit((result_for(one, State.DEFERRED, recipients=mixed, due_at=NOW + 5),))
    await ledger.release_slice(first.number, first.epoch)

    again = (await taken(ledger, now=NOW + 5)).deliveries[0]

    assert tuple(recipient.state for recipient in again.recipients) == mixed
    assert [recipient.mailbox.address for recipient in again.outstanding] == ["busy@example.org"]
    assert all(recipient.reply == ACCEPTED for recipient in again.recipients)
    assert (await ledger.balance(campaign.id)).copies_refused == 1


async def test_fifty_lanes_at_once_lose_nothing(ledger: Ledger) -> None:
    """Fifty connections that commit at the same time account for every letter exactly once."""
    campaign = await plan(ledger, contacts(600))
    await start(ledger, campaign)
    waiting: list[Delivery] = []
    while found := await ledger.take_slice(NOW):
        waiting.extend(found.deliveries)

    async def lane() -> None:
        before = None
        while waiting:
            delivery = waiting.pop()
            results = () if before is None else (result_for(before, State.ACCEPTED),)
            assert await ledger.commit(results, intent_for(delivery)) is None
            before = delivery
        if before is not None:
            await ledger.commit((result_for(before, State.ACCEPTED),))

    await asyncio.gather(*(lane() for _ in range(50)))

    assert await states(ledger, campaign) == {State.ACCEPTED: 600}
    assert len([entry async for entry in ledger.log(LogFilter(campaign.id), attempts=True)]) == 600


async def test_suppression_in_between_refuses_the_intent(ledger: Ledger, path: Path) -> None:
    """The suppression list is looked at with the intent itself: no list that grew meanwhile is missed."""
    campaign, first = await running(ledger, contacts(2))
    values = ("person1@example.org", "person1@example.org", "", "", NOW)
    execute(path, "INSERT INTO suppression (key, address, reason, source, at) VALUES (?, ?, ?, ?, ?)", *values)

    assert await ledger.commit((), intent_for(first.deliveries[0])) is Refusal.SUPPRESSED
    assert await ledger.commit((), intent_for(first.deliveries[1])) is None
    assert await states(ledger, campaign) == {State.SUPPRESSED: 1, State.SENDING: 1}


async def test_a_copy_suppressed_in_between_is_left_out(ledger: Ledger, path: Path) -> None:
    """A copy on the list refuses this intent, and the delivery goes on without it."""
    campaign, first = await running(ledger, [contact(1, cc=["stop@example.org", "go@example.org"])])
    values = ("stop@example.org", "stop@example.org", "", "", NOW)
    execute(path, "INSERT INTO suppression (key, address, reason, source, at) VALUES (?, ?, ?, ?, ?)", *values)

    refusal = await ledger.commit((), intent_for(first.deliveries[0]))
    await ledger.release_slice(first.number, first.epoch)
    again = (await taken(ledger)).deliveries[0]

    assert refusal is Refusal.SUPPRESSED
    assert [one.state for one in again.recipients] == [State.PLANNED, State.SUPPRESSED, State.PLANNED]
    assert await ledger.commit((), intent_for(again)) is None
    assert (await ledger.balance(campaign.id)).copies_refused == 1


async def test_a_deferred_copy_that_is_suppressed_ends_the_delivery(ledger: Ledger) -> None:
    """When the last copy to be sent is suppressed, the delivery is what its To is: accepted."""
    campaign, first = await running(ledger, [contact(1, cc=["busy@example.org"])])
    one = first.deliveries[0]
    await ledger.commit((), intent_for(one))
    mixed = (State.ACCEPTED, State.DEFERRED)
    await ledger.commit((result_for(one, State.DEFERRED, recipients=mixed, due_at=NOW + 5),))
    await ledger.release_slice(first.number, first.epoch)

    await ledger.suppress([suppression("busy@example.org")])

    assert await states(ledger, campaign) == {State.ACCEPTED: 1}
    assert await ledger.next_due() is None
