"""Writes every message of a checked campaign as a file, for eyes and other programs."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from outreach.composing.composer import UNPLANNED, Composer
from outreach.contacts.reader import read_contacts
from outreach.errors import SettingsError
from outreach.model import Contact
from outreach.sending.parts import SendParts
from outreach.sending.prepare import Prepared

_UNSAFE = re.compile(r"[^\w@.+-]")


def write_messages(parts: SendParts, prepared: Prepared, folder: Path) -> int:
    """One .eml for each letter that would go, named by row and address; returns how many."""
    record = prepared.record
    composer = Composer(
        prepared.checked.sealed,
        date=datetime.date.fromisoformat(prepared.date),
        campaign_id=record.id if record is not None else UNPLANNED,
        keys=parts.source.keys,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = 0
        for contact in read_contacts(parts.source.folder, parts.source.contacts):
            if isinstance(contact, Contact):
                message = composer.message(contact, date=parts.clock.now())
                (folder / file_name(contact)).write_bytes(message.content)
                written += 1
    except OSError as error:
        raise SettingsError(f"{folder}: {error.strerror}", "Name a folder that can be written with --eml.") from error
    return written


def file_name(contact: Contact) -> str:
    """00017-minister@gov.example.eml; nothing in an address can lead out of the folder."""
    return f"{contact.row:05}-{_UNSAFE.sub('_', contact.to[0].address)[:100]}.eml"
