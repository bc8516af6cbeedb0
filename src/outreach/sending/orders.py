"""Composing in a process beside: what travels there and back, as plain tuples, and what is done there."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from outreach.composing.composer import Composer
from outreach.composing.keys import Keys
from outreach.composing.sealed import unpack
from outreach.errors import ContentError
from outreach.message.compose import content_digest
from outreach.model import Contact, Mailbox, Message
from outreach.smtp import commands

Order = tuple[Any, ...]  # a contact's fields, mailboxes as triples, and the date of its message
Made = tuple[bytes, str, str, bool, str, bytes | None]  # the last: the content stuffed, where that differs


class Composed(NamedTuple):
    """A message, ready to be offered."""

    message: Message
    date: float  # what its Date header says
    digest: str  # SHA-256 over its bytes but the signatures, in hex


def digested(message: Message, date: float) -> Composed:
    """A message that was composed in this process."""
    return Composed(message, date, content_digest(message))


def order(contact: Contact, date: float) -> Order:
    """What another process needs to compose this contact's message."""
    to, cc, bcc = _triples(contact.to), _triples(contact.cc), _triples(contact.bcc)
    return contact.key, contact.row, to, cc, bcc, contact.lang, contact.attachments, dict(contact.fields), date


def received(made: Made, contact: Contact, date: float) -> Composed:
    """What another process has made of the order."""
    content, message_id, envelope_from, needs_smtputf8, digest, stuffed = made
    stuffed = content if stuffed is None else stuffed
    return Composed(
        Message(content, message_id, envelope_from, contact.envelope, needs_smtputf8, stuffed), date, digest
    )


Setup = tuple[str, Mapping[str, bytes], str, str, Keys]  # settings and files as sealed, date, campaign's id


def setup(argument: Setup) -> Callable[[Sequence[Order]], list[Made | None]]:
    """What composes orders in the other process. The keys come over the socket, so that all sign with the same.

    None stands for a letter that can't be composed: whoever ordered it finds out why by trying again.
    """
    settings, files, date, campaign_id, keys = argument
    composer = Composer(
        unpack(settings, files), date=datetime.date.fromisoformat(date), campaign_id=campaign_id, keys=keys
    )
    return lambda orders: [_make(composer, one) for one in orders]


def _make(composer: Composer, one: Order) -> Made | None:
    key, row, to, cc, bcc, lang, attachments, fields, date = one
    contact = Contact(key, row, _mailboxes(to), _mailboxes(cc), _mailboxes(bcc), lang, attachments, fields)
    try:
        message = composer.message(contact, date=date)
    except ContentError:
        return None
    stuffed = commands.stuffed(message)
    return (
        message.content,
        message.message_id,
        message.envelope_from,
        message.needs_smtputf8,
        content_digest(message),
        None if stuffed is message.content else stuffed,
    )


def _mailboxes(triples: Sequence[tuple[str, str, str]]) -> tuple[Mailbox, ...]:
    return tuple([Mailbox(*triple) for triple in triples]) if triples else ()


def _triples(mailboxes: Sequence[Mailbox]) -> tuple[tuple[str, str, str], ...]:
    return tuple([(mailbox.name, mailbox.address, mailbox.wire) for mailbox in mailboxes])
