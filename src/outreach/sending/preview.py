"""One letter, composed as sending would."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.clock import Clock
from outreach.composing.composer import UNPLANNED, Composer
from outreach.contacts.reader import read_contacts
from outreach.errors import ContentError, Problem, UsageError
from outreach.ledger.interface import Ledger
from outreach.model import Contact, Letter, Mailbox, Message, Role
from outreach.preflight.examine import place
from outreach.preflight.sources import CampaignFolder, FolderFiles, read_sources
from outreach.sending.prepare import text_date


@dataclass(frozen=True, slots=True)
class Preview:
    """One letter with its message."""

    headers: tuple[tuple[str, str], ...]  # decoded, in the order shown
    letter: Letter
    message: Message


async def preview_letter(source: CampaignFolder, ledger: Ledger, *, key: str, clock: Clock) -> Preview:
    """The letter of the contact with this address key, or of the first row."""
    record = await ledger.campaign(source.campaign.name)
    files = FolderFiles(source.folder)
    sealed = read_sources(source, files)
    composer = Composer(
        sealed,
        date=text_date(source, record, clock),
        campaign_id=record.id if record else UNPLANNED,
        files=files,
        keys=source.keys,
    )
    contact = _find(source, key)
    try:
        letter = composer.letter(contact)
        message = composer.compose(letter, contact, date=clock.now())
    except ContentError as error:
        raise ContentError(
            Problem(error.problem.code, place(contact.row, source.contacts), error.problem.message, error.problem.hint)
        ) from error
    return Preview(_headers(sealed.sender.from_, letter, message), letter, message)


def _find(source: CampaignFolder, key: str) -> Contact:
    for row in read_contacts(source.folder, source.contacts):
        if isinstance(row, Problem):
            if not key:
                raise ContentError(row)
        elif not key or key in {mailbox.key for mailbox in row.to}:
            return row
    if key:
        raise UsageError(f"{key}: no such address in {source.contacts.file}", "Look it up in the list.")
    raise ContentError(Problem("E19", source.contacts.file, "no contacts", "Put at least one row below the header."))


def _headers(sender: Mailbox, letter: Letter, message: Message) -> tuple[tuple[str, str], ...]:
    shown = [("From", _named(sender))]
    for role, label in ((Role.TO, "To"), (Role.CC, "Cc"), (Role.BCC, "Bcc")):
        mailboxes = [recipient.mailbox for recipient in message.recipients if recipient.role is role]
        if mailboxes:
            shown.append((label, ", ".join(_named(mailbox) for mailbox in mailboxes)))
    return (*shown, ("Subject", letter.subject))


def _named(mailbox: Mailbox) -> str:
    return f"{mailbox.name} <{mailbox.address}>" if mailbox.name else mailbox.address
