"""The connections of one run: how many there are, who may open one, and when one is given up."""

from __future__ import annotations

import asyncio

from outreach.clock import Clock
from outreach.model import Concern, Kind, Limit, Lost, Outcome, Reply, Stage
from outreach.policy.connections import LettersPerConnection
from outreach.policy.outcome import judge_connect
from outreach.preflight.advice import says_no_token
from outreach.sending.breaker import Breaker
from outreach.sending.events import ConnectionsChanged, Listener
from outreach.sending.losses import lost_with_letter
from outreach.sending.stop import StopSignal
from outreach.sending.stop_reasons import OTHER_RELAY, login_refused, unreachable
from outreach.sending.throttle import Throttle
from outreach.smtp.interface import ConnectFailure, Relay, Session

_IDLE_SECONDS = 60.0  # a connection idle for longer is renewed: relays close theirs after a few minutes
_LONGEST_SLEEP = 3600.0


class Connections:
    """Counts them, and lets as many lanes open one as the relay allows."""

    def __init__(
        self,
        relay: Relay,
        throttle: Throttle,
        breaker: Breaker,
        clock: Clock,
        stop: StopSignal,
        *,
        to_sink: bool,
        finished: asyncio.Event,
        listener: Listener,
    ) -> None:
        """`to_sink`: the relay must be the test sink, or must not. `finished`: no lane needs a connection any more."""
        self.throttle = throttle
        self.breaker = breaker
        self.letters = LettersPerConnection()
        self.clock = clock
        self._relay = relay
        self._stop = stop
        self._to_sink = to_sink
        self._finished = finished
        self._listener = listener
        self._open = 0
        self._trying = 0  # lanes that may open one
        self._changed = asyncio.Event()

    async def permit(self) -> bool:
        """Wait until one more may be opened, by whoever asked; False when none will be needed any more."""
        while not (self._stop.is_set or self._finished.is_set()):
            if self.permit_now():
                return True
            seconds = max(self.breaker.wait_seconds, self._room_in())
            await self._stop.sleep(self.clock, min(seconds, _LONGEST_SLEEP), or_until=self._changed)
        return False

    def permit_now(self) -> bool:
        """Whether one more may be opened now; who is told so opens one or hands the permit back."""
        if self.breaker.wait_seconds > 0 or self._room_in() > 0:
            return False
        self._trying += 1
        return True

    def hand_back(self) -> None:
        """A permit is not used."""
        self._trying -= 1
        self.wake()

    async def connect(self) -> Session | None:
        """Use a permit; None where there is no connection to be had, and what follows from it is done."""
        try:
            answer = None if self._stop.is_set else await self._relay.connect()
        finally:
            self.hand_back()
        if isinstance(answer, ConnectFailure):
            self._draw_consequences(answer)
            return None
        if answer is not None and answer.is_sink is not self._to_sink:
            await answer.close()
            self._stop.set(OTHER_RELAY)  # its ledger would be another
            return None
        if answer is not None:
            self.opened()
        return answer

    def opened(self) -> None:
        """One more."""
        self._count(+1)
        self.throttle.opened(self._open)

    def closed(self) -> None:
        """One fewer."""
        self._count(-1)

    def proven(self) -> None:
        """One of them has carried its first letter."""
        self.throttle.proven(self._open)
        self.wake()

    def refused(self, outcome: Outcome, *, counted: bool) -> None:
        """One was refused; `counted` while it is still among the open ones. What others there are is allowed."""
        others = self._open - counted
        if others:
            self.throttle.refused(others, outcome)
        else:
            self.throttle.gone()
            self.breaker.failed(outcome.reason)

    def wake(self) -> None:
        """Let all that wait for a permit look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _room_in(self) -> float:
        return self.throttle.room_in(opened=self._open, trying=self._trying)

    def _count(self, change: int) -> None:
        self._open += change
        self._listener(ConnectionsChanged(self._open))
        self.wake()

    def _draw_consequences(self, failure: ConnectFailure) -> None:
        outcome = judge_connect(failure.answer, certificate=failure.certificate, tls_mismatch=failure.tls_mismatch)
        early = failure.answer.stage in (Stage.CONNECT, Stage.GREETING)
        if isinstance(failure.answer, Lost) and says_no_token(failure.answer):
            outcome = outcome._replace(reason=failure.answer.reason)  # the token server's words, not the relay's
        if outcome.concern is Concern.CONNECTION or (self._open and early):
            # Others are connected: the relay is there and allows no more at once, whatever the code it says so with.
            self.refused(outcome, counted=False)
        elif failure.answer.stage is Stage.AUTH:
            self._stop.set(login_refused(outcome, self._relay.account))
        else:
            self._stop.set(unreachable(outcome.reason))


class Line:
    """One lane's connection."""

    def __init__(self, connections: Connections, first: Session | None = None) -> None:
        """`first` is open already."""
        self.session = first
        self._connections = connections
        self._permitted = False
        self._used_at = connections.clock.monotonic()
        self._letters = 0  # answered on this connection
        self._gives_way = False
        if first is not None:
            connections.opened()

    async def permit(self) -> bool:
        """Wait until this lane has a connection or may open one, and so may take a letter; False when the run ends."""
        if self.session is not None and (self._gives_way or self._is_used_up() or not self.session.usable):
            await self.close()
        if self.session is None and not self._permitted:
            self._permitted = await self._connections.permit()
        return self.session is not None or self._permitted

    async def ready(self) -> Session | None:
        """A session that can be used; None where there is none to be had just now."""
        if self.session is not None:
            idle = self._connections.clock.monotonic() - self._used_at
            if self.session.usable and idle <= _IDLE_SECONDS:
                return self.session
            await self.close()
        if self._permitted or self._connections.permit_now():
            self._permitted = False  # whatever comes of it
            self.session = await self._connections.connect()
            self._letters = 0
        return self.session

    def carries_another(self, under_way: int) -> bool:
        """Whether its connection may take one more letter after so many that are about to leave or not recorded yet."""
        most = self._connections.letters.most
        usable = self.session is not None and self.session.usable
        return usable and not self._gives_way and (most is None or self._letters + under_way < most)

    def touch(self) -> None:
        """It was used just now."""
        self._used_at = self._connections.clock.monotonic()

    def hear(self, outcome: Outcome) -> None:
        """What the end of an attempt says about this connection, and about how many there may be."""
        if outcome.kind is not Kind.UNTRIED:
            if outcome.kind is not Kind.UNSURE and not isinstance(outcome.answer, Lost):
                self._carried_a_letter()
        elif self._letters and outcome.limit is not Limit.CONNECTIONS and (outcome.limit or _ends_service(outcome)):
            self._gives_way = True
            told = (
                isinstance(outcome.answer, Reply) and outcome.answer.stage is Stage.MAIL and outcome.limit is not None
            )
            self._connections.letters.ended(
                self._letters, told=told
            )  # later it may be one recipient's server that says so
        elif outcome.limit or _ends_service(outcome):
            self._gives_way = True
            self._connections.refused(outcome, counted=True)
        elif not lost_with_letter(outcome):
            self._connections.breaker.failed(outcome.reason)

    async def close(self, *, politely: bool = True) -> None:
        """Give it up."""
        if self.session is not None:
            session, self.session = self.session, None
            self._gives_way = False
            await session.close(politely=politely and session.usable)
            self._connections.closed()

    async def end(self, *, politely: bool) -> None:
        """Its lane needs no connection any more."""
        if self._permitted:
            self._permitted = False
            self._connections.hand_back()
        self._connections.wake()
        await self.close(politely=politely)

    def _is_used_up(self) -> bool:
        most = self._connections.letters.most
        return most is not None and self._letters >= most

    def _carried_a_letter(self) -> None:
        self._letters += 1
        if self._letters == 1:
            self._connections.proven()
        self._connections.breaker.succeeded()


def _ends_service(outcome: Outcome) -> bool:
    """Whether the relay ended the connection between two letters, as those do that allow so many on each."""
    answer = outcome.answer
    if isinstance(answer, Lost):
        return answer.stage is Stage.MAIL
    return answer is not None and answer.stage is Stage.MAIL and answer.code == 421
