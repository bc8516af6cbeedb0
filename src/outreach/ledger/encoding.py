"""Contacts as JSON, exactly there and back, and the digest that tells whether one has changed."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from outreach.ledger.campaign_values import RosterRow
from outreach.ledger.journal import to_json
from outreach.model import Contact, Mailbox

# What `to_json` wrote has no white space around it, which json.loads would look for.
_from_json = json.JSONDecoder().raw_decode


def contact_to_json(contact: Contact) -> str:
    """The contact without its row, which moves when others come and go. The order of its fields does not count."""
    return to_json(
        {
            "key": contact.key,
            "to": [_mailbox_parts(mailbox) for mailbox in contact.to],
            "cc": [_mailbox_parts(mailbox) for mailbox in contact.cc],
            "bcc": [_mailbox_parts(mailbox) for mailbox in contact.bcc],
            "lang": contact.lang,
            "attachments": contact.attachments,
            "fields": dict(contact.fields),
        },
    )


def contact_from_json(text: str, *, row: int) -> Contact:
    """The contact that `contact_to_json` wrote."""
    parts: dict[str, Any] = _from_json(text)[0]
    return Contact(
        parts["key"],
        row,
        _mailboxes(parts["to"]),
        _mailboxes(parts["cc"]),
        _mailboxes(parts["bcc"]),
        parts["lang"],
        tuple(parts["attachments"]),
        parts["fields"],
    )


def digest_contact(text: str) -> bytes:
    """What changes when the contact, as JSON, does."""
    return sha256(text.encode()).digest()


def roster_row(contact: Contact) -> RosterRow:
    """The contact as a roster takes it in; can be made in another process."""
    recipients = tuple([(role.value, mailbox.key, mailbox.address) for role, mailbox in contact.envelope])
    return RosterRow(contact.row, contact.key, contact_to_json(contact), recipients)


def _mailbox_parts(mailbox: Mailbox) -> tuple[str, str, str]:
    return mailbox.name, mailbox.address, mailbox.wire


def _mailboxes(parts: list[list[str]]) -> tuple[Mailbox, ...]:
    return tuple([Mailbox(*mailbox) for mailbox in parts]) if parts else ()
