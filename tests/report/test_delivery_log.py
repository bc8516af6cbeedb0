"""The log as JSON and as CSV."""

from __future__ import annotations

from outreach.ledger.record_values import LogEntry
from outreach.model import Mailbox, RecipientState, Reply, Role, Stage, State
from outreach.report.delivery_log import COLUMNS, log_json, log_row

ENTRY = LogEntry(
    campaign="spring",
    address="a@b.example",
    name="=HYPERLINK(1)",
    row=2,
    state="accepted",
    attempts=1,
    relay="u@h:25",
    stage="dot",
    code=250,
    enhanced="2.0.0",
    reply="-ok",
    reason="accepted by the relay",
    message_id="<x@y>",
    updated_at=1_697_446_800.4,
    recipients=(
        RecipientState(Role.TO, Mailbox("", "a@b.example", "a@b.example"), State.ACCEPTED),
        RecipientState(
            Role.CC,
            Mailbox("", "c@b.example", "c@b.example"),
            State.FAILED,
            Reply(Stage.RCPT, 550, "5.1.1", "no such user"),
        ),
    ),
)


def test_json_has_the_names_of_the_contract() -> None:
    """Every field, the time in ISO 8601, each recipient with its own reply."""
    shown = log_json(ENTRY)

    assert list(shown) == [*COLUMNS, "recipients"]
    assert shown["updated_at"] == "2023-10-16T09:00:00+00:00"
    assert shown["recipients"][1] == {
        "role": "cc",
        "address": "c@b.example",
        "state": "failed",
        "code": 550,
        "enhanced": "5.1.1",
        "reply": "no such user",
    }


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    """Cells that begin like a formula are marked as text."""
    row = dict(zip(COLUMNS, log_row(ENTRY), strict=True))

    assert row["name"] == "'=HYPERLINK(1)"
    assert row["reply"] == "'-ok"
    assert row["address"] == "a@b.example"
