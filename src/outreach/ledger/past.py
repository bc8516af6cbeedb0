"""The past of a delivery: what the journal tells of its attempts, and of what was decided about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import apsw

from outreach.ledger.journal import RecordKind, to_json
from outreach.ledger.queries import sql
from outreach.ledger.recipients import Standing, recipient_states
from outreach.ledger.record_values import Past
from outreach.model import Contact, RecipientState


def pasts_of(db: apsw.Connection, contacts: Mapping[int, Contact]) -> dict[int, list[Past]]:
    """What became of these deliveries' attempts, and what was decided about them, by time; contacts by delivery."""
    found: dict[int, list[Past]] = {}
    if contacts:
        for delivery, *record in db.execute(sql("pasts_of"), {"deliveries": to_json(list(contacts))}):
            found.setdefault(delivery, []).append(_past(contacts[delivery], tuple(record)))
    return found


def _past(contact: Contact, record: tuple[Any, ...]) -> Past:
    kind, at, attempt, who, account, body_json, private = record
    body: dict[str, Any] = json.loads(body_json)
    personal: dict[str, Any] = json.loads(private) if private else {}
    decided = kind == RecordKind.DECISION
    return Past(
        at=at,
        what=body.get("what", "") if decided else body["kind"],
        attempt=attempt,
        who=who if decided else "",
        relay="" if decided else account,
        stage=body.get("stage", ""),
        code=body.get("code"),
        enhanced=body.get("enhanced", ""),
        reply=personal.get("reply", ""),
        reason=personal.get("reason", ""),
        recipients=() if decided else journalled_recipients(contact, body, personal),
    )


def journalled_recipients(
    contact: Contact,
    body: dict[str, Any],
    personal: dict[str, Any],
) -> tuple[RecipientState, ...]:
    """What the attempt brought each recipient; nothing where the record doesn't say, or the row was amended since."""
    texts = personal.get("recipients", [""] * len(body.get("recipients", ())))
    standings: list[Standing] = [
        (*columns, text) for columns, text in zip(body.get("recipients", ()), texts, strict=True)
    ]
    if "recipients" not in body:
        reply = body.get("stage", ""), body.get("code"), body.get("enhanced", ""), personal.get("reply", "")
        standings = [(body["state"], *reply)]
    return recipient_states(contact, standings) if len(standings) == len(contact.envelope) else ()
