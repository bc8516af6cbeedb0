"""Contract: what people decide about deliveries."""

from __future__ import annotations

import pytest

from outreach.ledger.interface import Ledger
from outreach.ledger.record_values import Decided, LogFilter
from outreach.model import Reply, Stage, State
from tests.ledger.making import (
    NOW,
    contact,
    contacts,
    decision_for,
    intent_for,
    result_for,
    running,
    send,
    states,
    suppression,
    taken,
)


async def test_lists_what_is_unsure(ledger: Ledger) -> None:
    """Everything known about an unsure delivery is listed."""
    campaign, first = await running(ledger, contacts(2))
    await send(ledger, first.deliveries[1], State.UNSURE, at=NOW + 3)

    found = await ledger.undecided(campaign.id)

    assert len(found) == 1
    one = found[0]
    assert (one.delivery_id, one.address, one.name) == (first.deliveries[1].id, "person2@example.org", "Person 2")
    assert (one.relay, one.message_id) == ("letters@relay.example:465", f"<{one.delivery_id}@example.org>")
    assert one.reason == "as the relay said"


async def test_resending_plans_anew(ledger: Ledger) -> None:
    """What a person wants resent is due at once, begins its tries anew, and keeps its date and its numbers."""
    campaign, first = await running(ledger, contacts(2))
    for delivery in first.deliveries:
        await send(ledger, delivery, State.UNSURE)
    await ledger.release_slice(first.number, first.epoch)

    moved = await ledger.decide(
        decision_for(campaign, State.PLANNED, State.UNSURE, keys=["person2@example.org", "nobody@example.org"]),
    )

    assert moved == Decided(1, ("person2@example.org",), ("nobody@example.org",))
    again = (await taken(ledger)).deliveries
    assert [delivery.contact.row for delivery in again] == [2]
    assert (again[0].attempts, again[0].attempt, again[0].first_attempt_at, again[0].date) == (0, 1, None, NOW)
    assert await ledger.commit((), intent_for(again[0])) is None


async def test_resending_leaves_refused_copies_alone(ledger: Ledger) -> None:
    """When an unsure delivery is resent, it goes to those who were unsure, not to a copy that was refused."""
    campaign, first = await running(ledger, [contact(1, cc=["none@example.org"])])
    one = first.deliveries[0]
    await ledger.commit((), intent_for(one))
    await ledger.commit((result_for(one, State.UNSURE, recipients=(State.UNSURE, State.FAILED)),))
    await ledger.release_slice(first.number, first.epoch)

    await ledger.decide(decision_for(campaign, State.PLANNED, State.UNSURE))

    again = (await taken(ledger)).deliveries[0]
    assert [one.state for one in again.recipients] == [State.PLANNED, State.FAILED]


async def test_declaring_sent_still_sends_deferred_copies(ledger: Ledger) -> None:
    """A delivery that a person knows to have arrived is accepted, unless a copy of it is still to be sent."""
    campaign, first = await running(ledger, [contact(1), contact(2, cc=["busy@example.org"])])
    plain, copied = first.deliveries
    await send(ledger, plain, State.UNSURE)
    await ledger.commit((), intent_for(copied))
    mixed = (State.UNSURE, State.DEFERRED)
    await ledger.commit((result_for(copied, State.UNSURE, recipients=mixed, due_at=NOW + 7),))
    await ledger.release_slice(first.number, first.epoch)

    await ledger.decide(decision_for(campaign, State.ACCEPTED, State.UNSURE))

    assert await states(ledger, campaign) == {State.ACCEPTED: 1, State.DEFERRED: 1}
    again = (await taken(ledger, now=NOW + 7)).deliveries[0]
    assert [one.mailbox.address for one in again.outstanding] == ["busy@example.org"]


async def test_resending_a_copy_keeps_the_to_as_it_is(ledger: Ledger) -> None:
    """When only a copy was unsure, resending it leaves the delivery deferred: its To has the letter."""
    campaign, first = await running(ledger, [contact(1, cc=["copy@example.org"])])
    one = first.deliveries[0]
    await ledger.commit((), intent_for(one))
    await ledger.commit((result_for(one, State.UNSURE, recipients=(State.ACCEPTED, State.UNSURE)),))
    await ledger.release_slice(first.number, first.epoch)

    await ledger.decide(decision_for(campaign, State.PLANNED, State.UNSURE))

    again = (await taken(ledger)).deliveries[0]
    assert again.state is State.DEFERRED
    assert [one.mailbox.address for one in again.outstanding] == ["copy@example.org"]


async def test_cancelling_copies_leaves_the_to_accepted(ledger: Ledger) -> None:
    """When only a copy is still to be sent, cancelling the delivery cancels the copy; what has left stays accepted."""
    campaign, first = await running(ledger, [contact(1, cc=["busy@example.org"])])
    one = first.deliveries[0]
    await ledger.commit((), intent_for(one))
    mixed = (State.ACCEPTED, State.DEFERRED)
    await ledger.commit((result_for(one, State.DEFERRED, recipients=mixed, due_at=NOW + 7),))

    await ledger.decide(decision_for(campaign, State.CANCELLED, State.PLANNED, State.DEFERRED))

    entries = [one async for one in ledger.log(LogFilter(campaign.id))]
    assert entries[0].state == "accepted"
    assert [one.state for one in entries[0].recipients] == [State.ACCEPTED, State.CANCELLED]


async def test_retrying_plans_failed_ones_with_their_recipients(ledger: Ledger) -> None:
    """A failed delivery that is retried goes to everybody it failed to reach."""
    campaign, first = await running(ledger, [contact(1, cc=["a@example.org", "b@example.org"])])
    one = first.deliveries[0]
    recipients = (State.FAILED, State.PLANNED, State.FAILED)
    await ledger.commit((result_for(one, State.FAILED, recipients=recipients, had_intent=False),))
    await ledger.suppress([suppression("b@example.org")])
    await ledger.release_slice(first.number, first.epoch)

    await ledger.decide(decision_for(campaign, State.PLANNED, State.FAILED))

    again = (await taken(ledger)).deliveries[0]
    assert [one.state for one in again.recipients] == [State.PLANNED, State.PLANNED, State.FAILED]


async def test_a_bounce_is_about_the_to(ledger: Ledger) -> None:
    """What a person marks as bounced bounced for its To; the copies stay accepted."""
    campaign, first = await running(ledger, [contact(1, cc=["a@example.org"])])
    await send(ledger, first.deliveries[0], State.ACCEPTED)

    await ledger.decide(decision_for(campaign, State.BOUNCED, State.ACCEPTED, State.UNSURE))

    entries = [one async for one in ledger.log(LogFilter(campaign.id))]
    entry = entries[0]
    assert (entry.state, entry.reason) == ("bounced", "she asked them")
    assert [one.state for one in entry.recipients] == [State.BOUNCED, State.ACCEPTED]


async def test_illegal_decisions_are_refused(ledger: Ledger) -> None:
    """A decision that is no legal move is a mistake of the caller."""
    campaign, _ = await running(ledger, contacts(1))

    with pytest.raises(ValueError, match="planned to accepted is no legal move"):
        await ledger.decide(decision_for(campaign, State.ACCEPTED, State.PLANNED))

    assert await states(ledger, campaign) == {State.PLANNED: 1}


async def test_shows_a_thousand_addresses_at_most(ledger: Ledger) -> None:
    """All are moved, a thousand addresses are shown."""
    campaign, _ = await running(ledger, contacts(1001))

    moved = await ledger.decide(decision_for(campaign, State.CANCELLED, State.PLANNED))

    assert (moved.moved, len(moved.addresses)) == (1001, 1000)
    assert await states(ledger, campaign) == {State.CANCELLED: 1001}


async def test_what_is_unsure_is_listed_with_what_came_before(ledger: Ledger) -> None:
    """Earlier attempts with their replies and times, and who decided what, stand before the attempt that is unsure."""
    campaign, first = await running(ledger, contacts(1))
    one = first.deliveries[0]
    busy = Reply(Stage.RCPT, 451, "4.7.1", "Greylisted")
    deferred = result_for(one, State.DEFERRED, at=NOW + 1, answer=busy, due_at=NOW + 2, had_intent=False)
    await ledger.commit((deferred,))
    await ledger.release_slice(first.number, first.epoch)
    second = await taken(ledger, now=NOW + 2)
    await send(ledger, second.deliveries[0], State.UNSURE, at=NOW + 3)
    await ledger.release_slice(second.number, second.epoch)
    await ledger.decide(decision_for(campaign, State.PLANNED, State.UNSURE))
    third = await taken(ledger, now=NOW + 6)
    await send(ledger, third.deliveries[0], State.UNSURE, at=NOW + 7)

    found = (await ledger.undecided(campaign.id))[0]

    assert (found.at, found.attempts) == (NOW + 7, 1)
    told = [(past.at, past.what, past.attempt, past.who) for past in found.past]
    assert told == [
        (NOW + 1, "deferred", 1, ""),
        (NOW + 3, "unsure", 2, ""),
        (NOW + 5, "resolve", 2, "ana@desk"),
    ]
    answered = found.past[0]
    assert (answered.relay, answered.stage, answered.code) == ("letters@relay.example:465", "rcpt", 451)
    assert (answered.enhanced, answered.reply) == ("4.7.1", "Greylisted")


async def test_what_a_killed_run_left_is_listed_with_its_intent(ledger: Ledger) -> None:
    """Nothing came before it: the intent's time, relay and Message-ID are all that is known."""
    campaign, first = await running(ledger, [contact(1, cc=["copy@example.org"])])
    await ledger.commit((), intent_for(first.deliveries[0], at=NOW + 3))
    await ledger.recover(campaign.id, owner="ana@desk", now=NOW + 9)

    found = (await ledger.undecided(campaign.id))[0]

    assert (found.at, found.relay, found.past) == (NOW + 3, "letters@relay.example:465", ())
    assert [(one.state, one.reply) for one in found.recipients] == [(State.UNSURE, None)] * 2
