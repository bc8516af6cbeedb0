"""One letter, composed as sending would, with what preflight finds of it; nothing is sent and nothing written."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from outreach.clock import Clock
from outreach.composing.composer import UNPLANNED, Composer
from outreach.contacts.formats import split_sheet
from outreach.contacts.rows import Row
from outreach.errors import ContentError, Problem
from outreach.ledger.interface import Ledger
from outreach.model import Contact, Message
from outreach.preflight.check import check_campaign
from outreach.preflight.examine import CheckRequest, place
from outreach.preflight.finding import Findings
from outreach.preflight.sources import CampaignFolder, FolderFiles, read_sources
from outreach.sending.find_contact import Standing, find_contact
from outreach.sending.prepare import text_date


@dataclass(frozen=True, slots=True)
class Preview:
    """One letter as bytes, where its contact stands, and what preflight finds of it."""

    message: Message
    standing: Standing
    findings: Findings
    sources: tuple[Path, ...]  # the files that it was made of


async def preview_letter(
    source: CampaignFolder, ledger: Ledger, *, wanted: str, on_loopback: bool, clock: Clock
) -> Preview:
    """The letter of the contact with this address key, id or row, or of the first one.

    UsageError where none or several have it, ContentError where the letter can't be composed.
    """
    record = await ledger.campaign(source.campaign.name)
    files = FolderFiles(source.folder)
    sealed = read_sources(source, files)
    date = text_date(source, record, clock)
    campaign_id = record.id if record else UNPLANNED
    composer = Composer(sealed, date=date, campaign_id=campaign_id, files=files, keys=source.keys)
    standing = find_contact(source, wanted)
    try:
        message = composer.message(standing.contact, date=clock.now())
    except ContentError as error:
        problem = error.problem
        where = place(standing.contact.row, source.contacts)
        raise ContentError(Problem(problem.code, where, problem.message, problem.hint)) from error
    request = CheckRequest(source, date=date, now=clock.now(), reserved_allowed=on_loopback, on_loopback=on_loopback)
    findings = await _find(request, ledger, standing)
    tables = (split_sheet(path)[0] for path in (source.contacts.file, *source.tables.tables.values()))
    return Preview(message, standing, findings, tuple(source.folder / path for path in (*tables, *files.read)))


async def _find(request: CheckRequest, ledger: Ledger, standing: Standing) -> Findings:
    """What preflight finds where the list has this row alone, but for what is of another contact in the row."""
    rows: list[Row | Problem] = [standing.row]
    async with ledger.roster() as roster:
        opened = nullcontext((standing.reader, iter(rows)))
        checked = await check_campaign(request, ledger, roster, opened=opened)
    own = Findings()
    for problem in checked.findings.listed:
        if not problem.address or problem.address in _addresses(standing.contact):
            own.add(problem)
    return own


def _addresses(contact: Contact) -> set[str]:
    return {mailbox.address for _, mailbox in contact.envelope}
