"""One line for each delivery or attempt, as JSON Lines or CSV."""

from __future__ import annotations

import datetime
from typing import Any

from outreach.ledger.record_values import LogEntry
from outreach.model import RecipientState

COLUMNS = (
    "address",
    "name",
    "row",
    "campaign",
    "state",
    "attempts",
    "relay",
    "stage",
    "code",
    "enhanced",
    "reply",
    "reason",
    "message_id",
    "updated_at",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def log_json(entry: LogEntry) -> dict[str, Any]:
    """The entry under the names of the contract."""
    shown: dict[str, Any] = {name: getattr(entry, name) for name in COLUMNS}
    shown["updated_at"] = iso_time(entry.updated_at)
    shown["recipients"] = [recipient_json(recipient) for recipient in entry.recipients]
    return shown


def recipient_json(recipient: RecipientState) -> dict[str, Any]:
    """A recipient, where it stands, and what the relay said to it."""
    reply = recipient.reply
    return {
        "role": recipient.role.value,
        "address": recipient.mailbox.address,
        "state": recipient.state.value,
        "code": reply.code if reply else None,
        "enhanced": reply.enhanced if reply else "",
        "reply": reply.text if reply else "",
    }


def log_row(entry: LogEntry) -> list[str]:
    """The entry as cells of a CSV file; what a spreadsheet would take for a formula is marked as text."""
    cells = {**log_json(entry), "recipients": ""}
    return [_as_text("" if cells[name] is None else str(cells[name])) for name in COLUMNS]


def _as_text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def iso_time(seconds: float | None) -> str | None:
    """ISO 8601 in UTC, to the second; None for None."""
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")
