"""Records how attempts ended: makes it durable, tells, and draws the consequences for the run and the connection."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.ledger.run_values import Intent, Refusal, Result
from outreach.model import Concern, Delivery, Kind, Limit, Outcome
from outreach.sending import settle
from outreach.sending.attempt import Attempt
from outreach.sending.connections import Line
from outreach.sending.engine_parts import EngineParts
from outreach.sending.events import AttemptEnded
from outreach.sending.stop_reasons import HELD_BACK, PAUSED, account_resting, refused_altogether


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt whose answer is here, and that is not recorded yet."""

    delivery: Delivery
    result: Result
    left_at: float  # when the body left that was the last on its connection, in monotonic seconds
    refused: tuple[Outcome, ...] = ()  # of recipients that were refused although the letter went to others

    @property
    def in_order(self) -> bool:
        """Whether nothing follows from it, so that it may be recorded together with the next intent."""
        return self.result.outcome.kind is Kind.ACCEPTED and not self.refused


class Recorder:
    """One lane's."""

    def __init__(self, parts: EngineParts, line: Line) -> None:
        self._parts = parts
        self._line = line

    def ended(self, delivery: Delivery, result: Result, *, left_at: float, attempt: Attempt | None = None) -> Ended:
        """The end of an attempt, judged also by what became of other letters."""
        had_intent = result.had_intent
        if self._parts.losses.too_many(delivery.id, result.outcome):
            result = settle.lost_again(delivery, result.outcome, self._parts.judging(), had_intent=had_intent)
        elif (outcome := self._parts.throttle.not_its_fault(delivery.id, result.outcome)) is not None:
            result = settle.untried(delivery, outcome, self._parts.judging(), had_intent=had_intent)
        refused = tuple(attempt.refused.values()) if attempt is not None and attempt.refused else ()
        return Ended(delivery, result, left_at, refused)

    async def record(self, ended: Ended) -> None:
        """Make it durable and draw the consequences."""
        result = ended.result
        if result.charged or result.had_intent:
            await self._parts.ledger.commit([result])
        self._draw_consequences(ended)

    async def intend(self, intent: Intent, earlier: Ended | None) -> Refusal | None:
        """Make an intent durable, and with it the end of the letter before."""
        refusal = await self._parts.ledger.commit([earlier.result] if earlier else [], intent)
        if earlier is not None:
            self._draw_consequences(earlier)
        return refusal

    async def withdraw(self, attempt: Attempt, refusal: Refusal | None) -> None:
        """Undo an intent whose body was not sent. A quota that others used up is the feed's to wait for."""
        if refusal is None:
            await self._parts.ledger.commit([settle.withdrawn(attempt, self._parts.judging())])
        elif refusal is Refusal.PAUSED:
            self._parts.stop.set(PAUSED)
        elif refusal is Refusal.TOO_EARLY:
            self._parts.stop.set(HELD_BACK)

    def _draw_consequences(self, ended: Ended) -> None:
        """A refusal that is not about this letter ends the run, slows it down, or counts against the connection."""
        delivery, result, outcome = ended.delivery, ended.result, ended.result.outcome
        self._parts.listener(
            AttemptEnded(delivery.contact.to[0].address, delivery.state, result.state, outcome, result.due_at)
        )
        self._parts.alarm.hear(outcome, left_at=ended.left_at)
        if outcome.kind is Kind.ACCEPTED:
            self._parts.throttle.accepted()
            self._parts.losses.accepted()
        if outcome.kind is Kind.UNTRIED:
            self._heed(outcome)
        else:
            self._line.hear(outcome)
        for copy in ended.refused:
            if copy.kind is Kind.UNTRIED:
                self._heed(copy)

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
