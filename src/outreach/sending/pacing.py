"""How fast letters leave: sending times reserved from the account's budget, so that all its users share one pace."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping

from outreach.clock import Clock
from outreach.ledger.interface import RunLedger
from outreach.policy.pace import tolerance_seconds
from outreach.sending.stop import StopSignal
from outreach.sending.throttle import Throttle

_AHEAD_SECONDS = 0.25  # how much time is reserved at once; what is not used is not saved up
_AHEAD_MOST = 50
_PLAUSIBLE_INTERVALS = 1000  # other processes may have reserved as many before us
_PLAUSIBLE_SECONDS = 60.0


class Pacing:
    """Hands out sending times (GCRA with burst 1): evenly, never a burst, never a time that has passed."""

    def __init__(
        self, ledger: RunLedger, clock: Clock, stop: StopSignal, *, throttle: Throttle, per_domain: Mapping[str, float]
    ) -> None:
        """`throttle` knows the rate; `per_domain` are letters per second by recipient domain."""
        self._ledger = ledger
        self._clock = clock
        self._stop = stop
        self._throttle = throttle
        self._per_domain = per_domain
        self._times: deque[float] = deque()
        self._prefetch: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()  # of its own: a lane may need another turn while the feed waits for that lane

    @property
    def per_domain(self) -> bool:
        """Whether any domain has a pace of its own."""
        return bool(self._per_domain)

    def limits(self, domain: str) -> bool:
        """Whether letters to this domain have a pace of their own."""
        return domain in self._per_domain

    async def turn(self) -> float | None:
        """Wait for the account's next sending time, or until the run must end; the time, None without a pace."""
        while not self._stop.is_set and (rest := self._throttle.rest_seconds) > 0:
            await self._stop.sleep(self._clock, rest)
        if self._throttle.rate is None:
            return None
        async with self._lock:
            return await self._next_time()

    def take_turn(self) -> bool:
        """Take the account's next sending time, if it has come; always so without a pace."""
        rate = self._throttle.rate
        if self._throttle.rest_seconds > 0 or self._lock.locked():
            return False
        if rate is None:
            return True
        self._drop_unusable(rate)
        if not self._times or self._times[0] > self._clock.now():
            return False
        self._prefetch_more(rate)
        self._times.popleft()
        return True

    async def _next_time(self) -> float | None:
        while not self._stop.is_set:
            rate = self._throttle.rate
            if rate is None:
                return None
            self._drop_unusable(rate)
            if not self._times:
                await self._reserve(rate)
                continue
            self._prefetch_more(rate)
            if (wait := self._times[0] - self._clock.now()) > 0:
                await self._stop.sleep(self._clock, wait)
                continue
            return self._times.popleft()
        return self._clock.now()

    def missed(self, turn: float | None) -> bool:
        """Whether this sending time is of no use: it has passed by more than the tolerance, or everything rests."""
        rate = self._throttle.rate
        if self._throttle.rest_seconds > 0:
            return True
        return turn is not None and rate is not None and self._clock.now() > turn + tolerance_seconds(rate)

    async def domain_time(self, domain: str) -> float:
        """The next sending time for this domain, reserved."""
        rate = self._per_domain[domain]
        return await self._ledger.reserve(domain, interval=1 / rate, count=1, now=self._clock.now())

    def is_implausible(self, time: float, domain: str) -> bool:
        """Whether a time reserved for this domain lies so far ahead that the clock must have jumped back."""
        return time - self._clock.now() > _PLAUSIBLE_INTERVALS / self._per_domain[domain] + _PLAUSIBLE_SECONDS

    async def close(self) -> None:
        """Let go of what is under way."""
        if self._prefetch is not None:
            self._prefetch.cancel()
            await asyncio.gather(self._prefetch, return_exceptions=True)

    def _drop_unusable(self, rate: float) -> None:
        """Forget times that have passed, and times so far ahead that the clock must have jumped back."""
        now = self._clock.now()
        while self._times and now > self._times[0] + tolerance_seconds(rate):
            self._times.popleft()
        if self._times and self._times[0] - now > 2 * (_AHEAD_MOST + 1) / rate + 60:
            self._times.clear()

    def _prefetch_more(self, rate: float) -> None:
        """Reserve the next batch while half of this one is still to be used, so that no time is lost asking."""
        batch = _batch(rate)
        if batch > 1 and len(self._times) <= batch // 2 and (self._prefetch is None or self._prefetch.done()):
            self._prefetch = asyncio.get_running_loop().create_task(self._fetch(rate))

    async def _reserve(self, rate: float) -> None:
        if self._prefetch is not None and not self._prefetch.done():
            await asyncio.shield(self._prefetch)
        else:
            await self._fetch(rate)

    async def _fetch(self, rate: float) -> None:
        count = _batch(rate)
        first = await self._ledger.reserve("", interval=1 / rate, count=count, now=self._clock.now())
        self._times.extend(first + index / rate for index in range(count))


def _batch(rate: float) -> int:
    return max(1, min(_AHEAD_MOST, int(rate * _AHEAD_SECONDS)))
