"""A campaign that was checked and planned, and is to be sent as it is: no roster is needed to tell what stands."""

from __future__ import annotations

from typing import Any

import apsw

from outreach.ledger.campaign_values import CampaignRecord, CheckNote, PlanChanges, PlanRequest
from outreach.ledger.campaigns import find_campaign, snapshot
from outreach.ledger.journal import RecordKind
from outreach.ledger.queries import fetch_row, sql
from outreach.ledger.transaction import Transaction
from outreach.model import State


def find_check(db: apsw.Connection, campaign_id: str) -> CheckNote | None:
    """What the campaign was checked as when it was last planned; None where that does not hold any more."""
    row = fetch_row(db, "find_check", {"id": campaign_id})
    return CheckNote(*row) if row else None


def keep_check(tx: Transaction, campaign: int, note: CheckNote | None) -> None:
    """Keep the note, in the plan's transaction, where the campaign now is just what the roster holds."""
    tx.db.execute(sql("forget_check"), (campaign,))
    if note is not None and fetch_row(tx.db, "roster_is_planned", {"campaign": campaign})[0]:
        tx.db.execute(sql("keep_check"), (campaign, note.key, note.value))


def compare_unchanged(db: apsw.Connection, name: str, *, due_by: float) -> PlanChanges | None:
    """What planning the list that was planned last would come to; None where it might change something."""
    record = find_campaign(db, name)
    if record is None:
        return None
    with snapshot(db):
        (number,) = fetch_row(db, "campaign_number", {"id": record.id})
        _, _, letter_digest = fetch_row(db, "find_settings", {"id": record.id})
        place = {"campaign": int(number), "letter": str(letter_digest)}
        if not letter_digest or fetch_row(db, "planning_may_change", place)[0]:
            return None
        counts = dict.fromkeys(State, 0)
        counts.update((State(state), int(count)) for state, count in db.execute(sql("count_states"), place))
        due = {**place, "due_by": due_by}
        (deferred,) = fetch_row(db, "count_due", due)
        cc, bcc = fetch_row(db, "outstanding_copies", due)
    return PlanChanges(
        total=sum(counts.values()),
        new=0,
        returning=0,
        vanished=0,
        changed=0,
        suppressed=counts[State.SUPPRESSED],
        counts=counts,
        outstanding=counts[State.PLANNED] + int(deferred),
        outstanding_cc=int(cc),
        outstanding_bcc=int(bcc),
        rows_digest=record.rows_digest,
    )


def plan_body(request: PlanRequest, rows_digest: str, *, new: int) -> dict[str, Any]:
    """What the journal says of a plan."""
    return {
        "what": "plan",
        "new": new,
        "text": request.bundle.text_digest,
        "rows": rows_digest,
        "date": request.date,
        "not_before": request.not_before,
    }


def plan_unchanged(tx: Transaction, request: PlanRequest) -> CampaignRecord:
    """Record that the campaign was confirmed once more, just as it is planned."""
    before = find_campaign(tx.db, request.name)
    if before is None or before.text_digest != request.bundle.text_digest:
        raise LookupError(request.name)
    (campaign,) = fetch_row(tx.db, "campaign_number", {"id": before.id})
    tx.db.execute(sql("note_plan"), (campaign, before.rows_digest, request.folder, request.bundle.letter_digest))
    tx.db.execute(sql("note_not_before"), (campaign, request.not_before))
    chain = tx.open_chain(campaign, who=request.who, at=request.now)
    body = plan_body(request, before.rows_digest, new=0)
    tx.record(chain, RecordKind.DECISION, at=request.now, campaign=campaign, body=body)
    record = find_campaign(tx.db, request.name)
    if record is None:
        raise LookupError(request.name)
    return record
