"""What was checked and planned before, and has not changed since, is not read or checked again.

A check depends on the list, the letter, its tables and settings, and a plan on the suppression list and on other
campaigns too. A plan that found nothing to say leaves in the ledger a digest of the former and what it came to. Where
that is so still, the deliveries are as the ledger has them. It is kept to campaigns whose rows have no copies, no files
of their own and no images; these are read anew, as is everything where there is any doubt.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from outreach.composing.sealed import Sealed
from outreach.contacts.formats import split_sheet
from outreach.errors import OutreachError
from outreach.ledger.interface import Ledger
from outreach.ledger.values import CampaignRecord, CheckedBefore, PlanChanges
from outreach.model import State
from outreach.preflight.check import Checked
from outreach.preflight.examine import CheckRequest
from outreach.preflight.finding import Findings
from outreach.preflight.sources import FolderFiles, read_sources
from outreach.sending.options import SendRequest


@dataclass(frozen=True, slots=True)
class _Noted:
    """What the ledger keeps of a check."""

    key: str
    rows: int
    largest_bytes: int
    subject: str
    one_subject: bool
    reserved: int
    prints_date: bool


async def find_unchanged(
    check: CheckRequest, request: SendRequest, record: CampaignRecord | None, ledger: Ledger, *, due_by: float
) -> tuple[Checked, PlanChanges] | None:
    """What check and comparison would come to; None where they must be made."""
    if record is None or _asks_for_more(request):
        return None
    before = await ledger.checked_before(record.id, due_by=due_by)
    if not before.checked or before.shared or before.counts[State.CANCELLED]:
        return None
    noted = _Noted(**json.loads(before.checked))
    sealed = read_sources(check.source, FolderFiles(check.source.folder))
    if noted.key != await _key(check, sealed, ledger):
        return None
    if noted.prints_date:
        sealed = replace(sealed, date=check.date.isoformat())
    return (_checked(noted, sealed), _changes(record, before)) if sealed.text_digest == record.text_digest else None


def _asks_for_more(request: SendRequest) -> bool:
    """Whether the flags ask for what only a look at the list can tell, or for a plan that is another."""
    plain = replace(request, amend=False, new_ledger=False, moved=False, skip_bad_rows=False, plan_only=False)
    return request != replace(plain, only=(), limit=None)


async def key_of(check: CheckRequest, ledger: Ledger) -> str:
    """What changes when check or plan might come to anything else; empty where that can't be told."""
    try:
        return await _key(check, read_sources(check.source, FolderFiles(check.source.folder)), ledger)
    except OutreachError:
        return ""  # the check will say what is wrong


async def note_checked(check: CheckRequest, key: str, checked: Checked, record: CampaignRecord, ledger: Ledger) -> None:
    """Keep what a check came to that the campaign was just planned with, `key` being from before it."""
    if not _can_be_kept(checked) or not key or key != await key_of(check, ledger):
        return
    noted = _Noted(
        key,
        rows=checked.rows,
        largest_bytes=checked.largest_bytes,
        subject=checked.subject,
        one_subject=checked.one_subject,
        reserved=checked.reserved,
        prints_date=bool(checked.sealed.date) and check.source.campaign.date is None,
    )
    await ledger.note_checked(record.id, json.dumps(asdict(noted)))


def _can_be_kept(checked: Checked) -> bool:
    sealed = checked.sealed
    only_text = set(sealed.shared_files) == {
        *sealed.attachments,
        *(p for p in sealed.shared_files if _is_letter(p, sealed)),
    }
    return not (checked.findings.listed or checked.bad_rows or checked.repeated or checked.copies) and (
        only_text and not sealed.own_files and checked.most_recipients == 1
    )


def _is_letter(path: str, sealed: Sealed) -> bool:
    """Whether a file is the letter, one of its languages, or the text beside it: they lie together."""
    return Path(path).parent == Path(sealed.letter).parent and Path(path).suffix in (".md", ".txt", ".html")


async def _key(check: CheckRequest, sealed: Sealed, ledger: Ledger) -> str:
    """A digest of all that check and plan depend on; empty for a list that can't be read."""
    source = check.source
    settings = (source.campaign, source.contacts, source.tables, source.sender, check.date, check.reserved_allowed)
    others = (source.version, check.on_loopback, sealed.text_digest, await ledger.suppressions_mark())
    digest = hashlib.sha256(repr((settings, others)).encode())
    try:
        with (source.folder / split_sheet(source.contacts.file)[0]).open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()


def _checked(noted: _Noted, sealed: Sealed) -> Checked:
    return Checked(
        sealed,
        Findings(),
        rows=noted.rows,
        bad_rows=0,
        copies=0,
        largest_bytes=noted.largest_bytes,
        most_recipients=1,
        subject=noted.subject,
        one_subject=noted.one_subject,
        missing_only=(),
        reserved=noted.reserved,
    )


def _changes(record: CampaignRecord, before: CheckedBefore) -> PlanChanges:
    return PlanChanges(
        total=sum(before.counts.values()),
        new=0,
        returning=0,
        vanished=0,
        changed=0,
        suppressed=before.counts[State.SUPPRESSED],
        counts=before.counts,
        outstanding=before.due,
        outstanding_cc=0,
        outstanding_bcc=0,
        rows_digest=record.rows_digest,
    )
