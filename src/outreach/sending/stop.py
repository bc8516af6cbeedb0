"""Why a run stops before its end, and the signal that everybody in it watches."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from outreach.clock import Clock


class Ended(StrEnum):
    """How a send ended; the word of the JSON."""

    COMPLETE = "complete"  # nothing is left to do, even if some failed
    DEFERRED = "deferred"  # some wait for their next try
    LIMITED = "limited"  # as many left as were allowed
    STOPPED = "stopped"  # something other than a person stopped it; resumable
    INTERRUPTED = "interrupted"  # a person stopped it; resumable


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ended early, in two lines, and the exit code that says so."""

    ended: Ended
    exit_code: int
    what: str
    remedy: str
    resume_at: float | None = None  # when going on makes sense, where that is known


@dataclass(slots=True)
class StopSignal:
    """Set once; the first reason counts."""

    reason: Stop | None = None
    _event: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_set(self) -> bool:
        """Whether the run must end."""
        return self.reason is not None

    def set(self, reason: Stop) -> None:
        """Ask everybody to end."""
        if self.reason is None:
            self.reason = reason
            self._event.set()

    async def wait(self) -> None:
        """Return when the run must end."""
        await self._event.wait()

    async def sleep(self, clock: Clock, seconds: float, *, or_until: asyncio.Event | None = None) -> None:
        """Wait, but not longer than until the run must end, or until the other event."""
        events = [self._event] if or_until is None else [self._event, or_until]
        tasks: list[asyncio.Future[object]] = [asyncio.ensure_future(event.wait()) for event in events]
        tasks.append(asyncio.ensure_future(clock.sleep(seconds)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
