"""From the relay's answers to a result for the ledger: what became of every recipient, and when to try again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from outreach.ledger.run_values import Result
from outreach.model import (
    Answer,
    Concern,
    Delivery,
    EnvelopeAnswers,
    Kind,
    Outcome,
    RecipientState,
    Reply,
    State,
)
from outreach.policy.options import RetryOptions
from outreach.policy.outcome import EnvelopeVerdict, exceeds_recipients, judge, judge_envelope, widest
from outreach.policy.recipients import delivery_state
from outreach.policy.retry import next_time
from outreach.sending.attempt import Attempt

_STATES = {
    Kind.ACCEPTED: State.ACCEPTED,
    Kind.DEFERRED: State.DEFERRED,
    Kind.FAILED: State.FAILED,
    Kind.UNSURE: State.UNSURE,
}


class Judging(NamedTuple):
    """What judging an answer depends on beside the answer."""

    now: float
    chance: float  # from 0 up to 1, spreads retries
    retry: RetryOptions


def envelope(attempt: Attempt, answers: EnvelopeAnswers, judging: Judging) -> Result | None:
    """The result of an envelope that was not taken; None when the body may follow.

    Recipients refused although the body may follow are noted in `attempt.refused`.
    """
    if answers.all_taken:
        return None
    roles = [attempt.delivery.recipients[index].role for index in attempt.named]
    verdict = judge_envelope(answers, roles=roles)
    outcomes = {
        index: outcome for index, outcome in zip(attempt.named, verdict.outcomes, strict=True) if outcome is not None
    }
    if verdict.ready:
        attempt.refused.update(outcomes)
        return None
    deciding = _deciding(verdict)
    if verdict.untried:
        return untried(attempt.delivery, deciding, judging, had_intent=False)
    outcomes = {
        index: _in_its_own_words(outcomes[index], own, answers.data)
        for index, own in zip(attempt.named, answers.rcpts, strict=True)
    }
    outcomes.update(attempt.unreachable)
    return _result(attempt.delivery, outcomes, deciding, judging, had_intent=False)


def final(attempt: Attempt, answer: Answer, judging: Judging) -> Result:
    """The result of a body that was sent, or of which sending began."""
    outcome = judge(answer)
    if outcome.kind is Kind.UNTRIED:
        return untried(attempt.delivery, outcome, judging, had_intent=True)
    if outcome.kind is Kind.ACCEPTED and len(attempt.delivery.recipients) == 1 and isinstance(answer, Reply):
        return _accepted(attempt.delivery, outcome, answer, judging)
    refused = {index: _waits(one) for index, one in attempt.refused.items()}
    outcomes = {**dict.fromkeys(attempt.accepted, outcome), **refused}
    return _result(attempt.delivery, outcomes, outcome, judging, had_intent=True)


def withdrawn(attempt: Attempt, judging: Judging) -> Result:
    """The result of an intent whose body was not sent, because the run stopped in between."""
    outcome = Outcome(Kind.UNTRIED, Concern.RUN, "the run stopped before the letter left")
    return untried(attempt.delivery, outcome, judging, had_intent=True)


def lost_again(delivery: Delivery, outcome: Outcome, judging: Judging, *, had_intent: bool) -> Result:
    """The result of a letter that lost its connection, or met a limit, too often: it is put off, and charged."""
    put_off = outcome._replace(kind=Kind.DEFERRED, concern=Concern.MESSAGE, reason=f"{outcome.reason}, again and again")
    outcomes = {index: put_off for index, one in enumerate(delivery.recipients) if one in delivery.outstanding}
    return _result(delivery, outcomes, put_off, judging, had_intent=had_intent)


def unreachable(attempt: Attempt, judging: Judging) -> Result:
    """The result of a letter whose outstanding recipients can't be named to this relay, none of them."""
    deciding = next(iter(attempt.unreachable.values()))
    return _result(attempt.delivery, attempt.unreachable, deciding, judging, had_intent=False)


def unwritable(delivery: Delivery, reason: str, judging: Judging) -> Result:
    """The result of a letter that could not be composed."""
    outcome = Outcome(Kind.FAILED, Concern.MESSAGE, reason)
    outcomes = {index: outcome for index, one in enumerate(delivery.recipients) if one in delivery.outstanding}
    return _result(delivery, outcomes, outcome, judging, had_intent=False)


def untried(delivery: Delivery, outcome: Outcome, judging: Judging, *, had_intent: bool) -> Result:
    """The letter was not the cause: it goes back to the state and the due time it had, without charge."""
    return Result(
        delivery_id=delivery.id,
        slice=delivery.slice,
        attempt=delivery.attempt + 1,
        at=judging.now,
        state=delivery.state,
        recipients=delivery.recipients,
        outcome=outcome,
        due_at=delivery.due_at,
        charged=False,
        had_intent=had_intent,
    )


def _result(
    delivery: Delivery, outcomes: Mapping[int, Outcome], deciding: Outcome, judging: Judging, *, had_intent: bool
) -> Result:
    """The result of a charged attempt with these outcomes, by the recipients' index."""
    due_at = judging.now if _is_only_too_long(outcomes.values()) else _next_time(delivery, outcomes, judging)
    recipients = tuple(
        _judged(one, outcomes.get(index), give_up=due_at is None) for index, one in enumerate(delivery.recipients)
    )
    state = delivery_state(recipients)
    return Result(
        delivery_id=delivery.id,
        slice=delivery.slice,
        attempt=delivery.attempt + 1,
        at=judging.now,
        state=state,
        recipients=recipients,
        outcome=_gave_up(deciding) if due_at is None and state is State.FAILED else deciding,
        due_at=due_at or 0.0,
        charged=True,
        had_intent=had_intent,
    )


def _accepted(delivery: Delivery, outcome: Outcome, answer: Reply, judging: Judging) -> Result:
    """The same for the usual end, of which there are millions: the only recipient's letter was taken."""
    recipient = delivery.recipients[0]
    return Result(
        delivery_id=delivery.id,
        slice=delivery.slice,
        attempt=delivery.attempt + 1,
        at=judging.now,
        state=State.ACCEPTED,
        recipients=(RecipientState(recipient.role, recipient.mailbox, State.ACCEPTED, answer),),
        outcome=outcome,
        due_at=0.0,
        charged=True,
        had_intent=True,
    )


def _is_only_too_long(outcomes: Iterable[Outcome]) -> bool:
    """Whether a message has got to some, and those who wait do so only because it named too many."""
    outcomes = list(outcomes)
    waiting = [outcome for outcome in outcomes if outcome.kind is Kind.DEFERRED]
    # Each such message reaches somebody, so they come to an end.
    reached = any(outcome.kind is Kind.ACCEPTED for outcome in outcomes)
    return reached and bool(waiting) and all(map(exceeds_recipients, waiting))


def _next_time(delivery: Delivery, outcomes: Mapping[int, Outcome], judging: Judging) -> float | None:
    return next_time(
        attempt=delivery.attempts + 1,
        first_attempt_at=delivery.first_attempt_at if delivery.first_attempt_at is not None else judging.now,
        now=judging.now,
        options=judging.retry,
        chance=judging.chance,
        hint=max((one.wait_seconds or 0.0 for one in outcomes.values()), default=0.0) or None,
    )


def _waits(outcome: Outcome) -> Outcome:
    """What would leave a whole letter untried lets a copy wait, for the letter goes to the others."""
    return outcome._replace(kind=Kind.DEFERRED) if outcome.kind is Kind.UNTRIED else outcome


def _judged(recipient: RecipientState, outcome: Outcome | None, *, give_up: bool) -> RecipientState:
    """The recipient after this attempt; one that would wait longer than we try has failed."""
    if outcome is None:
        return recipient
    state = _STATES[outcome.kind]
    if state is State.DEFERRED and give_up:
        state = State.FAILED
    reply = outcome.answer if isinstance(outcome.answer, Reply) else recipient.reply
    return recipient._replace(state=state, reply=reply)


def _gave_up(outcome: Outcome) -> Outcome:
    if outcome.kind is not Kind.DEFERRED:
        return outcome
    return outcome._replace(kind=Kind.FAILED, reason=f"given up after waiting: {outcome.reason}")


def _in_its_own_words(outcome: Outcome, own: Answer | None, data: Answer | None) -> Outcome:
    """The outcome with the relay's answer to this recipient, where what was said to another decided it."""
    if isinstance(own, Reply) and (data is None or not own.accepted):
        return outcome._replace(answer=own)
    return outcome


def _deciding(verdict: EnvelopeVerdict) -> Outcome:
    """The outcome that decided the delivery: the one that concerns most."""
    deciding = widest(_without_none(verdict.outcomes))
    if deciding is None:
        raise AssertionError("an envelope that was not taken has an outcome for every recipient")
    return deciding


def _without_none(outcomes: Sequence[Outcome | None]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome is not None]
