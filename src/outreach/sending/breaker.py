"""Stops a run whose relay can't be reached: failures in a row are counted over all connections."""

from __future__ import annotations

from math import inf

from outreach.clock import Clock
from outreach.sending.events import Listener, RelayFailing
from outreach.sending.stop import StopSignal
from outreach.sending.stop_reasons import unreachable

_MOST_FAILURES = 6


class Breaker:
    """Closed while mail flows; each failure doubles the wait before the next try, the sixth in a row ends the run."""

    def __init__(self, clock: Clock, stop: StopSignal, listener: Listener) -> None:
        self._clock = clock
        self._stop = stop
        self._listener = listener
        self._failures = 0
        self._retry_at = -inf

    def succeeded(self) -> None:
        """The relay answered a letter, whatever it said."""
        self._failures = 0
        self._retry_at = -inf

    def failed(self, reason: str) -> None:
        """A connection could not be had, or broke before it was of any use."""
        now = self._clock.monotonic()
        if now < self._retry_at:
            return  # other lanes fail for the same reason at the same time: that is one failure
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            self._stop.set(unreachable(reason))
            return
        wait = 2.0 ** (self._failures - 1)  # 1, 2, 4, 8, 16
        self._retry_at = now + wait
        self._listener(RelayFailing(reason, self._clock.now() + wait))

    @property
    def wait_seconds(self) -> float:
        """How long until the next try is due."""
        return max(0.0, self._retry_at - self._clock.monotonic())
