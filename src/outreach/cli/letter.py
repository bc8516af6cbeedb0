"""Prints one letter as a mail client shows it, read from the bytes of its message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.cli.findings import print_findings
from outreach.cli.terminal import data, print_fields, say, talk
from outreach.message.first_words import first_words
from outreach.message.legible import legible
from outreach.message.opened import open_message
from outreach.report.preview_page import envelope, sender_shown, size_words
from outreach.report.summary import bytes_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from outreach.message.opened import OpenedMessage
    from outreach.model import Mailbox
    from outreach.sending.preview import Preview

_PHONE = 40  # columns that a phone has room for in its list of mails
_LONGEST = 1000  # characters of a header; who reads it to its end looks into the page


def print_letter(shown: Preview, *, file: str) -> None:
    """Headers and text to stdout, what else is to be said below; `file` is the list."""
    console = data()
    opened = open_message(shown.message.content)
    for label, value in _headers(opened):
        cut = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}… ({len(value)} characters)"
        say(console, cut, before=(f"{label}: ", "bold"), escape=legible)
    say(console)
    if opened.text is None:
        say(console, "This letter has no text part; --html FILE shows the other.")
    else:
        for line in opened.text.rstrip("\n").split("\n"):
            say(console, line, escape=legible)
    say(console)
    print_fields(console, _fields(shown, opened, file=file), escape=legible)
    print_findings(console, shown.findings)
    say(talk(), ("--html FILE writes it for your browser, --eml FILE for a mail program.", "dim"))


def _headers(opened: OpenedMessage) -> Iterator[tuple[str, str]]:
    yield "From", _named(opened.from_)
    yield "To", _named(opened.to)
    if opened.cc:
        yield "Cc", _named(opened.cc)
    if opened.reply_to:
        yield "Reply-To", _named(opened.reply_to)
    yield "Subject", opened.subject
    yield "Date", f"{opened.date.astimezone():%Y-%m-%d %H:%M}, if it left now" if opened.date else "none"


def _fields(shown: Preview, opened: OpenedMessage, *, file: str) -> Iterator[tuple[str, str]]:
    for number, attached in enumerate(opened.attachments):
        about = f"{attached.name} ({attached.media_type}, {bytes_words(len(attached.content))})"
        yield "" if number else "Attachments", about
    yield "Size", size_words(opened)
    by_role = {role: ", ".join(wires) for role, wires in envelope(shown.message)}
    to = ", ".join([by_role.pop("To", ""), *(f"{role} {wires}" for role, wires in by_role.items())])
    yield "Envelope", f"from {shown.message.envelope_from} to {to}"
    yield "In the list", shown.standing.words(file)
    yield "On a phone", _cut(sender_shown(opened))
    yield "", _cut(opened.subject)
    yield "", _cut(first_words(opened))


def _named(mailboxes: Sequence[Mailbox]) -> str:
    return ", ".join(f"{one.name} <{one.address}>" if one.name else one.address for one in mailboxes)


def _cut(text: str) -> str:
    from rich.text import Text

    shown = Text(legible(text))
    shown.truncate(_PHONE, overflow="ellipsis")
    return shown.plain
