"""The page of `outreach preview`: one letter as a mail client shows it, with all that is known of it beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from outreach.errors import Problem
from outreach.message.first_words import first_words
from outreach.message.opened import OpenedMessage, open_message
from outreach.model import Mailbox, Message, Role
from outreach.report.framed import frame
from outreach.report.page import render_page
from outreach.report.summary import bytes_words, counted

ROLES = {Role.TO: "To", Role.CC: "Cc", Role.BCC: "Bcc"}


@dataclass(frozen=True, slots=True)
class _ShownFile:
    name: str
    media_type: str
    size: str


def preview_page(message: Message, *, problems: Sequence[Problem], place: str) -> str:
    """HTML that stands alone; `place` says where in the list the letter's contact stands."""
    opened = open_message(message.content)
    moment = opened.date.astimezone() if opened.date else None
    return render_page(
        "preview.html.j2",
        styles=("preview.css",),
        opened=opened,
        message=message,
        problems=problems,
        place=place,
        attachments=[
            _ShownFile(file.name, file.media_type, bytes_words(len(file.content))) for file in opened.attachments
        ],
        framed=frame(opened.html, opened.images) if opened.html is not None else None,
        envelope=envelope(message),
        date=f"{moment:%Y-%m-%d %H:%M %z}" if moment else "none",
        time=f"{moment:%H:%M}" if moment else "",
        sender=sender_shown(opened),
        words=first_words(opened),
        size=size_words(opened),
        lang=_lang(opened),
    )


def envelope(message: Message) -> list[tuple[str, list[str]]]:
    """Whom the message is handed over for, as the relay is told, by role."""
    return [
        (label, [one.mailbox.wire for one in message.recipients if one.role is role])
        for role, label in ROLES.items()
        if any(one.role is role for one in message.recipients)
    ]


def sender_shown(opened: OpenedMessage) -> str:
    """What a list of mails calls the sender: the name, or else the address."""
    first = next(iter(opened.from_), Mailbox("", "", ""))
    return first.name or first.address


def size_words(opened: OpenedMessage) -> str:
    """1.8 kB: text and HTML, 2 images, 1 attachment."""
    parts = " and ".join(name for name, part in (("text", opened.text), ("HTML", opened.html)) if part is not None)
    counts = ((len(opened.images), "image"), (len(opened.attachments), "attachment"))
    more = [counted(count, what) for count, what in counts if count]
    return f"{bytes_words(opened.size_bytes)}: {', '.join(filter(None, (parts, *more)))}"


def _lang(opened: OpenedMessage) -> Markup:
    return Markup(' lang="{}"').format(opened.lang) if opened.lang else Markup()
