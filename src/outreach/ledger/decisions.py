"""Decisions: moving many deliveries at once, by a person's word or by the list, each with its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import apsw

from outreach.ledger.encoding import contact_from_json
from outreach.ledger.journal import Chain, RecordKind, to_json
from outreach.ledger.past import pasts_of
from outreach.ledger.queries import fetch_row, fetch_rows, sql
from outreach.ledger.recipients import recipient_states, standings_of
from outreach.ledger.record_values import Decided, Decision, Past, Undecided
from outreach.ledger.transaction import Transaction
from outreach.model import LEGAL_MOVES, State

_SHOWN = 1000


def decide(tx: Transaction, decision: Decision) -> Decided:
    """Move deliveries as a person decided."""
    for state in decision.from_states:
        if decision.to_state not in LEGAL_MOVES[state]:
            raise ValueError(f"{state} to {decision.to_state} is no legal move")
    row = fetch_row(tx.db, "campaign_number", {"id": decision.campaign_id})
    if row is None:
        return Decided(0, (), decision.address_keys)
    choose(
        tx,
        "choose_decided",
        {
            "campaign": row[0],
            "states": to_json(list(decision.from_states)),
            "keys": to_json(list(decision.address_keys)) if decision.address_keys else None,
        },
    )
    addresses = tuple(str(address) for (address,) in tx.db.execute(sql("chosen_addresses"), {"limit": _SHOWN}))
    keys = to_json(list(decision.address_keys))
    unmatched = tuple(str(key) for (key,) in tx.db.execute(sql("unmatched_keys"), {"campaign": row[0], "keys": keys}))
    if not addresses:
        return Decided(0, (), unmatched)
    chain = tx.open_chain(row[0], who=decision.who, at=decision.now)
    moved = move_chosen(tx, chain, decision.to_state, what=decision.what, at=decision.now, reason=decision.reason)
    return Decided(moved, addresses, unmatched)


def choose(tx: Transaction, query: str, parameters: Mapping[str, int | str | None]) -> None:
    """Fill the table of chosen deliveries anew."""
    tx.db.execute(sql("choose_none"))
    tx.db.execute(sql(query), parameters)


def move_chosen(tx: Transaction, chain: Chain, to: State, *, what: str, at: float, reason: str) -> int:
    """Move the chosen deliveries along a legal move, and set the slices right; returns how many there were."""
    parameters = {"state": to.value, "at": at, "reason": reason}
    tx.db.execute(sql("move_chosen_recipients"), {"state": to.value})
    tx.db.execute(sql("aim_chosen"), {"state": to.value})
    if to is State.CANCELLED:
        tx.db.execute(sql("cancel_copies"))
    if to is State.PLANNED:
        tx.db.execute(sql("forget_earlier_text"))
    moved = 0
    for campaign, delivery, attempt, before, after in tx.db.execute(sql("chosen_standings")):
        moved += 1
        tx.record(
            chain,
            RecordKind.DECISION,
            at=at,
            campaign=campaign,
            delivery=delivery,
            attempt=attempt,
            body={"what": what, "from": before, "to": after},
            personal={"reason": reason} if reason else None,
        )
    tx.db.execute(sql("move_chosen"), parameters)
    tx.db.executemany(sql("refresh_slice"), fetch_rows(tx.db, "chosen_slices"))
    return moved


def find_undecided(db: apsw.Connection, campaign_id: str) -> tuple[Undecided, ...]:
    """The deliveries that are unsure, with all that is known."""
    rows = fetch_rows(db, "undecided", {"id": campaign_id})
    contacts = {row[0]: contact_from_json(row[2], row=row[3]) for row in rows}
    several = standings_of(db, list(contacts))
    pasts = pasts_of(db, contacts)
    return tuple(
        Undecided(
            delivery_id=row[0],
            address=row[1],
            name=contacts[row[0]].to[0].name,
            row=row[3],
            attempts=row[4],
            at=row[5],
            relay=row[6],
            message_id=row[7],
            reason=row[8],
            recipients=recipient_states(contacts[row[0]], several.get(row[0]) or [(State.UNSURE, *row[10:])]),
            past=_before(pasts.get(row[0], ()), attempt=row[9]),
        )
        for row in rows
    )


def _before(past: Sequence[Past], *, attempt: int) -> tuple[Past, ...]:
    """All but what made the delivery unsure: the last that was recorded of its last attempt."""
    return tuple(one for one in past if one.who or one.attempt != attempt)
