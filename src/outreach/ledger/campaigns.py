"""Campaigns: what the ledger knows of each, what it was sealed with, and its balance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import apsw

from outreach.ledger.queries import fetch_row, sql
from outreach.ledger.values import Balance, Bundle, CampaignRecord, SourceFile
from outreach.model import State


@contextmanager
def snapshot(db: apsw.Connection) -> Iterator[None]:
    """Everything read inside stands at the same moment."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("COMMIT")


def find_campaign(db: apsw.Connection, name: str) -> CampaignRecord | None:
    """The campaign of this name."""
    row = fetch_row(db, "find_campaign", {"name": name})
    return _record(row) if row else None


def list_campaigns(db: apsw.Connection) -> tuple[CampaignRecord, ...]:
    """All campaigns, the latest first."""
    return tuple(_record(row) for row in db.execute(sql("list_campaigns")))


def load_bundle(db: apsw.Connection, campaign_id: str) -> Bundle:
    """What the campaign was sealed with. LookupError for an id that the ledger does not know."""
    row = fetch_row(db, "find_settings", {"id": campaign_id})
    if row is None:
        raise LookupError(f"no campaign has the id {campaign_id}")
    files = tuple(SourceFile(path, content) for path, content in db.execute(sql("campaign_files"), {"id": campaign_id}))
    return Bundle(row[0], files, row[1])


def store_files(db: apsw.Connection, campaign: int, bundle: Bundle) -> None:
    """Keep the files of a bundle, in place of those that the campaign had."""
    db.execute(sql("drop_campaign_files"), (campaign,))
    for file in bundle.files:
        digest = sha256(file.content).digest()
        db.execute(sql("add_content"), (digest, file.content))
        db.execute(sql("add_campaign_file"), (campaign, file.path, digest))


def load_balance(db: apsw.Connection, campaign_id: str) -> Balance:
    """How many deliveries stand where, all counted at the same moment."""
    with snapshot(db):
        row = fetch_row(db, "campaign_number", {"id": campaign_id})
        campaign = {"campaign": row[0] if row else None}
        found = {State(state): int(count) for state, count in db.execute(sql("count_states"), campaign)}
        (refused,) = fetch_row(db, "count_refused_copies", campaign)
        (due,) = fetch_row(db, "first_due", campaign)
    counts = {state: found.get(state, 0) for state in State}
    return Balance(sum(counts.values()), counts, refused, due)


def _record(row: tuple[str, str, float, str, str, str, int]) -> CampaignRecord:
    return CampaignRecord(*row[:-1], paused=bool(row[-1]))
