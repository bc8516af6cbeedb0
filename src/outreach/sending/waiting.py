"""Waits for the time that a user named, with all planned and nothing connected."""

from __future__ import annotations

from outreach.clock import Clock
from outreach.sending.events import Listener, WaitingToStart
from outreach.sending.parts import Interruption
from outreach.sending.stop import Stop, StopSignal
from outreach.sending.stop_reasons import overslept

_LOOK_SECONDS = 30.0  # timers stand still while a machine sleeps, so the wall clock is looked at now and then
_MOST_LATE_SECONDS = 1800.0  # the letters were meant for another time of the day


async def wait_to_start(start_at: float, clock: Clock, interruption: Interruption, listener: Listener) -> Stop | None:
    """Return at this time; the reason where nothing may be sent then: interrupted, or far too late."""
    stop = StopSignal()
    interruption.waiting = stop
    try:
        while not stop.is_set and (left := start_at - clock.now()) > 0:
            listener(WaitingToStart(start_at))
            await stop.sleep(clock, min(left, _LOOK_SECONDS))
    finally:
        interruption.waiting = None
    late = clock.now() - start_at
    return overslept(start_at + late, late) if stop.reason is None and late > _MOST_LATE_SECONDS else stop.reason
