"""Contract: the suppression list and what it does to deliveries."""

from __future__ import annotations

from outreach.ledger.interface import Ledger
from outreach.ledger.run_values import Refusal
from outreach.model import State
from tests.ledger.making import (
    NOW,
    contact,
    contacts,
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


async def test_adding_counts_what_is_new(ledger: Ledger) -> None:
    """An address that is on the list keeps its first entry, and is not counted again."""
    first = suppression("a@example.org")
    await ledger.suppress([first])

    new = await ledger.suppress([suppression("a@example.org"), suppression("b@example.org")])

    assert new == 1
    assert await ledger.suppressed(["a@example.org", "c@example.org"]) == {"a@example.org": first}


async def test_nothing_to_add_is_no_change(ledger: Ledger) -> None:
    """An empty addition is allowed."""
    assert await ledger.suppress([]) == 0


async def test_lists_all_by_address(ledger: Ledger) -> None:
    """The list comes by address, however long it is."""
    entries = [suppression(f"p{number:04}@example.org") for number in range(1200)]
    await ledger.suppress(entries[::-1])

    assert [entry async for entry in ledger.suppressions()] == entries


async def test_removing_counts_what_was_there(ledger: Ledger) -> None:
    """Only addresses that were on the list count as taken off it."""
    await ledger.suppress([suppression("a@example.org")])

    assert await ledger.unsuppress(["a@example.org", "b@example.org"]) == 1
    assert [entry async for entry in ledger.suppressions()] == []


async def test_open_deliveries_of_all_campaigns_are_suppressed(ledger: Ledger) -> None:
    """Planned and deferred deliveries to the address are suppressed, in every campaign; what was accepted stays."""
    older, first = await running(ledger, contacts(2))
    await send(ledger, first.deliveries[0], State.DEFERRED, due_at=NOW + 5)
    await send(ledger, first.deliveries[1], State.ACCEPTED)
    newer = await plan(ledger, contacts(2), plan_request("newer"))

    await ledger.suppress([suppression("person1@example.org"), suppression("person2@example.org")])

    assert await states(ledger, older) == {State.SUPPRESSED: 1, State.ACCEPTED: 1}
    assert await states(ledger, newer) == {State.SUPPRESSED: 2}


async def test_any_to_on_the_list_suppresses_the_letter(ledger: Ledger) -> None:
    """A letter to several is not sent when one of its To is on the list."""
    await ledger.suppress([suppression("b@example.org")])

    campaign = await plan(ledger, [contact(1, to=["a@example.org", "b@example.org"])])

    assert await states(ledger, campaign) == {State.SUPPRESSED: 1}


async def test_a_copy_on_the_list_is_left_out(ledger: Ledger) -> None:
    """A letter goes to its To without the copy that is on the list, and the balance shows that."""
    await ledger.suppress([suppression("stop@example.org")])
    campaign = await plan(ledger, [contact(1, cc=["stop@example.org"], bcc=["go@example.org"])])
    await start(ledger, campaign)

    delivery = (await taken(ledger)).deliveries[0]

    assert [one.state for one in delivery.recipients] == [State.PLANNED, State.SUPPRESSED, State.PLANNED]
    assert [one.mailbox.address for one in delivery.outstanding] == ["person1@example.org", "go@example.org"]
    assert (await ledger.balance(campaign.id)).copies_refused == 1


async def test_a_copy_off_the_list_is_sent_again(ledger: Ledger) -> None:
    """A copy comes back when it is off the list and the campaign is planned anew."""
    rows = [contact(1, cc=["stop@example.org"])]
    await ledger.suppress([suppression("stop@example.org")])
    campaign = await plan(ledger, rows)
    await ledger.unsuppress(["stop@example.org"])

    await plan(ledger, rows)

    await start(ledger, campaign)
    assert len((await taken(ledger)).deliveries[0].outstanding) == 2


async def test_a_copy_left_out_does_not_end_what_is_open(ledger: Ledger) -> None:
    """A deferred delivery stays deferred while its To, or another copy, is still to be sent."""
    campaign, first = await running(ledger, [contact(1, cc=["stop@example.org"]), contact(2, cc=["a@x", "stop@x"])])
    for one, recipients in zip(
        first.deliveries,
        [(State.DEFERRED, State.DEFERRED), (State.ACCEPTED, State.DEFERRED, State.DEFERRED)],
        strict=True,
    ):
        await ledger.commit((), intent_for(one))
        await ledger.commit((result_for(one, State.DEFERRED, recipients=recipients, due_at=NOW + 5),))

    await ledger.suppress([suppression("stop@example.org"), suppression("stop@x")])

    assert await states(ledger, campaign) == {State.DEFERRED: 2}


async def test_what_was_deferred_meanwhile_is_suppressed_when_taken(ledger: Ledger) -> None:
    """An address that came on the list while its letter was being sent is noticed before the next attempt."""
    campaign, first = await running(ledger, contacts(2), size=1)
    one = first.deliveries[0]
    await ledger.commit((), intent_for(one))
    await ledger.suppress([suppression("person1@example.org")])
    await ledger.commit((result_for(one, State.DEFERRED, due_at=NOW + 5),))
    await ledger.release_slice(first.number, first.epoch)

    assert (await taken(ledger, now=NOW + 5)).number == 2
    assert await states(ledger, campaign) == {State.SUPPRESSED: 1, State.PLANNED: 1}
    assert await ledger.next_due() is None


async def test_a_copy_suppressed_after_its_letter_was_handed_out(ledger: Ledger) -> None:
    """The intent that still names it does not stand; taken again, the delivery names the others."""
    _, first = await running(ledger, [contact(1, cc=["stop@example.org"]), contact(2, cc=["stop@example.org"])])
    one, other = first.deliveries
    await ledger.suppress([suppression("stop@example.org")])

    assert await ledger.commit((), intent_for(one)) is Refusal.SUPPRESSED
    await ledger.unsuppress(["stop@example.org"])
    assert await ledger.commit((), intent_for(other)) is Refusal.SUPPRESSED

    await ledger.release_slice(first.number, first.epoch)
    again = (await taken(ledger)).deliveries
    assert [len(delivery.outstanding) for delivery in again] == [1, 1]
    assert [await ledger.commit((), intent_for(delivery)) for delivery in again] == [None, None]
