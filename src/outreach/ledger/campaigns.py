"""Campaigns: what the ledger knows of each, what it was sealed with, and its balance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256

import apsw

from outreach.ledger.campaign_values import Balance, Bundle, CampaignRecord, EarlierText, SourceFile
from outreach.ledger.queries import fetch_row, fetch_rows, sql
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


def find_campaign_by_id(db: apsw.Connection, campaign_id: str) -> CampaignRecord | None:
    """The campaign of this id."""
    row = fetch_row(db, "find_campaign_by_id", {"id": campaign_id})
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
    return Bundle(row[0], files, row[1], row[2])


def load_earlier_texts(db: apsw.Connection, campaign_id: str) -> dict[int, EarlierText]:
    """What the campaign was sealed with before it was amended, by the number that deliveries bear."""
    with snapshot(db):
        texts = fetch_rows(db, "earlier_texts", {"id": campaign_id})
        files: dict[int, list[SourceFile]] = {}
        for number, path, content in db.execute(sql("earlier_files"), {"id": campaign_id}):
            files.setdefault(number, []).append(SourceFile(path, content))
    return {
        number: EarlierText(Bundle(settings, tuple(files.get(number, ())), text_digest), date)
        for number, settings, text_digest, date in texts
    }


def find_last_record(db: apsw.Connection) -> int:
    """The number of the journal's last record."""
    return int(fetch_row(db, "last_record")[0])


def find_last_run(db: apsw.Connection, account: str) -> float | None:
    """When a run through this relay account last began."""
    (began,) = fetch_row(db, "last_run", {"account": account})
    return None if began is None else float(began)


def keep_earlier_text(db: apsw.Connection, campaign: int, *, at: float) -> None:
    """Keep what the campaign is sealed with now, and let every letter that left go on pointing to it."""
    db.execute(sql("keep_text"), (campaign, at))
    db.execute(sql("keep_text_files"), {"campaign": campaign})
    db.execute(sql("point_to_kept_text"), {"campaign": campaign})


def store_files(db: apsw.Connection, campaign: int, bundle: Bundle) -> None:
    """Keep the files of a bundle, in place of those that the campaign had."""
    db.execute(sql("drop_campaign_files"), (campaign,))
    _keep(db, campaign, bundle.files)


def is_other_content(db: apsw.Connection, campaign: int, bundle: Bundle) -> bool:
    """Whether the bundle has another text than the campaign is sealed with, or other content for one of its files."""
    (text_digest,) = fetch_row(db, "text_digest", (campaign,))
    kept = dict(fetch_rows(db, "file_digests", (campaign,)))
    return bool(text_digest != bundle.text_digest) or any(
        file.path in kept and kept[file.path] != sha256(file.content).digest() for file in bundle.files
    )


def add_files(db: apsw.Connection, campaign: int, bundle: Bundle) -> None:
    """Keep those files of a bundle that the campaign does not have yet: attachments of rows that are new."""
    known = {path for (path,) in db.execute(sql("paths_of_campaign"), (campaign,))}
    _keep(db, campaign, (file for file in bundle.files if file.path not in known))


def _keep(db: apsw.Connection, campaign: int, files: Iterable[SourceFile]) -> None:
    for file in files:
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


def _record(row: tuple[str, str, float, str, str, str, int, str, float | None]) -> CampaignRecord:
    return CampaignRecord(*row[:6], paused=bool(row[6]), folder=row[7], not_before=row[8])
