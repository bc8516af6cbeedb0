"""Contract: lists of digests keep out whoever is on them, from when they come and whoever is planned later."""

from __future__ import annotations

import hashlib
import hmac

from outreach.ledger.hashed import hash_address
from outreach.ledger.interface import Ledger
from outreach.ledger.record_values import HashedSource, HashedSuppression
from outreach.model import State
from tests.ledger.making import NOW, contact, contacts, plan, plan_request, running, send, states

SALT, OTHER = b"s" * 16, b"t" * 16


def hashed(address: str, salt: bytes = SALT) -> HashedSuppression:
    """The address as another organisation's list has it."""
    return HashedSuppression(salt, hash_address(salt, address), "asked them", "partner", NOW)


def test_a_digest_is_what_the_documents_say() -> None:
    """Others can compute it without this program."""
    expected = hmac.new(SALT, b"a@xn--bcher-kva.example", hashlib.sha256).hexdigest()

    assert hash_address(SALT, "a@xn--bcher-kva.example") == expected


async def test_open_deliveries_are_suppressed_when_the_digests_come(ledger: Ledger) -> None:
    """What was accepted stays; what is planned or deferred does not go; the reason is theirs."""
    number, taken = await running(ledger, contacts(4))
    keys = [delivery.contact.to[0].key for delivery in taken.deliveries]
    await send(ledger, taken.deliveries[0], State.ACCEPTED)
    await send(ledger, taken.deliveries[1], State.DEFERRED, due_at=NOW + 5)

    new, found = await ledger.suppress_hashed([hashed(key) for key in (*keys[:3], "nobody@example.org")])

    assert (new, found) == (4, 2)
    assert await states(ledger, number) == {
        State.ACCEPTED: 1, State.SUPPRESSED: 2, State.PLANNED: 1
    }  # fmt: skip
    assert [entry.reason async for entry in ledger.suppressions()] == ["asked them", "asked them"]
    assert await ledger.suppress_hashed([hashed(keys[0])]) == (0, 0)


async def test_rows_that_are_planned_later_are_found(ledger: Ledger) -> None:
    """With the numbers that the question names before anything is planned, and in every list that came."""
    await ledger.suppress_hashed([hashed(contact(1).to[0].key), hashed(contact(2).to[0].key, OTHER)])

    async with ledger.roster() as roster:
        await roster.add(contacts(4))
        changes = await roster.compare("spring", due_by=NOW)
        record = await roster.plan(plan_request("spring"))

    assert (changes.outstanding, changes.suppressed) == (2, 2)
    assert (await ledger.balance(record.id)).counts[State.SUPPRESSED] == 2
    assert set(await ledger.suppressed([contact(1).to[0].key, contact(3).to[0].key])) == {contact(1).to[0].key}


async def test_digests_that_come_between_reading_and_planning_count(ledger: Ledger) -> None:
    """The rows are compared once more in the transaction that plans them."""
    async with ledger.roster() as roster:
        await roster.add(contacts(3))
        await ledger.suppress_hashed([hashed(contact(1).to[0].key)])
        record = await roster.plan(plan_request("spring"))

    assert (await ledger.balance(record.id)).counts[State.SUPPRESSED] == 1


async def test_who_is_taken_off_is_taken_off_every_list(ledger: Ledger) -> None:
    """Or planning would put them on again."""
    key = contact(1).to[0].key
    await ledger.suppress_hashed([hashed(key), hashed(key, OTHER), hashed("b@example.org")])

    assert await ledger.unsuppress([key, "never@example.org"]) == 1
    assert await ledger.suppressed([key]) == {}
    record = await plan(ledger, contacts(2))
    assert (await ledger.balance(record.id)).counts[State.SUPPRESSED] == 0
    assert await ledger.hashed_sources() == (HashedSource("partner", 1, NOW),)
