"""A message as a mail client opens it: read from its bytes by Python's parser, and from nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import AddressHeader, DateHeader
from email.message import EmailMessage, MIMEPart
from email.policy import default

import idna

from outreach.model import Mailbox

_UNNAMED = "unnamed"
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """An attachment, or an image that the HTML part shows."""

    name: str  # as the message has it
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OpenedMessage:
    """What a reader gets to see. Texts are decoded, and not yet made fit for a terminal or a page."""

    from_: tuple[Mailbox, ...]
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    subject: str
    date: datetime | None
    lang: str  # of Content-Language; empty where the message names none
    headers: tuple[tuple[str, str], ...]  # all, in their order, as they travel; folds are LF and a blank
    text: str | None  # lines end in LF
    html: str | None
    attachments: tuple[OpenedFile, ...]
    images: Mapping[str, OpenedFile]  # by Content-ID, without brackets
    size_bytes: int


def open_message(content: bytes) -> OpenedMessage:
    """The message with these bytes; lines end in CRLF or LF."""
    message = message_from_bytes(content, policy=default)
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    others = [part for part in _leaves(message) if part not in (text, html)]
    images = {
        identifier: _file(part)
        for part in others
        if part.get_content_maintype() == "image" and (identifier := _text(part.get("Content-ID")).strip(" <>"))
    }
    return OpenedMessage(
        from_=_mailboxes(message, "From"),
        to=_mailboxes(message, "To"),
        cc=_mailboxes(message, "Cc"),
        reply_to=_mailboxes(message, "Reply-To"),
        subject=_one_line(_header(message, "Subject")),
        date=_date(message),
        lang=_one_line(_header(message, "Content-Language")),
        headers=tuple((name, _unix(_text(value))) for name, value in message.raw_items()),
        text=_decoded(text),
        html=_decoded(html),
        attachments=tuple(_file(part) for part in others if not part.get("Content-ID")),
        images=images,
        size_bytes=len(content),
    )


def _leaves(part: MIMEPart) -> Iterator[MIMEPart]:
    """The parts that hold no others; a message inside a message is one of them."""
    if part.get_content_maintype() != "multipart":
        yield part
        return
    for inner in part.iter_parts():
        yield from _leaves(inner)


def _header(message: EmailMessage, name: str) -> object:
    """The first header of this name, decoded; None where there is none.

    Python 3.11 keeps the blank between two encoded-words of a name, which RFC 2047, 6.2 drops.
    """
    for known, value in message.raw_items():
        if known.lower() == name.lower():
            unfolded = "".join(_text(value).splitlines())
            return default.header_factory(name, _BETWEEN_WORDS.sub("", unfolded))
    return None


def _mailboxes(message: EmailMessage, name: str) -> tuple[Mailbox, ...]:
    header = _header(message, name)
    if not isinstance(header, AddressHeader):
        return ()
    return tuple(
        Mailbox(_one_line(one.display_name), _as_read(one.addr_spec), one.addr_spec) for one in header.addresses
    )


def _as_read(address: str) -> str:
    """The address with its domain in its own script."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{idna.decode(domain)}" if "xn--" in domain.lower() else address
    except idna.IDNAError:
        return address


def _date(message: EmailMessage) -> datetime | None:
    header = _header(message, "Date")
    return header.datetime if isinstance(header, DateHeader) else None


def _decoded(part: MIMEPart | None) -> str | None:
    """The text of a part; what its character set does not know is shown as a question."""
    if part is None:
        return None
    content = _content(part)
    try:
        text = content.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        text = content.decode("utf-8", errors="replace")
    return _unix(text)


def _file(part: MIMEPart) -> OpenedFile:
    return OpenedFile(_one_line(_text(part.get_filename())) or _UNNAMED, part.get_content_type(), _content(part))


def _content(part: MIMEPart) -> bytes:
    if part.is_multipart():  # a whole message
        return b"\r\n".join(inner.as_bytes() for inner in part.iter_parts())
    payload: object = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(value: object) -> str:
    """A header's text. Raw UTF-8 (RFC 6532), which the parser takes for bytes that it does not know, is read."""
    return "" if value is None else str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _one_line(value: object) -> str:
    """A decoded value; an encoded-word may hold anything, line ends too."""
    return "" if value is None else " ".join(str(value).splitlines()).strip()


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
