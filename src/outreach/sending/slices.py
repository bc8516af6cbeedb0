"""The slices that a run holds: taken from the ledger ahead of need, given back when their last attempt has ended."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from outreach import crashpoints
from outreach.clock import Clock
from outreach.crashpoints import CrashPoint
from outreach.ledger.interface import RunLedger
from outreach.ledger.run_values import TakenSlice
from outreach.model import Delivery

_FEW = 100  # deliveries ready: the next slice is taken now


@dataclass(slots=True)
class _OpenSlice:
    """A slice that this run holds."""

    epoch: int
    left: int  # deliveries whose attempt has not ended


class Slices:
    """Those of one run, and their deliveries that nobody has been given yet."""

    def __init__(
        self,
        ledger: RunLedger,
        clock: Clock,
        *,
        only: tuple[str, ...],
        announce: Callable[[Sequence[Delivery]], None],
    ) -> None:
        """`only` are address keys, empty for all; `announce` is told of deliveries when they become ready."""
        self.ready: deque[Delivery] = deque()
        self._ledger = ledger
        self._clock = clock
        self._only = only
        self._announce = announce
        self._open: dict[int, _OpenSlice] = {}
        self._taking: asyncio.Task[bool] | None = None  # a slice, before the last one is used up
        self._more = True  # whether a slice was due when we last asked

    @property
    def has_few(self) -> bool:
        """Whether another one will be needed soon, if there is one."""
        return len(self.ready) < _FEW and self._more

    async def take_ahead(self) -> None:
        """Begin to take one before the last is used up, so that no connection waits for the ledger."""
        if self._taking is not None and self._taking.done():
            await self.end_of_taking()
        if self._taking is None and self._more:
            self._taking = asyncio.get_running_loop().create_task(self.take())

    async def end_of_taking(self) -> None:
        """Wait for the one that is being taken, if any is."""
        taking, self._taking = self._taking, None
        if taking is not None:
            await asyncio.shield(taking)  # a slice that was taken must be noted, whoever waits for it

    async def take(self) -> bool:
        """Whether a slice was due; its deliveries are ready."""
        taken = await self._ledger.take_slice(self._clock.now(), only=self._only)
        self._more = taken is not None
        if taken is None:
            return False
        if crashpoints.hook:
            crashpoints.hook(CrashPoint.SLICE_TAKEN)
        await self._note(taken)
        return True

    async def next_due(self) -> float | None:
        """When the first that is free is due; None when nothing is open."""
        return await self._ledger.next_due(only=self._only)

    def was_last(self, delivery: Delivery) -> bool:
        """Note that its attempt has ended and is recorded; whether it was the last of its slice."""
        held = self._open[delivery.slice]
        held.left -= 1
        return held.left == 0

    async def give_back(self, number: int) -> None:
        """Let go of a slice."""
        await self._ledger.release_slice(number, self._open.pop(number).epoch)

    async def close(self) -> None:
        """Give back those that are still held."""
        try:
            await self.end_of_taking()
        finally:
            for number, held in self._open.items():
                await self._ledger.release_slice(number, held.epoch)
            self._open.clear()

    async def _note(self, taken: TakenSlice) -> None:
        if not taken.deliveries:
            await self._ledger.release_slice(taken.number, taken.epoch)
            return
        self._open[taken.number] = _OpenSlice(taken.epoch, len(taken.deliveries))
        self._announce(taken.deliveries)
        self.ready.extend(taken.deliveries)
