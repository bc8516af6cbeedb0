"""Planning: what the roster would change in the ledger, and making it so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import apsw

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.errors import UnsafeError
from outreach.ledger.campaign_values import CampaignRecord, ChangedRow, PlanChanges, PlanRequest
from outreach.ledger.campaigns import add_files, find_campaign, is_other_content, keep_earlier_text, store_files
from outreach.ledger.decisions import choose, move_chosen
from outreach.ledger.encoding import contact_from_json
from outreach.ledger.hashed import find_listed
from outreach.ledger.journal import Chain, RecordKind, to_json
from outreach.ledger.queries import fetch_row, fetch_rows, sql
from outreach.ledger.suppressions import add_suppressions, suppress_listed
from outreach.ledger.transaction import Transaction
from outreach.ledger.unchanged import keep_check, plan_body
from outreach.model import OPEN_STATES, State

_EXAMPLES = 10
_MANY = 5000  # new rows; for fewer, nothing is gained by sorting them at once
_RETURNING = (State.CANCELLED, State.SUPPRESSED)


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows, or deliveries without a row, that planning treats alike."""

    before: State | None  # None for a new row
    has_left: bool
    differs: bool
    listed: bool  # a To is on the suppression list
    vanished: bool
    count: int
    wanted: int  # of these, the ones that `only` names
    cc: int  # of the wanted that would be sent
    bcc: int

    @property
    def after(self) -> State:
        """Where planning leaves them."""
        if self.before is None or (not self.vanished and self.before in _RETURNING):
            return State.SUPPRESSED if self.listed else State.PLANNED
        if self.before not in OPEN_STATES or self.has_left:
            return self.before
        if self.vanished:
            return State.CANCELLED
        return State.SUPPRESSED if self.listed else self.before


def compare_roster(
    db: apsw.Connection, name: str, only: Sequence[str], rows_digest: str, *, due_by: float
) -> PlanChanges:
    """What planning the roster as this campaign would change."""
    row = fetch_row(db, "campaign_number_by_name", {"name": name})
    campaign = {"campaign": row[0] if row else None}
    groups = _group(db, {**campaign, "only": to_json(list(only)) if only else None, "due_by": due_by})
    counts = Counter(dict.fromkeys(State, 0))
    for group in groups:
        counts[group.after] += group.count
    rows = [group for group in groups if not group.vanished]
    vanished = [group for group in groups if group.vanished]
    changed = [group for group in rows if group.before and group.differs]
    open_changes = sum(group.count for group in changed if not group.has_left)
    open_after = [group for group in groups if group.after in OPEN_STATES]
    return PlanChanges(
        total=counts.total(),
        new=sum(group.count for group in rows if group.before is None),
        returning=sum(group.count for group in rows if group.before is State.CANCELLED),
        vanished=sum(group.count for group in vanished if group.after is not group.before),
        changed=open_changes,
        suppressed=sum(group.count for group in rows if group.after is State.SUPPRESSED),
        counts=dict(counts),
        outstanding=sum(group.wanted for group in open_after),
        outstanding_cc=sum(group.cc for group in open_after),
        outstanding_bcc=sum(group.bcc for group in open_after),
        rows_digest=rows_digest,
        changed_examples=find_changed(db, campaign["campaign"], limit=_EXAMPLES) if open_changes else (),
    )


def find_changed(db: apsw.Connection, campaign: int | None, *, limit: int) -> tuple[ChangedRow, ...]:
    """The first rows that differ from the plan and whose letters have not left, with what differs."""
    found = db.execute(sql("changed_examples"), {"campaign": campaign, "limit": limit})
    return tuple(ChangedRow(row, address, _differing(planned, now)) for row, address, planned, now in found)


def _differing(planned: str, now: str) -> tuple[tuple[str, str, str], ...]:
    """The columns of two contacts, as JSON, that are not the same."""
    before, after = (contact_from_json(text, row=0).fields for text in (planned, now))
    names = dict.fromkeys((*before, *after))
    return tuple(
        (name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    )


def _group(db: apsw.Connection, parameters: dict[str, int | float | str | None]) -> list[_Group]:
    groups = []
    for query, vanished in (("group_rows", False), ("group_vanished", True)):
        for before, has_left, differs, listed, *numbers in db.execute(sql(query), parameters):
            state = None if before is None else State(before)
            groups.append(_Group(state, bool(has_left), bool(differs), bool(listed), vanished, *numbers))
    return groups


def plan_roster(tx: Transaction, request: PlanRequest, rows_digest: str, *, hashed: int) -> CampaignRecord:
    """Plan the roster as the request says. UnsafeError for changes that it does not allow.

    `hashed` is the revision of the hashed suppression lists that its rows were compared with.
    """
    (repeated,) = fetch_row(tx.db, "count_repeated_ids")
    if repeated:
        raise UnsafeError(
            f"the list holds {repeated} rows whose id or address an earlier row has",
            'Remove the repeated rows, or set duplicates = "first" to keep the first of each.',
        )
    add_suppressions(tx, find_listed(tx.db, after=hashed))
    campaign, known = _seal(tx, request, rows_digest)
    tx.db.execute(sql("note_not_before"), (campaign, request.not_before))
    chain = tx.open_chain(campaign, who=request.who, at=request.now)
    if known:
        _match_rows(tx, chain, campaign, request)
    new = _insert_rows(tx, campaign, request.slice_size)
    place = {"campaign": campaign}
    tx.db.execute(sql("restore_copies"), place)
    suppress_listed(tx, chain, "listed_of_campaign", place, at=request.now)
    body = plan_body(request, rows_digest, new=new)
    tx.record(chain, RecordKind.DECISION, at=request.now, campaign=campaign, body=body)
    keep_check(tx, campaign, request.check)
    record = find_campaign(tx.db, request.name)
    if record is None:
        raise LookupError(request.name)
    if crashpoints.hook:
        crashpoints.hook(CrashPoint.PLANNING)
    return record


def _seal(tx: Transaction, request: PlanRequest, rows_digest: str) -> tuple[int, bool]:
    """Find or make the campaign, bound to the text; returns its number and whether it was known."""
    bundle = request.bundle
    row = fetch_row(tx.db, "campaign_number_by_name", {"name": request.name})
    if row is None:
        if not request.new_id:
            raise ValueError("a campaign that the ledger does not know needs an id")
        columns = (request.new_id, request.name, request.now, bundle.settings, bundle.text_digest, rows_digest)
        more = (request.date, request.folder, bundle.letter_digest, int(request.rehearsal))
        tx.db.execute(sql("add_campaign"), (*columns, *more))
        number = tx.db.last_insert_rowid()
        store_files(tx.db, number, bundle)
        return number, False
    number, text_digest = int(row[0]), str(row[1])
    if not request.amend:
        _refuse_changes(tx, request, number, text_digest)
        tx.db.execute(sql("note_plan"), (number, rows_digest, request.folder, bundle.letter_digest))
        add_files(tx.db, number, bundle)
    else:
        if is_other_content(tx.db, number, bundle):
            keep_earlier_text(tx.db, number, at=request.now)
        amended = (number, bundle.settings, bundle.text_digest, rows_digest, request.date)
        tx.db.execute(sql("amend_campaign"), (*amended, request.folder, bundle.letter_digest))
        store_files(tx.db, number, bundle)
    return number, True


def _refuse_changes(tx: Transaction, request: PlanRequest, campaign: int, text_digest: str) -> None:
    if text_digest != request.bundle.text_digest:
        raise UnsafeError(
            f'campaign "{request.name}": the letter, the sender or a table has changed since it was sealed '
            f"(the seal was {text_digest[:8]}, now it would be {request.bundle.text_digest[:8]})",
            "Undo the change, let what has not left take the new text with --amend, or give the campaign a new name.",
        )
    changed = find_changed(tx.db, campaign, limit=1)
    if changed:
        raise UnsafeError(
            f'campaign "{request.name}": rows whose letters have not left have changed since they were planned, '
            f"the first in row {changed[0].row} ({changed[0].address})",
            "Undo the changes in the list, or let these rows take their new values with --amend.",
        )


def _match_rows(tx: Transaction, chain: Chain, campaign: int, request: PlanRequest) -> None:
    """Bring deliveries that the ledger knows in line with the roster."""
    place = {"campaign": campaign}
    choose(tx, "choose_vanished", place)
    move_chosen(
        tx,
        chain,
        State.CANCELLED,
        what="plan",
        at=request.now,
        reason="not in the list any more, or its row has an error",
    )
    if request.amend:
        choose(tx, "choose_changed", place)
        _amend_chosen(tx, chain, at=request.now)
    tx.db.execute(sql("renumber_rows"), place)
    choose(tx, "choose_returning", place)
    move_chosen(tx, chain, State.PLANNED, what="plan", at=request.now, reason="")


def _amend_chosen(tx: Transaction, chain: Chain, *, at: float) -> None:
    """Give the chosen deliveries the values of their rows."""
    for campaign, delivery, attempt, digest in tx.db.execute(sql("chosen_digests")):
        tx.record(
            chain,
            RecordKind.DECISION,
            at=at,
            campaign=campaign,
            delivery=delivery,
            attempt=attempt,
            body={"what": "amend"},
            # The digest of a row could be guessed from a list of likely ones, so it counts as personal.
            personal={"contact": digest.hex()},
        )
    for query in ("amend_contacts", "drop_amended_recipients", "amend_deliveries", "add_amended_recipients"):
        tx.db.execute(sql(query))


def _insert_rows(tx: Transaction, campaign: int, slice_size: int) -> int:
    """Plan the rows that are new, cut into slices in row order; returns how many there were."""
    tx.db.execute(sql("forget_new"))
    tx.db.execute(sql("choose_new"), {"campaign": campaign})
    new = tx.db.changes()
    last_delivery, last_slice = fetch_row(tx.db, "last_numbers", {"campaign": campaign})
    parameters = {
        "campaign": campaign,
        "last_delivery": last_delivery,
        "last_slice": last_slice,
        "size": max(1, slice_size),
    }
    tx.db.execute(sql("add_deliveries"), parameters)
    with _sorted_at_once(tx.db, worth=new >= max(_MANY, last_delivery)):
        tx.db.execute(sql("add_contacts"), {"campaign": campaign, "last_delivery": last_delivery})
    tx.db.execute(sql("add_recipients"), {"last_delivery": last_delivery})
    tx.db.execute(sql("add_slices"), parameters)
    return new


@contextmanager
def _sorted_at_once(db: apsw.Connection, *, worth: bool) -> Iterator[None]:
    """Where it is worth it, make the contacts' indexes anew after the block; the transaction holds for them, too.

    A million keys in no order, each put in its place, cost more than all else that planning does.
    """
    indexes = fetch_rows(db, "indexes_of_contacts") if worth else []
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    yield
    for _, made_by in indexes:
        db.execute(made_by)
