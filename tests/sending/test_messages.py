"""Messages that are composed beside the sending: there in time, and made here where they are not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from outreach.errors import ContentError, Problem
from outreach.model import Contact, Delivery, EnvelopeRecipient, Mailbox, Message, RecipientState, Role, State
from outreach.processes.pool import Pool
from outreach.sending import messages
from outreach.sending.messages import ComposedAhead, ComposedHere
from outreach.sending.orders import Order
from outreach.sending.sealed_text import SealedText
from tests.support.clock import FakeClock

TO = Mailbox("", "a@x.example", "a@x.example")


class Text:
    """Says "here"."""

    def message(self, contact: Contact, *, date: float, smtputf8: bool = True) -> Message:
        """Fails for a row that it was told to."""
        if contact.row == 13:
            raise ContentError(Problem("E08", "", "no", "mend it"))
        return Message(b"here\r\n", "<1@x>", "s@x.example", (EnvelopeRecipient(Role.TO, TO),))


class FakePool(Pool):
    """Composes "there", or fails, or never answers."""

    def __init__(self, *, error: Exception | None = None, stuck: bool = False) -> None:
        self.batches: list[Sequence[Order]] = []
        self._error = error
        self._stuck = stuck

    async def run(self, batch: Any) -> Any:
        """One message for each order; none for row 13."""
        self.batches.append(batch)
        if self._stuck:
            await asyncio.sleep(60)
        if self._error:
            raise self._error
        return [None if one[1] == 13 else (b"there\r\n", "<1@x>", "s@x.example", False, "d", None) for one in batch]


def delivery(number: int, **changes: Any) -> Delivery:
    contact = Contact(f"k{number}", number, (TO,))
    return Delivery(number, 1, 1, contact, State.PLANNED, (RecipientState(Role.TO, TO),), **changes)


def ahead(pool: Pool, clock: FakeClock) -> ComposedAhead:
    return ComposedAhead(pool, SealedText(Text()), clock)


async def test_what_was_announced_comes_from_there() -> None:
    """With the Date that a first attempt gave it; and each batch is of a few."""
    pool, clock = FakePool(), FakeClock()
    composing = ahead(pool, clock)
    letters = [delivery(number, date=5.0 if number == 2 else None) for number in range(60) if number != 13]
    composing.announce(letters)
    assert not composing.is_ready(letters[0])
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    composed = [await composing.message(letter) for letter in letters]

    assert composing.is_ready(letters[0])
    assert {one.message.content for one in composed} == {b"there\r\n"}
    assert composed[2].date == 5.0
    assert composed[2].message.stuffed == b"there\r\n"
    assert [len(batch) for batch in pool.batches] == [25, 25, 9]


@pytest.mark.parametrize("pool", [FakePool(error=OSError("gone")), FakePool(stuck=True)])
async def test_what_does_not_come_is_composed_here(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool that fails, or that stopped."""
    monkeypatch.setattr(messages, "_PATIENCE", 0.05)
    composing = ahead(pool, FakeClock())
    composing.announce([delivery(1)])

    composed = await composing.message(delivery(1))
    await composing.close()

    assert composed.message.content == b"here\r\n"


async def test_what_can_not_be_composed_is_told_here() -> None:
    """With its reason."""
    composing = ahead(FakePool(), FakeClock())
    composing.announce([delivery(13)])

    with pytest.raises(ContentError):
        await composing.message(delivery(13))


async def test_a_stale_date_and_an_earlier_text_are_composed_here() -> None:
    """What waited for long gets a new Date; what left with an earlier text is not the other process' to make."""
    pool, clock = FakePool(), FakeClock()
    composing = ComposedAhead(pool, SealedText(Text(), {1: Text()}), clock)
    composing.announce([delivery(1), delivery(2, earlier_text=1)])
    await asyncio.sleep(0)
    clock.time += 60

    stale = await composing.message(delivery(1))
    earlier = await composing.message(delivery(2, earlier_text=1))

    assert (stale.message.content, stale.date) == (b"here\r\n", clock.now())
    assert earlier.message.content == b"here\r\n"
    assert sum(map(len, pool.batches)) == 1


async def test_without_other_processes_all_is_composed_here() -> None:
    """At once."""
    here = ComposedHere(SealedText(Text()), FakeClock())
    here.announce([delivery(1)])

    assert here.is_ready(delivery(1))
    assert (await here.message(delivery(1))).message.content == b"here\r\n"


async def test_a_process_that_stands_still_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for each letter that it has, nor for those that are announced after; once it answers it gets more."""
    monkeypatch.setattr(messages, "_PATIENCE", 0.05)
    pool = FakePool(stuck=True)
    composing = ahead(pool, FakeClock())
    composing.announce(delivery(number) for number in range(20, 60))
    await asyncio.sleep(0)

    async with asyncio.timeout(1):  # 40 letters
        composed = [await composing.message(delivery(number)) for number in range(20, 60)]
    composing.announce(delivery(number) for number in range(60, 80))

    assert {one.message.content for one in composed} == {b"here\r\n"}
    assert composing.is_ready(delivery(60))
    assert len(pool.batches) == 2
    await composing.close()
