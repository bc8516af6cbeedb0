"""Slices: taking one with its due deliveries, giving it back, and when the next is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from outreach.ledger.encoding import contact_from_json
from outreach.ledger.journal import to_json
from outreach.ledger.queries import fetch_row, fetch_rows, sql
from outreach.ledger.recipients import STATES, Standing, recipient_states, reply_of, standings_of
from outreach.ledger.run_values import TakenSlice
from outreach.ledger.suppressions import suppress_listed
from outreach.ledger.transaction import Transaction
from outreach.model import Delivery, RecipientState, Role


class SliceRows(NamedTuple):
    """A slice that was taken, as the database tells it."""

    number: int
    epoch: int
    rows: list[tuple[Any, ...]]  # its due deliveries
    standings: dict[int, list[Standing]]  # of those with several recipients


def take_slice(tx: Transaction, now: float, only: Sequence[str]) -> TakenSlice | None:
    """The next slice that is due and free, with its due deliveries; None where there is none."""
    rows = take_rows(tx, now, only)
    return None if rows is None else taken_slice(rows)


def taken_slice(taken: SliceRows) -> TakenSlice:
    """The slice with its deliveries as values."""
    number, epoch, rows, standings = taken
    return TakenSlice(number, epoch, tuple([_delivery(row, standings.get(row[0]), number, epoch) for row in rows]))


def take_rows(tx: Transaction, now: float, only: Sequence[str]) -> SliceRows | None:
    """The same, its deliveries as they stand in the database: making values of them can be another process' work."""
    parameters = {"campaign": tx.run.campaign, "owner": tx.run.owner, "now": now}
    wanted = to_json(list(only)) if only else None
    while True:
        if wanted is None:
            row = fetch_row(tx.db, "take_slice", parameters)
        else:
            row = fetch_row(tx.db, "take_slice_of", {**parameters, "only": wanted})
        if row is None:
            return None
        number, epoch = row
        place = {"campaign": tx.run.campaign, "slice": number}
        suppress_listed(tx, tx.run_chain, "listed_of_slice", place, at=now)
        rows = fetch_rows(tx.db, "due_deliveries", {**place, "now": now, "only": wanted})
        if rows:
            several = [row[0] for row in rows if row[1] > 1]
            return SliceRows(number, epoch, rows, standings_of(tx.db, several) if several else {})
        # What made it due is gone; given back, it is due later or never, so this ends.
        release_slice(tx, number, epoch)


def release_slice(tx: Transaction, number: int, epoch: int) -> None:
    """Give a slice back, unless somebody else has taken it since."""
    tx.db.execute(sql("release_slice"), (tx.run.campaign, number, epoch, tx.run.owner))
    if tx.db.changes():
        tx.db.execute(sql("refresh_slice"), (tx.run.campaign, number))


def next_due(tx: Transaction, only: Sequence[str]) -> float | None:
    """When the first free slice with an open delivery is due; None when nothing is open."""
    if only:
        parameters = {"campaign": tx.run.campaign, "only": to_json(list(only))}
        row = fetch_row(tx.db, "next_due_of", parameters)
    else:
        row = fetch_row(tx.db, "next_due", {"campaign": tx.run.campaign})
    return None if row is None or row[0] is None else float(row[0])


def _delivery(row: tuple[Any, ...], standings: list[Standing] | None, number: int, epoch: int) -> Delivery:
    (identity, _, state, attempts, attempt, first_attempt_at, date, due_at, earlier_text, *last) = row
    stage, code, enhanced, reply, row_number, contact_json = last
    contact = contact_from_json(contact_json, row=row_number)
    if standings is None:
        only = RecipientState(Role.TO, contact.to[0], STATES[state], reply_of(stage, code, enhanced, reply))
        recipients: tuple[RecipientState, ...] = (only,)
    else:
        recipients = recipient_states(contact, standings)
    return Delivery(
        identity,
        number,
        epoch,
        contact,
        STATES[state],
        recipients,
        attempts,
        attempt,
        first_attempt_at,
        date,
        due_at,
        earlier_text,
    )
