"""One lane: a connection to the relay and the deliveries that go over it, one after the other.

Where the relay allows it, a body shares a write with the envelope of the next delivery that is due at once
(RFC 2920, 3.1), so that a letter costs one round trip. Its result then becomes durable with that delivery's intent.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.errors import ContentError, OutreachError
from outreach.ledger.run_values import Result
from outreach.model import Answer, Delivery, EnvelopeAnswers, Kind, Lost, Stage
from outreach.sending import settle, without_smtputf8
from outreach.sending.attempt import Attempt
from outreach.sending.connections import Line
from outreach.sending.engine_parts import EngineParts
from outreach.sending.feed import Handed
from outreach.sending.recorder import Ended, Recorder
from outreach.sending.stop import Ended as RunEnded
from outreach.sending.stop import Stop
from outreach.sending.stop_reasons import FAULT
from outreach.smtp.interface import Session


class Phase(Enum):
    """What a lane is doing, and so how it may be interrupted."""

    IDLE = auto()  # waits for a delivery; ends by itself
    OFFERING = auto()  # connecting, or only an envelope is under way: nothing has left, may be cancelled
    RECORDING = auto()  # the ledger is writing: ends within moments
    BODY = auto()  # a body is under way: cancelling it makes the letter unsure


class Lane:
    """Runs until the feed has nothing more, or the run must stop."""

    def __init__(self, parts: EngineParts, session: Session | None = None) -> None:
        self._parts = parts
        self._line = Line(parts.connections, session)
        self._recorder = Recorder(parts, self._line)
        self._held: dict[int, Delivery] = {}  # deliveries whose attempt has not ended, by their ids
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
            self._parts.stop.set(Stop(RunEnded.STOPPED, error.exit_code, error.what, error.remedy))
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
        """Offer one delivery, then with each body the next, while one is due at once.

        Without a connection it is another lane's to offer.
        """
        self._held[handed.delivery.id] = handed.delivery
        try:
            self.phase = Phase.OFFERING
            session = await self._line.ready()
            if session is None:
                self._give_back(handed.delivery)
                return
            attempt, earlier = await self._offer(session, handed), None
            while attempt is not None:
                attempt, earlier = await self._send(session, attempt, earlier)
        finally:
            self.phase = Phase.RECORDING
            for delivery in list(self._held.values()):
                await self._done(delivery, left=False)

    # --- the steps of an attempt: envelope, intent, body, result ------------------------------------------------------

    async def _offer(self, session: Session, handed: Handed) -> Attempt | None:
        """Send the envelope alone; an attempt that the relay is ready to take, or None with all recorded."""
        turn = handed.turn
        while self._parts.feed.missed_turn(turn):
            turn = await self._parts.feed.another_turn()
        if not self._may_leave(self._parts.clock.now()):
            return None
        attempt = await self._compose(session, handed.delivery)
        if attempt is None:
            return None
        exchange = await session.exchange(envelope=attempt.envelope)
        self._line.touch()
        if exchange.envelope is None:
            raise AssertionError("an exchange with an envelope brings its answers")
        refusal = settle.envelope(attempt, exchange.envelope, self._parts.judging())
        return attempt if await self._is_taken(attempt, refusal) else None

    async def _send(
        self, session: Session, attempt: Attempt, earlier: Ended | None
    ) -> tuple[Attempt | None, Ended | None]:
        """Make the intent durable, then send the body, and with it the envelope of the next delivery if one is due.

        That one is chosen first: the intent stays the last check before the body.

        `earlier` is the letter before, where it was accepted and is not recorded yet. Returns the same for the next:
        an attempt that the relay is ready to take, and what is to be recorded with its intent; or None.
        """
        self.phase = Phase.RECORDING
        try:
            following = await self._following(session, under_way=1 + (earlier is not None))
        except Exception:
            if earlier is not None:
                await self._finish(earlier)
            raise
        if not await self._intend(attempt, earlier):
            if following is not None:
                self._give_back(following.delivery)
            return None, None
        if crashpoints.hook:
            crashpoints.hook(CrashPoint.INTENDED)
        answer, answers = await self._send_body(session, attempt, following)
        if crashpoints.hook:
            crashpoints.hook(CrashPoint.ANSWERED)
        judging = self._parts.judging()
        result = settle.final(attempt, answer, judging)
        ended = self._recorder.ended(attempt.delivery, result, left_at=self._left_at, attempt=attempt)
        if following is None or answers is None:
            await self._finish(ended)
            return None, None
        refusal = settle.envelope(following, answers, judging)
        if refusal is None and ended.in_order:
            return following, ended
        await self._finish(ended)
        if isinstance(answers.mail, Lost) and result.outcome.kind is not Kind.ACCEPTED:
            self._give_back(following.delivery)  # the connection ended with the letter before: no fault of this one
            return None, None
        return (following if await self._is_taken(following, refusal) else None), None

    async def _intend(self, attempt: Attempt, earlier: Ended | None) -> bool:
        """Whether the body may leave: its intent is durable, and the letter before is recorded either way."""
        now = self._parts.clock.now()
        if not self._may_leave(now):
            if earlier is not None:
                await self._finish(earlier)
            await self._line.close(politely=False)  # a lone dot would send an empty letter
            return False
        intent = attempt.intent(now=now, count_recipients=self._parts.count_recipients)
        refusal = await self._recorder.intend(intent, earlier)
        if earlier is not None:
            await self._done(earlier.delivery, left=True)
        if refusal is not None or self._parts.stop.is_set:
            await self._line.close(politely=False)
            await self._recorder.withdraw(attempt, refusal)
            return False
        return True

    async def _following(self, session: Session, *, under_way: int) -> Attempt | None:
        """The next delivery whose envelope may share a write with the body that is about to leave.

        None where it would have to be waited for. `under_way`: letters of this connection that are not recorded yet.
        """
        if not session.pipelines or not self._line.carries_another(under_way):
            return None
        delivery = await self._parts.feed.next_at_once()
        if delivery is None:
            return None
        self._held[delivery.id] = delivery
        attempt = await self._compose(session, delivery)
        if attempt is None:
            await self._done(delivery, left=False)
        return attempt

    async def _send_body(
        self, session: Session, attempt: Attempt, following: Attempt | None
    ) -> tuple[Answer, EnvelopeAnswers | None]:
        """Send the body and the envelope that follows, and wait for the replies.

        Cancelled, the letter is unsure, unless its own reply is here and only the next envelope's were awaited.
        """
        self.phase = Phase.BODY
        self._left_at = self._parts.clock.monotonic()
        envelope = following.envelope if following is not None else None
        try:
            exchange = await session.exchange(body=attempt.message, envelope=envelope)
        except asyncio.CancelledError:
            exchange = None
        self.phase = Phase.RECORDING
        self._line.touch()
        if exchange is not None and exchange.final is not None:
            return exchange.final, exchange.envelope
        if session.final_heard is not None:
            return session.final_heard, None
        stage = Stage.DOT if session.dot_written else Stage.BODY
        return Lost(stage, "stopped before the reply came", dot_written=session.dot_written), None

    async def _is_taken(self, attempt: Attempt, refusal: Result | None) -> bool:
        """Whether the relay waits for the body; else what became of the attempt is recorded."""
        if refusal is None:
            return True
        await self._finish(self._recorder.ended(attempt.delivery, refusal, left_at=self._left_at))
        return False

    async def _compose(self, session: Session, delivery: Delivery) -> Attempt | None:
        """The message with the Date it keeps; a letter that can't be composed fails, and says why."""
        try:
            composed = await self._parts.messages.message(delivery)
        except ContentError as error:
            result = settle.unwritable(delivery, error.what, self._parts.judging())
            await self._recorder.record(self._recorder.ended(delivery, result, left_at=self._left_at))
            return None
        attempt = Attempt(delivery, composed.message, date=composed.date, digest=composed.digest)
        if composed.message.needs_smtputf8 and "SMTPUTF8" not in session.extensions:
            attempt = without_smtputf8.fit(attempt, self._parts.messages)
        if not attempt.named:
            result = settle.unreachable(attempt, self._parts.judging())
            await self._recorder.record(self._recorder.ended(delivery, result, left_at=self._left_at))
            return None
        return attempt

    # --- what the lane holds ------------------------------------------------------------------------------------------

    def _may_leave(self, now: float) -> bool:
        return not self._parts.stop.is_set and self._parts.gate.is_open(now)

    def _give_back(self, delivery: Delivery) -> None:
        """It was not offered: whoever has a connection may take it at once."""
        del self._held[delivery.id]
        self._parts.feed.give_back(delivery)

    async def _finish(self, ended: Ended) -> None:
        """Record how an attempt ended, and let go of its delivery."""
        self.phase = Phase.RECORDING
        await self._recorder.record(ended)
        await self._done(ended.delivery, left=ended.result.had_intent and ended.result.charged)

    async def _done(self, delivery: Delivery, *, left: bool) -> None:
        del self._held[delivery.id]
        await self._parts.feed.done(delivery, left=left)
