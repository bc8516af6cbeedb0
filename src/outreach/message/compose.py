"""Composing: a letter and its contact become a message, the same bytes every time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from outreach.errors import ContentError, Problem
from outreach.message.dkim import Signer, without_signatures
from outreach.message.headers import HeaderError, address_header, check_address, identifier_header, text_header
from outreach.message.images import InlineImage, inline_image, refer_to_images
from outreach.message.parts import Part, attachment_part, derive_boundary, join_parts, text_part
from outreach.message.sender import Sender
from outreach.message.signing import Signing
from outreach.message.skeleton import AnyLetter, OwnHeaders, Skeletons
from outreach.model import Contact, EnvelopeRecipient, LetterInStretches, Mailbox, Message, Stretches

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_KEPT_PARTS = 64  # attachments to everyone stay encoded; those of single contacts come and go


@dataclass(frozen=True, slots=True)
class OriginalHeader:
    """Whom a redirected message would name otherwise; as text, it reaches nobody."""

    name: str  # To, Cc, Bcc or Reply-To
    mailboxes: tuple[Mailbox, ...]  # at least one


class MessageComposer:
    """Composes the letters of one sender."""

    def __init__(self, sender: Sender, *, files: Mapping[str, bytes], signing: Signing | None = None) -> None:
        """`files` holds attachments and images by path. ContentError where the sender can't go into headers."""
        self._sender = sender
        self._signer = Signer(signing) if signing is not None else None
        self._files = files
        self._skeletons = Skeletons()
        self._needs_smtputf8 = sender.needs_smtputf8
        self._attachment = lru_cache(maxsize=_KEPT_PARTS)(self._read_attachment)
        self._image = lru_cache(maxsize=_KEPT_PARTS)(self._read_image)
        try:
            check_address("the envelope", sender.return_path, utf8=True)
            forms = (True,) if self._needs_smtputf8 else (False, True)
            self._sender_headers = {utf8: _emit_sender(sender, utf8=utf8) for utf8 in forms}
        except HeaderError as error:
            raise ContentError(_problem(error, hint="Correct it under [sender].")) from error

    def compose(
        self,
        letter: AnyLetter,
        contact: Contact,
        *,
        message_id: str,
        date: float,
        originals: Sequence[OriginalHeader] = (),
        list_headers: str = "",
        smtputf8: bool = True,
    ) -> Message:
        """The message that brings the letter to the contact; `date` in seconds since the epoch.

        Without `smtputf8` it is for a relay that lacks it: addresses that need it are shown, and those that it is sent
        to must do without. `originals` become headers of their own, X-Outreach-Original-To and the like, and no
        recipients. `list_headers` go in as they are, each ended by CRLF. ContentError for control characters on the way
        into a header (E08) and for a file that is not there (E21).
        """
        utf8 = self._needs_smtputf8 or (smtputf8 and any(not m.wire.isascii() for _, m in contact.envelope))
        try:
            others = list_headers + "".join(_emit_original(original, utf8=utf8) for original in originals)
            own = _own_headers(letter, contact, message_id=message_id, date=date, others=others, utf8=utf8)
            content, has_plain_lines = self._join(letter, own, message_id=message_id, utf8=utf8)
            recipients = _recipients(contact)
        except HeaderError as error:
            hint = "Take it out of the contact's row, or out of the letter."
            raise ContentError(_problem(error, hint=hint, address=contact.to[0].address)) from error
        except UnicodeEncodeError as error:
            raise ContentError(_broken_character(error, address=contact.to[0].address)) from error
        except _NoSuchFile as error:
            raise ContentError(_missing(error.path, address=contact.to[0].address)) from error
        if self._signer is not None:
            content = self._signer.sign(content, date=date) + content
        return Message(
            content=content,
            message_id=message_id,
            envelope_from=self._sender.return_path,
            recipients=recipients,
            needs_smtputf8=utf8,
            has_plain_lines=has_plain_lines,
        )

    def _join(self, letter: AnyLetter, own: OwnHeaders, *, message_id: str, utf8: bool) -> tuple[bytes, bool]:
        """The message's content, and whether its lines are surely plain."""
        emit = self._emit_utf8 if utf8 else self._emit_ascii
        skeleton = self._skeletons.find(letter, emit, utf8=utf8)
        if skeleton is not None and isinstance(letter, LetterInStretches):
            boundary = "" if letter.html is None else derive_boundary(message_id)
            content = skeleton.fill(letter, own, boundary)
            return content, skeleton.have_plain_lines and own.have_plain_lines
        boundary = ""
        if letter.html is not None or letter.attachments:
            boundary = derive_boundary(message_id, letter.text, letter.html or "")
        return emit(letter, own, boundary), False

    def _emit_ascii(self, letter: AnyLetter, own: OwnHeaders, boundary: str) -> bytes:
        return self._emit(letter, own, boundary, self._sender_headers[False])

    def _emit_utf8(self, letter: AnyLetter, own: OwnHeaders, boundary: str) -> bytes:
        return self._emit(letter, own, boundary, self._sender_headers[True])

    def _emit(self, letter: AnyLetter, own: OwnHeaders, boundary: str, sender: _SenderHeaders) -> bytes:
        """All headers, in their fixed order, and the body."""
        language = _language_header(letter.lang) if letter.lang else ""
        body = self._body(letter, boundary)
        headers = (
            sender.from_,
            own.recipients,
            sender.reply_to,
            own.identity,
            "MIME-Version: 1.0\r\n",
            sender.organization,
            language,
            own.others,
            body.headers,
            "\r\n",
        )
        return "".join(headers).encode() + body.body

    def _body(self, letter: AnyLetter, boundary: str) -> Part:
        """mixed(related(alternative(text, html), images), attachments), each level only where it is needed."""
        part = text_part("plain", letter.text)
        if letter.html is not None:
            part = self._alternative(part, letter.html, letter.images, boundary)
        if letter.attachments:
            attachments = [self._attachment(path) for path in dict.fromkeys(letter.attachments)]
            part = join_parts("mixed", [part, *attachments], boundary=f"{boundary}-m")
        return part

    def _alternative(self, text: Part, html_text: str | Stretches, paths: tuple[str, ...], boundary: str) -> Part:
        """Text and HTML, the better one last (RFC 2046, 5.1.4), with the images around that the HTML shows."""
        images = [self._image(path) for path in dict.fromkeys(paths)]
        if images:
            html_text = refer_to_images(str(html_text), images)
        part = join_parts("alternative", [text, text_part("html", html_text)], boundary=f"{boundary}-a")
        if not images:
            return part
        return join_parts(
            "related",
            [part, *(image.part for image in images)],
            boundary=f"{boundary}-r",
            parameters='\r\n type="multipart/alternative";',  # RFC 2387 requires it
        )

    def _read_attachment(self, path: str) -> Part:
        return attachment_part(path, self._read(path))

    def _read_image(self, path: str) -> InlineImage:
        return inline_image(path, self._read(path), domain=self._sender.from_.domain)

    def _read(self, path: str) -> bytes:
        try:
            return self._files[path]
        except KeyError:
            raise _NoSuchFile(path) from None


def message_id(campaign_id: str, contact_key: str, edition: int, domain: str) -> str:
    """The Message-ID, with angle brackets, of one edition of a campaign's letter to one contact: always the same."""
    # The key comes last and the rest can't hold a colon, so no two different inputs give the same text.
    identity = f"{campaign_id}:{edition}:{contact_key}".encode(errors="surrogatepass")
    return f"<{_base32(hashlib.sha256(identity).digest()[:20])}@{domain}>"


_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]


def _base32(data: bytes) -> str:
    """Base32 in lower case (RFC 4648, 6) of a multiple of 5 bytes; a sixth of the library's time."""
    number = int.from_bytes(data, "big")
    pairs: list[str] = []
    for shift in range(len(data) * 8 - 40, -1, -40):
        group = number >> shift & 0xFF_FFFF_FFFF
        pairs += (_PAIRS[group >> 30], _PAIRS[group >> 20 & 1023], _PAIRS[group >> 10 & 1023], _PAIRS[group & 1023])
    return "".join(pairs)


def content_digest(message: Message) -> str:
    """SHA-256 over the bytes of the message, in hex; not over its signatures, which are made anew at each attempt."""
    return hashlib.sha256(without_signatures(message.content)).hexdigest()


@lru_cache(maxsize=64)
def _language_header(lang: str) -> str:
    return identifier_header("Content-Language", lang)


def format_date(date: float) -> str:
    """Seconds since the epoch as RFC 5322, 3.3 writes a time, in UTC."""
    return _format_second(int(date // 1))


@lru_cache(maxsize=16)  # most letters that leave together have the same
def _format_second(second: int) -> str:
    moment = datetime.fromtimestamp(second, UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment.year} {moment:%H:%M:%S} +0000"


@dataclass(frozen=True, slots=True)
class _SenderHeaders:
    """The headers that are the same for everyone; empty where there is none."""

    from_: str
    reply_to: str
    organization: str


class _NoSuchFile(Exception):
    """A path that is not among the campaign's files."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def _emit_sender(sender: Sender, *, utf8: bool) -> _SenderHeaders:
    return _SenderHeaders(
        from_=address_header("From", [sender.from_], utf8=utf8),
        reply_to=address_header("Reply-To", sender.reply_to, utf8=utf8) if sender.reply_to else "",
        organization=text_header("Organization", sender.organization, utf8=utf8) if sender.organization else "",
    )


def _own_headers(
    letter: AnyLetter,
    contact: Contact,
    *,
    message_id: str,
    date: float,
    others: str,
    utf8: bool,
) -> OwnHeaders:
    recipients = address_header("To", contact.to, utf8=utf8, shown=not utf8)
    if contact.cc:
        recipients += address_header("Cc", contact.cc, utf8=utf8, shown=not utf8)
    subject = text_header("Subject", letter.subject, utf8=utf8)
    return OwnHeaders(
        recipients,
        identity=f"{subject}Date: {format_date(date)}\r\n{identifier_header('Message-ID', message_id)}",
        others=others,
    )


def _emit_original(original: OriginalHeader, *, utf8: bool) -> str:
    """X-Outreach-Original-Cc and the like. An address that needs SMTPUTF8 is no reason to ask the relay for it."""
    name = f"X-Outreach-Original-{original.name}"
    if utf8 or not any(mailbox.needs_smtputf8 for mailbox in original.mailboxes):
        return address_header(name, original.mailboxes, utf8=utf8)
    return text_header(name, ", ".join(f"{m.name} <{m.address}>".lstrip() for m in original.mailboxes))


def _recipients(contact: Contact) -> tuple[EnvelopeRecipient, ...]:
    """Everyone who gets the message. HeaderError for an address that could break out of an SMTP command."""
    for mailbox in contact.bcc:  # the others went through a header
        check_address("Bcc", mailbox.wire, utf8=True)
    return contact.envelope


def _problem(error: HeaderError, *, hint: str, address: str = "") -> Problem:
    several = f"hold something that must not stand in {error.header}"
    return Problem("E08", "", f"{error.header} would hold {error.reason}", hint, address, several=several)


def _broken_character(error: UnicodeEncodeError, *, address: str) -> Problem:
    code = f"U+{ord(error.object[error.start]):04X}"
    message = f"the letter would hold half a character ({code})"
    hint = "Type that word anew in the contact's row, or in the letter."
    return Problem("E08", "", message, hint, address, several="hold half a character")


def _missing(path: str, *, address: str) -> Problem:
    where = path if path.isprintable() else ascii(path)
    hint = "Put the file into the campaign's folder, or correct its path."
    message = "the attachment is not among the campaign's files"
    return Problem("E21", where, message, hint, address, several="name a file that can't be sent along")
