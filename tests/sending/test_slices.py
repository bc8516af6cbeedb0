"""The slices that a run holds: taken ahead of need, and given back when nothing of them is under way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from outreach.ledger.sqlite import SqliteLedger, open_ledger
from outreach.model import Delivery, State
from outreach.sending.slices import Slices
from tests.ledger.making import contacts, plan, plan_request, send, start
from tests.support.clock import FakeClock

CLOCK = FakeClock()


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqliteLedger]:
    """One with a run under way, whose campaign has three slices of two letters."""
    opened = open_ledger(tmp_path / "ledger.db")
    await start(opened, await plan(opened, contacts(6), plan_request(size=2)))
    yield opened
    await opened.close()


def slices_of(ledger: SqliteLedger, announced: list[Delivery]) -> Slices:
    def announce(deliveries: Sequence[Delivery]) -> None:
        announced.extend(deliveries)

    return Slices(ledger, CLOCK, only=(), announce=announce)


async def test_what_is_taken_is_announced_and_ready(ledger: SqliteLedger) -> None:
    """In row order, once, until no slice is due any more."""
    announced: list[Delivery] = []
    slices = slices_of(ledger, announced)

    taken = [await slices.take() for _ in range(4)]

    assert taken == [True, True, True, False]
    assert [delivery.contact.row for delivery in slices.ready] == [1, 2, 3, 4, 5, 6]
    assert announced == list(slices.ready)
    assert not slices.has_few  # there is nothing more to be had


async def test_one_is_taken_while_others_go_on(ledger: SqliteLedger) -> None:
    """Asking ahead does not wait, and asks once; what was asked for is there at the end of it."""
    slices = slices_of(ledger, [])

    await slices.take_ahead()
    await slices.take_ahead()
    before = len(slices.ready)
    await slices.end_of_taking()

    assert before == 0
    assert len(slices.ready) == 2


async def test_a_slice_goes_back_with_its_last_letter(ledger: SqliteLedger) -> None:
    """Only the end of the last attempt says that it is to be given back; then nobody needs to be asked again."""
    slices = slices_of(ledger, [])
    await slices.take()
    first, second = slices.ready
    for delivery in (first, second):
        await send(ledger, delivery, State.ACCEPTED)

    last = [slices.was_last(delivery) for delivery in (first, second)]
    await slices.give_back(second.slice)
    await slices.close()

    assert last == [False, True]


async def test_at_the_end_all_go_back(ledger: SqliteLedger) -> None:
    """What was taken and not sent, and the slice that is just being taken, can be taken again at once."""
    slices = slices_of(ledger, [])
    await slices.take()
    await slices.take_ahead()

    await slices.close()

    again = slices_of(ledger, [])
    assert [await again.take() for _ in range(4)] == [True, True, True, False]
