"""Where the messages of a run come from: composed when they are needed, or ahead, in processes beside this one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from outreach.clock import Clock
from outreach.model import Delivery
from outreach.processes.pool import Pool
from outreach.sending.orders import Composed, Made, digested, order, received
from outreach.sending.sealed_text import SealedText

_BATCH = 25  # letters composed together: 200 KB or so on the way back
_PATIENCE = 5.0  # seconds; after that the letter is composed here
_FRESH_SECONDS = 15.0  # a Date header that is older than this when the letter leaves is written anew


class Messages(Protocol):
    """The messages of one run."""

    def announce(self, deliveries: Iterable[Delivery]) -> None:
        """These are to be delivered next, in about this order."""
        ...

    def is_ready(self, delivery: Delivery) -> bool:
        """Whether its message is there, or made in a moment."""
        ...

    async def message(self, delivery: Delivery) -> Composed:
        """The message of a delivery, with the Date it keeps. ContentError where it can't be composed."""
        ...

    def without_smtputf8(self, delivery: Delivery, *, date: float) -> Composed:
        """The same for a relay that lacks SMTPUTF8; made now."""
        ...


@dataclass(slots=True)
class ComposedHere:
    """Composes in this process, when asked."""

    text: SealedText
    clock: Clock

    def announce(self, deliveries: Iterable[Delivery]) -> None:
        """Nothing to be done ahead."""

    def is_ready(self, delivery: Delivery) -> bool:
        """It is made when asked for."""
        del delivery
        return True

    async def message(self, delivery: Delivery) -> Composed:
        """The message, made now."""
        date = delivery.date if delivery.date is not None else self.clock.now()
        return digested(self.text.message(delivery, date=date), date)

    def without_smtputf8(self, delivery: Delivery, *, date: float) -> Composed:
        """The same for a relay that lacks SMTPUTF8."""
        return digested(self.text.message(delivery, date=date, smtputf8=False), date)


class ComposedAhead:
    """Composes in other processes what was announced; whatever does not come from there is composed here."""

    def __init__(self, pool: Pool, text: SealedText, clock: Clock) -> None:
        self._pool = pool
        self._here = ComposedHere(text, clock)
        self._clock = clock
        self._ordered: dict[int, asyncio.Future[Composed | None]] = {}
        self._batches: set[asyncio.Task[None]] = set()
        self._is_stuck = False  # what was ordered did not come in time, and nothing has come since

    def announce(self, deliveries: Iterable[Delivery]) -> None:
        """Have them composed, but those whose letter left with an earlier text."""
        if self._is_stuck:
            return
        present = (delivery for delivery in deliveries if delivery.earlier_text is None)
        while batch := list(islice(present, _BATCH)):
            self._order(batch)

    def is_ready(self, delivery: Delivery) -> bool:
        """Whether it has come, or is to be composed here."""
        ordered = self._ordered.get(delivery.id)
        return ordered is None or ordered.done()

    async def message(self, delivery: Delivery) -> Composed:
        """The message from there, or made now where it is not to be had or has become too old."""
        ordered = self._ordered.pop(delivery.id, None)
        if ordered is not None and not ordered.done():
            done, _ = await asyncio.wait({ordered}, timeout=_PATIENCE)
            if not done:  # it may have stopped, or be overwhelmed: nobody else waits for what it has
                self._give_up()
        composed = ordered.result() if ordered is not None and ordered.done() else None
        if composed is None or (delivery.date is None and self._clock.now() - composed.date > _FRESH_SECONDS):
            return await self._here.message(delivery)
        return composed

    def without_smtputf8(self, delivery: Delivery, *, date: float) -> Composed:
        """The same for a relay that lacks SMTPUTF8: too rare to be made ahead."""
        return self._here.without_smtputf8(delivery, date=date)

    async def close(self) -> None:
        """Let go of what is under way."""
        for task in self._batches:
            task.cancel()
        await asyncio.gather(*self._batches, return_exceptions=True)

    def _give_up(self) -> None:
        """Have all that was ordered composed here, and whatever comes next, until something comes after all."""
        self._is_stuck = True
        for future in self._ordered.values():
            if not future.done():
                future.set_result(None)

    def _order(self, batch: list[Delivery]) -> None:
        loop, now = asyncio.get_running_loop(), self._clock.now()
        dates = [delivery.date if delivery.date is not None else now for delivery in batch]
        futures = [loop.create_future() for _ in batch]
        self._ordered.update((delivery.id, future) for delivery, future in zip(batch, futures, strict=True))
        task = loop.create_task(self._compose(batch, dates, futures))
        self._batches.add(task)
        task.add_done_callback(self._batches.discard)

    async def _compose(
        self, batch: list[Delivery], dates: list[float], futures: list[asyncio.Future[Composed | None]]
    ) -> None:
        """Hand the batch over; a letter that does not come back is composed by whoever needs it."""
        try:
            orders = [order(delivery.contact, date) for delivery, date in zip(batch, dates, strict=True)]
            made: Sequence[Made | None] = await self._pool.run(orders)
            self._is_stuck = False
            for delivery, date, one, future in zip(batch, dates, made, futures, strict=True):
                if not future.done():
                    future.set_result(None if one is None else received(one, delivery.contact, date))
        except Exception:  # noqa: S110 - whatever it is, it is met again, and told, when the letter is composed here
            pass
        finally:
            for future in futures:
                if not future.done():
                    future.set_result(None)
