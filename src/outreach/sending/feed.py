"""Hands out the deliveries that are due, one at a time, at the account's pace and within what may leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from outreach.clock import Clock
from outreach.ledger.interface import RunLedger
from outreach.model import Delivery
from outreach.sending.domain_queues import DomainQueues
from outreach.sending.events import Listener, Waiting
from outreach.sending.gate import Gate
from outreach.sending.pacing import Pacing
from outreach.sending.slices import Slices
from outreach.sending.stop import StopSignal
from outreach.sending.stop_reasons import quota_used_up
from outreach.sending.turnstile import Turnstile

_LOOK_SECONDS = 30.0  # a machine that sleeps stops its timers: whoever waits for long looks at the clock now and then


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """Where a run stops handing out."""

    wait_seconds: float  # the run ends when nothing is due within this
    most: int | None = None  # letters that may leave
    only: tuple[str, ...] = ()  # address keys; empty for all
    quota: bool = False  # whether the account has one
    count_recipients: bool = False  # whether the quota counts these, not messages


class Handed(NamedTuple):
    """A delivery handed out, and its sending time; None where there is no pace."""

    delivery: Delivery
    turn: float | None


class Feed:
    """One per run; its `next` may be awaited by many lanes at once."""

    def __init__(
        self,
        ledger: RunLedger,
        gate: Gate,
        pacing: Pacing,
        clock: Clock,
        stop: StopSignal,
        *,
        limits: FeedLimits,
        listener: Listener,
        announce: Callable[[Sequence[Delivery]], None],
        is_ready: Callable[[Delivery], bool],
    ) -> None:
        """`announce` is told of deliveries that will be handed out soon; `is_ready` whether one's message is there."""
        self._ledger = ledger
        self._gate = gate
        self._pacing = pacing
        self._clock = clock
        self._stop = stop
        self._limits = limits
        self._listener = listener
        self._is_ready = is_ready
        self._slices = Slices(ledger, clock, only=limits.only, announce=announce)
        self._queues = DomainQueues(pacing, clock)
        self._in_flight = 0  # what is under way, in the units of the quota
        self._left = 0  # letters that have left or are about to
        self._told: float | None = None  # until when we last said that we wait
        self._picked: Delivery | None = None  # chosen, and waiting for the quota
        self._changed = asyncio.Event()
        self.finished = asyncio.Event()  # nothing is left to hand out
        self._turnstile = Turnstile()

    async def next(self) -> Handed | None:
        """The next delivery, when its time has come; None when the run has nothing more to hand out."""
        async with self._turnstile:
            while not self._stop.is_set:
                if self.limited:
                    if not self._in_flight:
                        break
                    self._changed.clear()
                    await self._wait_for_change()
                elif (delivery := await self._pick()) is None:
                    if not await self._refill():
                        break
                elif not await self._may_leave(delivery):
                    self._picked = delivery
                elif (handed := await self._hand_out(delivery)) is not None:
                    return handed
        self.finished.set()
        return None

    async def next_at_once(self) -> Delivery | None:
        """The next delivery if it may leave now; None where it, or whoever comes first, would have to wait."""
        if self._stop.is_set or self.limited or not self._gate.check() or not self._turnstile.enter_at_once():
            return None
        try:
            delivery = await self._pick()
            if delivery is None:
                return None
            if (
                self._is_ready(delivery)
                and (not self._limits.quota or await self._quota_free_at(delivery) is None)
                and self._pacing.take_turn()
                and not self._stop.is_set
            ):
                self._count(delivery)
                return delivery
            self._picked = delivery
            return None
        finally:
            self._turnstile.leave()

    async def another_turn(self) -> float | None:
        """A new sending time, the last one having passed unused; None without a pace."""
        return await self._pacing.turn()

    @property
    def limited(self) -> bool:
        """Whether as many have left as may."""
        return self._limits.most is not None and self._left >= self._limits.most

    def missed_turn(self, turn: float | None) -> bool:
        """Whether this sending time has passed."""
        return self._pacing.missed(turn)

    def give_back(self, delivery: Delivery) -> None:
        """It was not offered, for want of a connection: whoever has one may take it at once."""
        self._slices.ready.appendleft(delivery)
        self._in_flight -= self._units(delivery)
        self._left -= 1
        self._changed.set()

    async def done(self, delivery: Delivery, *, left: bool) -> None:
        """The delivery's attempt has ended and is recorded; `left` unless the letter was never offered."""
        if self._slices.was_last(delivery):
            await self._slices.give_back(delivery.slice)
        # Only now: whoever sees nothing in flight must also see the slice that came back.
        self._in_flight -= self._units(delivery)
        if not left:
            self._left -= 1
        self._changed.set()

    async def close(self) -> None:
        """Give back the slices that are still held."""
        await self._slices.close()

    async def _hand_out(self, delivery: Delivery) -> Handed | None:
        """Wait for the account's pace; when the run must end first, or the gate closes, the delivery stays unsent."""
        turn = await self._pacing.turn()
        if self._stop.is_set or not self._gate.is_open(self._clock.now()):
            self._picked = delivery
            return None
        self._count(delivery)
        return Handed(delivery, turn)

    def _count(self, delivery: Delivery) -> None:
        self._in_flight += self._units(delivery)
        self._left += 1
        self._told = None

    async def _pick(self) -> Delivery | None:
        """A delivery that may leave now, as far as its domain is concerned."""
        if self._picked is not None:
            delivery, self._picked = self._picked, None
            return delivery
        if (due := await self._queues.due()) is not None:
            return due
        if self._slices.has_few and self._more_is_needed():
            await self._slices.take_ahead()
        while self._slices.ready:
            delivery = self._slices.ready.popleft()
            if not self._queues.concern(delivery):
                return delivery
            if self._queues.add(delivery) and (due := await self._queues.due()) is not None:
                return due
        return None

    def _more_is_needed(self) -> bool:
        """Whether deliveries beyond those that are ready will surely be handed out before anything changes."""
        enough = self._limits.most is not None and self._left + len(self._slices.ready) >= self._limits.most
        return not enough and not self._stop.is_set and self._queues.has_room

    async def _refill(self) -> bool:
        """Take a slice, or wait until something changes; False when nothing is due in time."""
        await self._slices.end_of_taking()
        if self._slices.ready:
            return True
        self._changed.clear()
        now = self._clock.now()
        room = self._queues.has_room
        if room and await self._slices.take():
            return True
        return await self._wait_for_due(now, more_wanted=room)

    async def _wait_for_due(self, now: float, *, more_wanted: bool) -> bool:
        """Wait for the first time at which something may leave; False when that is too far away, or never."""
        times = self._queues.times
        due = await self._slices.next_due() if more_wanted else None
        if due is not None and due <= now + self._limits.wait_seconds:
            times.append(due)
        if self._changed.is_set():
            return True
        if times:
            if not self._in_flight and min(times) > now + 1:
                self._tell(min(times), "nothing is due before")
            await self._sleep(min(times) - now)
            return True
        if self._in_flight:
            await self._wait_for_change()
            return True
        return False

    def _tell(self, until: float, why: str) -> None:
        """Say once what is waited for, not at every look at the clock."""
        if self._told != until:
            self._told = until
            self._listener(Waiting(until, why))

    async def _sleep(self, seconds: float) -> None:
        """Wait so long, or until something changes or it is time to look at the clock again."""
        await self._stop.sleep(self._clock, max(0.0, min(seconds, _LOOK_SECONDS)), or_until=self._changed)

    def _units(self, delivery: Delivery) -> int:
        return len(delivery.outstanding) if self._limits.count_recipients else 1

    async def _wait_for_change(self) -> None:
        await self._stop.sleep(self._clock, 60.0, or_until=self._changed)

    async def _may_leave(self, delivery: Delivery) -> bool:
        """Whether gate and quota let this one leave now."""
        return await self._gate_open() and (not self._limits.quota or await self._quota_left(delivery))

    async def _gate_open(self) -> bool:
        """Whether letters may leave now; waits for that where it is soon, and nothing is under way any more."""
        self._changed.clear()
        if self._gate.check():
            return True
        if not self._stop.is_set:
            await (self._wait_for_change() if self._in_flight else self._gate.wait())
        return False

    async def _quota_free_at(self, delivery: Delivery) -> float | None:
        """None where the quota allows this one too, else when it will."""
        units = self._units(delivery)
        left, free_at = await self._ledger.quota_left(self._clock.now(), units=units)
        return None if left is None or left >= self._in_flight + units else free_at

    async def _quota_left(self, delivery: Delivery) -> bool:
        """Whether the quota allows this one too; waits for it where that is soon, else stops the run."""
        self._changed.clear()
        now = self._clock.now()
        free_at = await self._quota_free_at(delivery)
        if free_at is None:
            return True
        if self._in_flight:
            await self._wait_for_change()
        elif now < free_at <= now + self._limits.wait_seconds:
            self._tell(free_at, "the quota is used up until")
            await self._sleep(free_at - now)
        else:
            self._stop.set(quota_used_up(free_at))
        return False
