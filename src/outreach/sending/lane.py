"""One lane: a connection to the relay and the deliveries that go over it, one after the other."""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.errors import ContentError, OutreachError
from outreach.ledger.values import Refusal, Result
from outreach.model import Answer, Concern, Delivery, Kind, Lost, Outcome, Reply, Stage
from outreach.policy.outcome import judge_connect
from outreach.sending import settle
from outreach.sending.attempt import Attempt
from outreach.sending.engine_parts import EngineParts
from outreach.sending.events import AttemptEnded
from outreach.sending.feed import Handed
from outreach.sending.losses import lost_with_letter
from outreach.sending.stop import Ended, Stop
from outreach.sending.stop_reasons import (
    FAULT,
    HELD_BACK,
    OTHER_RELAY,
    PAUSED,
    account_resting,
    login_refused,
    refused_altogether,
    unreachable,
)
from outreach.smtp.interface import ConnectFailure, Session

_IDLE_SECONDS = 60.0  # a connection idle for longer is renewed: relays close theirs after a few minutes


_FIRST_REST, _LONGEST_REST = 15.0, 120.0  # seconds that a lane leaves the relay to the others


class Phase(Enum):
    """What a lane is doing, and so how it may be interrupted."""

    IDLE = auto()  # waits for a delivery; ends by itself
    OFFERING = auto()  # connecting, or the envelope is under way: nothing has left, may be cancelled
    RECORDING = auto()  # the ledger is writing: ends within moments
    BODY = auto()  # a body is under way: cancelling it makes the letter unsure


class Lane:
    """Runs until the feed has nothing more, or the run must stop."""

    def __init__(self, parts: EngineParts, session: Session | None = None) -> None:
        self._parts = parts
        self._session = session
        self._used_at = self._left_at = parts.clock.monotonic()  # the second: the last body
        self._rest_seconds = 0.0  # for this long: the relay allows no more connections than the other lanes have
        self._refused_in_a_row = 0  # connections, while other lanes had theirs
        self._on_session = 0  # letters answered on this connection
        self.phase = Phase.IDLE
        self.fault: Exception | None = None  # a broken promise of our own that ended this lane

    async def run(self) -> None:
        """Deliver until there is nothing left to hand out, or the run must stop."""
        try:
            while (handed := await self._parts.feed.next()) is not None:
                await self._deliver(handed)
                self.phase = Phase.IDLE
                await self._rest()
        except OutreachError as error:
            self._parts.stop.set(Stop(Ended.STOPPED, error.exit_code, error.what, error.remedy))
        except asyncio.CancelledError:
            if not self._parts.stop.is_set:
                raise
        except Exception as fault:
            self.fault = fault
            self._parts.stop.set(FAULT)
        finally:
            await self._close_session(politely=not self._parts.stop.is_set)

    async def hang_up(self) -> None:
        """Close the connection, if it has nothing to do."""
        if self.phase is Phase.IDLE:
            await self._close_session(politely=True)

    async def _deliver(self, handed: Handed) -> None:
        """Offer one delivery: envelope, intent, body, result."""
        left = False
        try:
            self.phase = Phase.OFFERING
            attempt = await self._offer(handed)
            if attempt is not None:
                left = await self._finish(attempt)
        finally:
            self.phase = Phase.RECORDING
            await self._parts.feed.done(handed.delivery, left=left)

    async def _rest(self) -> None:
        """Leave the relay to the other lanes for a while, if it wants no more of us; not longer than the run lasts."""
        if self._rest_seconds:
            seconds, self._rest_seconds = self._rest_seconds, 0.0
            await self._parts.stop.sleep(self._parts.clock, seconds, or_until=self._parts.feed.finished)

    async def _offer(self, handed: Handed) -> Attempt | None:
        """Send the envelope; an attempt that the relay is ready to take, or None with all recorded."""
        delivery, turn = handed.delivery, handed.turn
        session = await self._ready_session()
        if session is None:
            return None
        while self._parts.feed.missed_turn(turn):
            turn = await self._parts.feed.another_turn()
        if self._parts.stop.is_set or not self._parts.gate.is_open(self._parts.clock.now()):
            return None
        attempt = await self._compose(delivery)
        if attempt is None:
            return None
        exchange = await session.exchange(envelope=attempt.envelope)
        self._used_at = self._parts.clock.monotonic()
        answers = exchange.envelope
        if answers is None:
            raise AssertionError("an exchange with an envelope brings its answers")
        result = settle.envelope(attempt, answers, self._parts.judging())
        if result is not None:
            await self._record(delivery, result)
            return None
        return attempt

    async def _finish(self, attempt: Attempt) -> bool:
        """Make the intent durable, then send the body and record what became of it; whether the letter left."""
        session, now = self._session, self._parts.clock.now()
        if session is None or self._parts.stop.is_set or not self._parts.gate.is_open(now):
            await self._close_session(politely=False)  # a lone dot would send an empty letter
            return False
        self.phase = Phase.RECORDING
        intent = attempt.intent(now=now, count_recipients=self._parts.count_recipients)
        refusal = await self._parts.ledger.commit([], intent)
        if refusal is not None or self._parts.stop.is_set:
            await self._close_session(politely=False)
            await self._withdraw(attempt, refusal)
            return False
        if crashpoints.hook:
            crashpoints.hook(CrashPoint.INTENDED)
        answer = await self._send_body(session, attempt)
        if crashpoints.hook:
            crashpoints.hook(CrashPoint.ANSWERED)
        result = settle.final(attempt, answer, self._parts.judging())
        await self._record(attempt.delivery, result)
        for outcome in attempt.refused.values():
            if outcome.kind is Kind.UNTRIED:
                self._stop_if_told(outcome)
        return result.charged

    async def _send_body(self, session: Session, attempt: Attempt) -> Answer:
        """Send the body and wait for the final reply; cancelled, the letter is unsure."""
        self.phase = Phase.BODY
        self._left_at = self._parts.clock.monotonic()
        try:
            answer = (await session.exchange(body=attempt.message)).final
        except asyncio.CancelledError:
            answer = None
        self.phase = Phase.RECORDING
        self._used_at = self._parts.clock.monotonic()
        if answer is not None:
            return answer
        stage = Stage.DOT if session.dot_written else Stage.BODY
        return Lost(stage, "stopped before the reply came", dot_written=session.dot_written)

    async def _withdraw(self, attempt: Attempt, refusal: Refusal | None) -> None:
        """Undo an intent whose body was not sent. A quota that others used up is the feed's to wait for."""
        if refusal is None:
            await self._parts.ledger.commit([settle.withdrawn(attempt, self._parts.judging())])
        elif refusal is Refusal.PAUSED:
            self._parts.stop.set(PAUSED)
        elif refusal is Refusal.TOO_EARLY:
            self._parts.stop.set(HELD_BACK)

    async def _compose(self, delivery: Delivery) -> Attempt | None:
        """The message with the Date it keeps; a letter that can't be composed fails, and says why."""
        date = delivery.date if delivery.date is not None else self._parts.clock.now()
        try:
            message = self._parts.text.message(delivery, date=date)
        except ContentError as error:
            await self._record(delivery, settle.unwritable(delivery, error.what, self._parts.judging()))
            return None
        return Attempt(delivery, message, date=date)

    async def _record(self, delivery: Delivery, result: Result) -> None:
        """Make the result durable, tell, and draw the consequences for the run."""
        self.phase = Phase.RECORDING
        if self._parts.losses.too_many(delivery.id, result.outcome):
            result = settle.lost_again(delivery, result.outcome, self._parts.judging(), had_intent=result.had_intent)
        if result.charged or result.had_intent:
            await self._parts.ledger.commit([result])
        self._parts.listener(
            AttemptEnded(delivery.contact.to[0].address, delivery.state, result.state, result.outcome, result.due_at)
        )
        self._draw_consequences(result.outcome)
        if self._session is not None and self._session.usable and wants_new_connection(result.outcome):
            await self._close_session(politely=True)

    def _draw_consequences(self, outcome: Outcome) -> None:
        """A refusal that is not about this letter ends the run, or counts against the relay."""
        self._parts.alarm.hear(outcome, left_at=self._left_at)
        if outcome.kind is Kind.UNTRIED and outcome.concern in (Concern.ACCOUNT, Concern.RUN):
            self._stop_if_told(outcome)
        elif outcome.kind is Kind.UNTRIED:
            if not lost_with_letter(outcome) and not (self._on_session and ends_service(outcome)):
                self._parts.breaker.failed(outcome.reason)
        elif outcome.kind is not Kind.UNSURE and not isinstance(outcome.answer, Lost):
            self._on_session += 1
            self._parts.breaker.succeeded()

    def _stop_if_told(self, outcome: Outcome) -> None:
        """The relay wants nothing from this account for now, or nothing from us at all."""
        if outcome.concern is Concern.RUN:
            self._parts.stop.set(refused_altogether(outcome, self._parts.relay.account))
        elif outcome.concern is Concern.ACCOUNT:
            self._parts.stop.set(account_resting(outcome, self._parts.clock.now()))

    async def _ready_session(self) -> Session | None:
        """A session that can be used; None when the run must stop first."""
        if self._session is not None:
            idle = self._parts.clock.monotonic() - self._used_at
            if self._session.usable and idle <= _IDLE_SECONDS:
                return self._session
            await self._close_session(politely=self._session.usable)
        while not self._parts.stop.is_set:
            await self._parts.breaker.wait()
            if self._parts.stop.is_set:
                return None
            answer = await self._parts.relay.connect()
            if not isinstance(answer, ConnectFailure):
                if answer.is_sink is not self._parts.to_sink:
                    await answer.close()
                    self._parts.stop.set(OTHER_RELAY)  # its ledger would be another
                    return None
                self._session = answer
                self._on_session = self._refused_in_a_row = 0
                self._parts.connections.opened()
                return answer
            self._note_connect_failure(answer)
            if self._rest_seconds:
                return None
        return None

    def _note_connect_failure(self, failure: ConnectFailure) -> None:
        outcome = judge_connect(failure.answer, certificate=failure.certificate, tls_mismatch=failure.tls_mismatch)
        if failure.answer.stage in (Stage.CONNECT, Stage.GREETING) and self._parts.connections.open:
            # Others are connected: the relay is there and allows no more at once, whatever the code it says so with.
            self._rest_seconds = min(_LONGEST_REST, _FIRST_REST * 2.0**self._refused_in_a_row)
            self._refused_in_a_row += 1
        elif outcome.concern is Concern.RUN and failure.answer.stage is Stage.AUTH:
            self._parts.stop.set(login_refused(outcome, self._parts.relay.account))
        elif outcome.concern is Concern.RUN:
            self._parts.stop.set(unreachable(outcome.reason))
        else:
            self._parts.breaker.failed(outcome.reason)

    async def _close_session(self, *, politely: bool) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close(politely=politely and session.usable)
            self._parts.connections.closed()


def ends_service(outcome: Outcome) -> bool:
    """Whether the relay ended the connection between two letters, as those do that allow so many on each."""
    answer = outcome.answer
    if isinstance(answer, Lost):
        return answer.stage is Stage.MAIL
    return answer is not None and answer.stage is Stage.MAIL and (answer.code == 421 or wants_new_connection(outcome))


def wants_new_connection(outcome: Outcome) -> bool:
    """Whether the relay is there and answers, and this connection is of no more use."""
    return outcome.kind is Kind.UNTRIED and outcome.concern is Concern.CONNECTION and isinstance(outcome.answer, Reply)
