"""The gate: lets letters leave from a time on, and within the relay's hours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from outreach.clock import Clock
from outreach.policy.hours import Hours, Period, done_at, open_period, opens_at
from outreach.sending.events import Listener, Waiting
from outreach.sending.stop import Stop, StopSignal
from outreach.sending.stop_reasons import not_yet

_LOOK_SECONDS = 30.0  # a machine that sleeps stops its timers: whoever waits for long looks at the clock now and then
_KEEP_SECONDS = 60.0  # a connection is not kept idle for longer


@dataclass(frozen=True, slots=True)
class GateTerms:
    """When letters may leave."""

    not_before: float | None = None  # of the campaign
    hours: Hours | None = None  # of the relay

    def opens_at(self, now: float) -> float:
        """When a letter may leave next; now, while one may."""
        time = now if self.not_before is None else max(now, self.not_before)
        return time if self.hours is None else opens_at(self.hours, time)

    def closed(self, now: float, wait_seconds: float) -> Stop | None:
        """The reason to end, where nothing may leave within the time that one would wait; else None."""
        time = self.opens_at(now)
        if time <= now + wait_seconds:
            return None
        return not_yet(time, "not_before under [campaign]" if time == self.not_before else "hours under [relay]")

    def done_at(self, time: float, *, letters: int, rate: float | None) -> float | None:
        """When so many letters are done that may leave from this time on; None where no pace tells."""
        return None if rate is None else done_at(self.hours, self.opens_at(time), letters=letters, rate=rate)


class Gate:
    """The gate of one run. Asked before a letter is handed out, before its envelope, and before its intent."""

    def __init__(
        self, terms: GateTerms, clock: Clock, stop: StopSignal, listener: Listener, *, wait_seconds: float
    ) -> None:
        self._terms = terms
        self._clock = clock
        self._stop = stop
        self._listener = listener
        self._wait_seconds = wait_seconds
        self._period = Period(0.0, 0.0)  # the hours that were looked up last
        self._told: float | None = None
        self.resting = asyncio.Event()  # set again and again while nothing may leave for a while

    def is_open(self, now: float) -> bool:
        """Whether a letter may leave at this time."""
        if self._terms.not_before is not None and now < self._terms.not_before:
            return False
        if self._terms.hours is None:
            return True
        if not self._period.begin <= now < self._period.end:  # looked up once in hours, not for each letter
            self._period = open_period(self._terms.hours, now)
        return self._period.begin <= now

    def check(self) -> bool:
        """Whether a letter may leave now; if it may not for longer than the run waits, the run is stopped."""
        now = self._clock.now()
        if self.is_open(now):
            return True
        closed = self._terms.closed(now, self._wait_seconds)
        if closed is not None:
            self._stop.set(closed)
        return False

    async def wait(self) -> None:
        """Wait until letters may leave, the run must end, or it is time to look at the clock again."""
        now = self._clock.now()
        time = self._terms.opens_at(now)
        if time != self._told:
            self._told = time
            self._listener(Waiting(time, "letters may leave from"))
        if time - now > _KEEP_SECONDS:
            self.resting.set()
        await self._stop.sleep(self._clock, min(time - now, _LOOK_SECONDS))
