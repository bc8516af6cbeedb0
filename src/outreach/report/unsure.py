"""What is unsure, as JSON."""

from __future__ import annotations

from typing import Any

from outreach.ledger.record_values import Past, Undecided
from outreach.report.delivery_log import iso_time, recipient_json


def unsure_json(one: Undecided) -> dict[str, Any]:
    """The letter, whom it names, and what the journal tells of it before."""
    return {
        "address": one.address,
        "name": one.name,
        "row": one.row,
        "attempts": one.attempts,
        "left_at": iso_time(one.at),
        "relay": one.relay,
        "message_id": one.message_id,
        "reason": one.reason,
        "recipients": [recipient_json(recipient) for recipient in one.recipients],
        "before": [_past_json(past) for past in one.past],
    }


def _past_json(past: Past) -> dict[str, Any]:
    return {
        "at": iso_time(past.at),
        "what": past.what,
        "attempt": past.attempt,
        "who": past.who,
        "relay": past.relay,
        "stage": past.stage,
        "code": past.code,
        "enhanced": past.enhanced,
        "reply": past.reply,
        "reason": past.reason,
        "recipients": [recipient_json(recipient) for recipient in past.recipients],
    }
