"""What the relay wants less of: heeds it, tells the user, and stops a run that would have to rest for too long."""

from __future__ import annotations

from outreach.clock import Clock
from outreach.model import Concern, Kind, Limit, Outcome
from outreach.policy.connections import ConnectionLimit
from outreach.policy.throttle import PaceLimit, Repeats
from outreach.sending.events import Listener, Throttled
from outreach.sending.stop import StopSignal
from outreach.sending.stop_reasons import account_resting


class Throttle:
    """Shared by the lanes, the connections and the pacing of one run."""

    def __init__(
        self,
        clock: Clock,
        stop: StopSignal,
        listener: Listener,
        *,
        connections: int,
        rate: float | None,
        wait_seconds: float,
    ) -> None:
        """`connections` and `rate` are the most; a rest that takes longer than `wait_seconds` stops the run."""
        self._clock = clock
        self._stop = stop
        self._listener = listener
        self._most_connections = connections
        self._wait_seconds = wait_seconds
        self._connections = ConnectionLimit(connections)
        self._pace = PaceLimit(rate)
        self._repeats = Repeats()
        self._slow_reason = ""

    @property
    def rate(self) -> float | None:
        """Letters per second that may leave now; None: no limit."""
        return self._pace.rate(self._clock.monotonic())

    @property
    def rest_seconds(self) -> float:
        """For how long nothing may leave."""
        return self._pace.rest_in(self._clock.monotonic())

    # --- letters ------------------------------------------------------------------------------------------------------

    def not_its_fault(self, delivery_id: int, outcome: Outcome) -> Outcome | None:
        """The outcome that an attempt should have, because letter after letter is put off with the same words."""
        if not self._repeats.hear(delivery_id, outcome):
            return None
        reason = f"letter after letter is put off: {outcome.reason}"
        return outcome._replace(kind=Kind.UNTRIED, concern=Concern.ACCOUNT, reason=reason, limit=Limit.PACE)

    def accepted(self) -> None:
        """A letter was accepted."""
        now = self._clock.monotonic()
        self._pace.accepted(now)
        if self._slow_reason and not self._pace.is_slow(now):
            self._slow_reason = ""
            self._tell()

    def slow_down(self, outcome: Outcome) -> None:
        """Letters are to come more slowly."""
        resting = self.rest_seconds
        seconds = self._pace.complaint(self._clock.monotonic(), hint=outcome.wait_seconds)
        if seconds > self._wait_seconds:
            self._stop.set(account_resting(outcome._replace(wait_seconds=self.rest_seconds), self._clock.now()))
        elif self.rest_seconds > resting:
            self._slow_reason = outcome.reason
            self._tell()

    # --- connections --------------------------------------------------------------------------------------------------

    def room_in(self, *, opened: int, trying: int) -> float:
        """Seconds until one more connection may be opened; infinite: not before something changes."""
        return self._connections.room_in(opened=opened, trying=trying, now=self._clock.monotonic())

    def opened(self, opened: int) -> None:
        """So many are open now."""
        self._connections.opened(opened)

    def proven(self, opened: int) -> None:
        """The newest of so many has carried a letter."""
        before = self._connections.allowed
        self._connections.proven(opened, now=self._clock.monotonic())
        if self._connections.allowed != before:
            self._tell()

    def refused(self, opened: int, outcome: Outcome) -> None:
        """One more was refused while so many were open."""
        before = self._connections.allowed
        self._connections.refused(opened, now=self._clock.monotonic(), hint=outcome.wait_seconds)
        if self._connections.allowed != before:
            self._tell()

    def gone(self) -> None:
        """None is open, and none is to be had."""
        self._connections.gone()

    def _tell(self) -> None:
        allowed = self._connections.allowed
        self._listener(
            Throttled(
                connections=allowed if allowed < self._most_connections else None,
                rate=self.rate if self._slow_reason else None,
                reason=self._slow_reason,
                until=self._clock.now() + self.rest_seconds if self.rest_seconds else None,
            )
        )
