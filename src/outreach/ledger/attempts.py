"""Attempts one by one: a result, or an intent, as one step of a delivery's life."""

from __future__ import annotations

from outreach.ledger.attempt_records import answer_columns, journal_intent, journal_result
from outreach.ledger.journal import RecordKind, to_json
from outreach.ledger.queries import fetch_row, sql
from outreach.ledger.run_values import Intent, Refusal, Result
from outreach.ledger.suppressions import suppress_listed
from outreach.ledger.transaction import Transaction
from outreach.model import LEGAL_MOVES, OPEN_STATES, Kind, State

_UNDER_WAY = (State.SENDING, State.UNSURE)
_NOWHERE = ""
_DECIDED: dict[str, Refusal] = {State.SUPPRESSED: Refusal.SUPPRESSED, State.CANCELLED: Refusal.CANCELLED}


def _states_before(after: State, *, had_intent: bool, untried: bool) -> tuple[str, ...]:
    """The two states from which a result is a legal move; an untried letter may stay where it was."""
    return tuple(
        before.value if after in LEGAL_MOVES[before] or (untried and after is before) else _NOWHERE
        for before in (_UNDER_WAY if had_intent else OPEN_STATES)
    )


# Looked up for every letter, so worked out once.
_STATES_BEFORE = {
    (had_intent, after, untried): _states_before(after, had_intent=had_intent, untried=untried)
    for had_intent in (False, True)
    for after in State
    for untried in (False, True)
}


def record_result(tx: Transaction, result: Result) -> None:
    """Record what became of an attempt; where the delivery has moved on, just that it came late."""
    row = fetch_row(
        tx.db,
        "record_result",
        (tx.run.campaign, tx.run_chain.number, *result_columns(result)),
    )
    if row is None:
        # The delivery has moved on: a person decided meanwhile, or another attempt was made.
        journal_result(tx, result, RecordKind.LATE)
        return
    if row[0] > 1:
        _record_recipients(tx, result)
    if result.state in OPEN_STATES:
        tx.db.execute(sql("wake_slice"), (tx.run.campaign, result.slice, result.due_at))
    journal_result(tx, result, RecordKind.RESULT)


def result_columns(result: Result) -> tuple[int | float | str | None, ...]:
    """What becomes of the delivery's row, and what it must hold before: the parameters of `record_result(s)`."""
    return (
        result.delivery_id,
        result.attempt,
        result.attempt - (not result.had_intent),
        *_STATES_BEFORE[result.had_intent, result.state, result.outcome.kind is Kind.UNTRIED],
        result.state.value,
        int(result.charged),
        result.at,
        result.due_at,
        *answer_columns(result.outcome.answer),
        result.outcome.reason,
    )


def _record_recipients(tx: Transaction, result: Result) -> None:
    tx.db.executemany(
        sql("record_recipient"),
        (
            (result.delivery_id, position, recipient.state, *answer_columns(recipient.reply))
            for position, recipient in enumerate(result.recipients)
        ),
    )


def record_intent(tx: Transaction, intent: Intent) -> Refusal | None:
    """Check and record an intent; None means that it stands."""
    if not tx.budget.allows(intent.units, now=intent.at):
        return Refusal.QUOTA
    # This UPDATE is the last check: what it does not change is not sent.
    row = fetch_row(
        tx.db,
        "record_intent",
        (
            intent.delivery_id,
            tx.run.campaign,
            intent.slice,
            intent.epoch,
            tx.run.owner,
            intent.attempt,
            intent.at,
            intent.date,
            intent.message_id,
            tx.run_chain.number,
            to_json(intent.named),
        ),
    )
    if row is None:
        return _why_refused(tx, intent)
    tx.budget.spend(intent.units, now=intent.at)
    recipients, address_key = row
    addresses = [address_key] if recipients == 1 else _name_recipients(tx, intent)
    journal_intent(tx, intent, addresses)
    return None


def _name_recipients(tx: Transaction, intent: Intent) -> list[str]:
    """Note which of several recipients the body goes to; returns their addresses."""
    parameters = {"delivery": intent.delivery_id, "named": to_json(intent.named)}
    return [str(row[0]) for row in tx.db.execute(sql("name_recipients"), parameters)]


def _why_refused(tx: Transaction, intent: Intent) -> Refusal:
    row = fetch_row(
        tx.db,
        "why_refused",
        (intent.delivery_id, tx.run.campaign, intent.slice, intent.epoch, tx.run.owner, to_json(intent.named)),
    )
    state, attempt, is_ours, paused, listed, copy_left_out, not_before = row or ("", 0, 0, 0, 0, 0, None)
    if state in _DECIDED:
        return _DECIDED[state]
    if not is_ours or attempt != intent.attempt - 1 or state not in OPEN_STATES:
        return Refusal.TAKEN
    if paused:
        return Refusal.PAUSED
    if not_before is not None and not_before > intent.at:
        return Refusal.TOO_EARLY
    if copy_left_out:
        return Refusal.SUPPRESSED  # already noted; taken again, the delivery names the others
    return _suppress(tx, intent) if listed else _cancel_sent_elsewhere(tx, intent)


def _suppress(tx: Transaction, intent: Intent) -> Refusal:
    suppress_listed(tx, tx.run_chain, "listed_of_delivery", {"delivery": intent.delivery_id}, at=intent.at)
    return Refusal.SUPPRESSED


def _cancel_sent_elsewhere(tx: Transaction, intent: Intent) -> Refusal:
    tx.db.execute(sql("cancel_sent_elsewhere"), (intent.delivery_id, intent.at))
    tx.db.execute(sql("refresh_slice"), (tx.run.campaign, intent.slice))
    tx.record(
        tx.run_chain,
        RecordKind.DECISION,
        at=intent.at,
        campaign=tx.run.campaign,
        delivery=intent.delivery_id,
        attempt=intent.attempt - 1,
        body={"what": "sent elsewhere", "to": State.CANCELLED},
    )
    return Refusal.SENT_ELSEWHERE
