"""Holds questions back to what one check may ask: so many at a time, so many at all, and within its time."""

from __future__ import annotations

import asyncio

from outreach.clock import Clock
from outreach.resolver.answers import Answer, Found, Kind, Resolver

AT_A_TIME = 50
_SECONDS = 120.0
_MOST = 50_000
_SILENCE = 20  # questions without an answer, and none answered before: then nobody is there to ask


class BoundedResolver:
    """Asks another resolver within the bounds of one check; beyond them nothing is known."""

    def __init__(
        self,
        resolver: Resolver,
        clock: Clock,
        *,
        seconds: float = _SECONDS,
        most: int = _MOST,
        at_a_time: int = AT_A_TIME,
    ) -> None:
        self._resolver = resolver
        self._clock = clock
        self._until = clock.monotonic() + seconds
        self._seconds = seconds
        self._left = self._most = most
        self._free = asyncio.Semaphore(at_a_time)
        self._unanswered: int | None = 0  # None: somebody has answered

    async def ask(self, name: str, kind: Kind) -> Answer:
        """The records of a name; not known where a bound is reached before the answer is there."""
        async with self._free:
            if self._left <= 0:
                return Answer(Found.UNKNOWN, why=f"{self._most} questions were asked before it, and no more are")
            if self._unanswered is not None and self._unanswered >= _SILENCE:
                return Answer(Found.UNKNOWN, why="no nameserver answers")
            self._left -= 1
            try:
                async with asyncio.timeout(max(0.0, self._until - self._clock.monotonic())):
                    answer = await self._resolver.ask(name, kind)
            except TimeoutError:
                return Answer(Found.UNKNOWN, why=f"the {self._seconds:g} s for all questions were over")
            if answer.is_known:
                self._unanswered = None
            elif self._unanswered is not None:
                self._unanswered += 1
            return answer
