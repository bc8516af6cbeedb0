"""Remembers answers: each question is asked once while its answer holds, also where several want it at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from outreach.clock import Clock
from outreach.resolver.answers import Answer, Kind, Resolver

_MOST = 50_000  # answers
_LEAST_SECONDS = 60.0  # a run asks about a domain once, whatever its time to live; also what is not known
_MOST_SECONDS = 3600.0


@dataclass(slots=True)
class _Asked:
    task: asyncio.Task[Answer]
    until: float | None = None  # monotonic; None while nobody has read the answer


class RememberingResolver:
    """Asks another resolver what it does not remember."""

    def __init__(self, resolver: Resolver, clock: Clock, *, most: int = _MOST) -> None:
        self._resolver = resolver
        self._clock = clock
        self._most = most
        self._asked: OrderedDict[tuple[str, Kind], _Asked] = OrderedDict()

    async def ask(self, name: str, kind: Kind) -> Answer:
        """The records of a name, as remembered or as DNS has them now."""
        key = (name.lower().rstrip("."), kind)
        asked = self._asked.get(key)
        if asked is None or self._is_over(asked):
            asked = self._asked[key] = _Asked(asyncio.ensure_future(self._resolver.ask(*key)))
        self._asked.move_to_end(key)
        while len(self._asked) > self._most:
            self._asked.popitem(last=False)
        answer = await asyncio.shield(asked.task)  # others may wait for it too
        if asked.until is None:
            asked.until = self._clock.monotonic() + min(max(answer.ttl, _LEAST_SECONDS), _MOST_SECONDS)
        return answer

    def _is_over(self, asked: _Asked) -> bool:
        return asked.task.cancelled() or (asked.until is not None and self._clock.monotonic() >= asked.until)
