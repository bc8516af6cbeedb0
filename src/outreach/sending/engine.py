"""The engine: as many lanes as connections, until nothing is due or somebody stops it."""

from __future__ import annotations

import asyncio

from outreach.sending.engine_parts import EngineParts
from outreach.sending.events import Stopping
from outreach.sending.lane import Lane, Phase
from outreach.sending.stop_reasons import INTERRUPTED
from outreach.smtp.interface import Session


class Engine:
    """Delivers what the feed hands out. One per run."""

    def __init__(self, parts: EngineParts) -> None:
        self._parts = parts
        self._lanes: dict[asyncio.Task[None], Lane] = {}
        self._interrupted = False

    async def run(self, *, lanes: int, first: Session | None = None) -> None:
        """Send with so many lanes; `first` is a session that is open already."""
        watches = [asyncio.create_task(watch) for watch in (self._end_offers(), self._hang_up())]
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(max(1, lanes)):
                    lane = Lane(self._parts, first if number == 0 else None)
                    self._lanes[group.create_task(lane.run())] = lane
        finally:
            for watch in watches:
                watch.cancel()
            await self._parts.feed.close()
        for lane in self._lanes.values():
            if lane.fault is not None:
                raise lane.fault

    def interrupt(self) -> None:
        """Once: no new body leaves, replies to bodies already sent are awaited. Twice: not even these."""
        self._parts.stop.set(INTERRUPTED)
        self._cancel(Phase.OFFERING)
        if self._interrupted:
            self._cancel(Phase.BODY)
        else:
            self._interrupted = True
            self._parts.listener(Stopping(sum(lane.phase is Phase.BODY for lane in self._lanes.values())))

    async def _end_offers(self) -> None:
        """Whatever stops the run, an envelope that is under way is not waited for."""
        await self._parts.stop.wait()
        self._cancel(Phase.OFFERING)

    async def _hang_up(self) -> None:
        """Whenever nothing may leave for a while, connections are not kept."""
        while await self._parts.gate.resting.wait():
            self._parts.gate.resting.clear()
            await asyncio.gather(*(lane.hang_up() for lane in self._lanes.values()))

    def _cancel(self, phase: Phase) -> None:
        for task, lane in self._lanes.items():
            if lane.phase is phase and not task.done():
                task.cancel()
