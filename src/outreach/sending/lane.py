"""One lane: a connection to the relay and the deliveries that go over it, one after the other."""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.errors import ContentError, OutreachError
from outreach.ledger.values import Refusal, Result
from outreach.model import Answer, Concern, Delivery, Kind, Limit, Lost, Outcome, Stage
from outreach.sending import settle
from outreach.sending.attempt import Attempt
from outreach.sending.connections import Line
from outreach.sending.engine_parts import EngineParts
from outreach.sending.events import AttemptEnded
from outreach.sending.feed import Handed
from outreach.sending.stop import Ended, Stop
from outreach.sending.stop_reasons import (
    FAULT,
    HELD_BACK,
    PAUSED,
    account_resting,
    refused_altogether,
)
from outreach.smtp.interface import Session


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
        self._line = Line(parts.connections, session)
        self._left_at = parts.clock.monotonic()  # the last body
        self.phase = Phase.IDLE
        self.fault: Exception | None = None  # a broken promise of our own that ended this lane

    async def run(self) -> None:
        """Deliver until there is nothing left to hand out, or the run must stop."""
        try:
            while await self._line.permit() and (handed := await self._parts.feed.next()) is not None:
                await self._deliver(handed)
                self.phase = Phase.IDLE
        except OutreachError as error:
            self._parts.stop.set(Stop(Ended.STOPPED, error.exit_code, error.what, error.remedy))
        except asyncio.CancelledError:
            if not self._parts.stop.is_set:
                raise
        except Exception as fault:
            self.fault = fault
            self._parts.stop.set(FAULT)
        finally:
            await self._line.end(politely=not self._parts.stop.is_set)

    async def hang_up(self) -> None:
        """Close the connection, if it has nothing to do."""
        if self.phase is Phase.IDLE:
            await self._line.close()

    async def _deliver(self, handed: Handed) -> None:
        """Offer one delivery: envelope, intent, body, result; without a connection it is another lane's to offer."""
        session, left = None, False
        try:
            self.phase = Phase.OFFERING
            session = await self._line.ready()
            attempt = await self._offer(session, handed) if session is not None else None
            if session is not None and attempt is not None:
                left = await self._finish(session, attempt)
        finally:
            self.phase = Phase.RECORDING
            if session is None:
                self._parts.feed.give_back(handed)
            else:
                await self._parts.feed.done(handed.delivery, left=left)

    async def _offer(self, session: Session, handed: Handed) -> Attempt | None:
        """Send the envelope; an attempt that the relay is ready to take, or None with all recorded."""
        delivery, turn = handed.delivery, handed.turn
        while self._parts.feed.missed_turn(turn):
            turn = await self._parts.feed.another_turn()
        if self._parts.stop.is_set or not self._parts.gate.is_open(self._parts.clock.now()):
            return None
        attempt = await self._compose(delivery)
        if attempt is None:
            return None
        exchange = await session.exchange(envelope=attempt.envelope)
        self._line.touch()
        answers = exchange.envelope
        if answers is None:
            raise AssertionError("an exchange with an envelope brings its answers")
        result = settle.envelope(attempt, answers, self._parts.judging())
        if result is not None:
            await self._record(delivery, result)
            return None
        return attempt

    async def _finish(self, session: Session, attempt: Attempt) -> bool:
        """Make the intent durable, then send the body and record what became of it; whether the letter left."""
        now = self._parts.clock.now()
        if self._parts.stop.is_set or not self._parts.gate.is_open(now):
            await self._line.close(politely=False)  # a lone dot would send an empty letter
            return False
        self.phase = Phase.RECORDING
        intent = attempt.intent(now=now, count_recipients=self._parts.count_recipients)
        refusal = await self._parts.ledger.commit([], intent)
        if refusal is not None or self._parts.stop.is_set:
            await self._line.close(politely=False)
            await self._withdraw(attempt, refusal)
            return False
        if crashpoints.hook:
            crashpoints.hook(CrashPoint.INTENDED)
        answer = await self._send_body(session, attempt)
        if crashpoints.hook:
            crashpoints.hook(CrashPoint.ANSWERED)
        result = settle.final(attempt, answer, self._parts.judging())
        recorded = await self._record(attempt.delivery, result)
        for outcome in attempt.refused.values():
            if outcome.kind is Kind.UNTRIED:
                self._heed(outcome)
        return recorded.charged

    async def _send_body(self, session: Session, attempt: Attempt) -> Answer:
        """Send the body and wait for the final reply; cancelled, the letter is unsure."""
        self.phase = Phase.BODY
        self._left_at = self._parts.clock.monotonic()
        try:
            answer = (await session.exchange(body=attempt.message)).final
        except asyncio.CancelledError:
            answer = None
        self.phase = Phase.RECORDING
        self._line.touch()
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

    async def _record(self, delivery: Delivery, result: Result) -> Result:
        """Make the result durable, tell, and draw the consequences for the run; what it came to."""
        self.phase = Phase.RECORDING
        if self._parts.losses.too_many(delivery.id, result.outcome):
            result = settle.lost_again(delivery, result.outcome, self._parts.judging(), had_intent=result.had_intent)
        elif (outcome := self._parts.throttle.not_its_fault(delivery.id, result.outcome)) is not None:
            result = settle.untried(delivery, outcome, self._parts.judging(), had_intent=result.had_intent)
        if result.charged or result.had_intent:
            await self._parts.ledger.commit([result])
        self._parts.listener(
            AttemptEnded(delivery.contact.to[0].address, delivery.state, result.state, result.outcome, result.due_at)
        )
        self._draw_consequences(result.outcome)
        return result

    def _draw_consequences(self, outcome: Outcome) -> None:
        """A refusal that is not about this letter ends the run, slows it down, or counts against the connection."""
        self._parts.alarm.hear(outcome, left_at=self._left_at)
        if outcome.kind is Kind.ACCEPTED:
            self._parts.throttle.accepted()
            self._parts.losses.accepted()
        if outcome.kind is Kind.UNTRIED:
            self._heed(outcome)
        else:
            self._line.hear(outcome)

    def _heed(self, outcome: Outcome) -> None:
        """The relay wants less from this account, nothing for now, or nothing from us at all; or the line broke."""
        if outcome.concern is Concern.RUN:
            self._parts.stop.set(refused_altogether(outcome, self._parts.relay.account))
        elif outcome.limit is Limit.PACE:
            self._parts.throttle.slow_down(outcome)
        elif outcome.concern is Concern.ACCOUNT:
            self._parts.stop.set(account_resting(outcome, self._parts.clock.now()))
        else:
            self._line.hear(outcome)
