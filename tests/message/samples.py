"""Senders, contacts and letters that the tests of messages share, and texts that are hard on mail."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from outreach.message.compose import MessageComposer, OriginalHeader
from outreach.message.sender import Sender
from outreach.model import Contact, Letter, Mailbox, Message

MESSAGE_ID = "<abc234@coalition.example>"
DATE = 1_697_446_800.0  # 16 October 2023, 09:00 UTC


def mailbox(address: str, name: str = "") -> Mailbox:
    """A mailbox whose address is the same on the wire."""
    return Mailbox(name, address, address)


SENDER = Sender(
    from_=mailbox("letters@coalition.example", "Coalition, Seoul"),
    reply_to=(mailbox("office@coalition.example"),),
    envelope_from="bounces@coalition.example",
    organization="The Coalition",
)
MINISTER = mailbox("minister@gov.example", "Minister")


def contact(*to: Mailbox, cc: tuple[Mailbox, ...] = (), bcc: tuple[Mailbox, ...] = ()) -> Contact:
    """A contact in row 17; the minister unless others are given."""
    return Contact("k", 17, to or (MINISTER,), cc, bcc)


def letter(
    text: str = "Dear Minister,\n",
    *,
    subject: str = "A call",
    html: str | None = None,
    lang: str = "",
    attachments: tuple[str, ...] = (),
    images: tuple[str, ...] = (),
) -> Letter:
    """A letter of one line unless more is asked for."""
    return Letter(subject, text, html, lang, attachments, images)


def compose(
    sent: Letter | None = None,
    to: Contact | None = None,
    *,
    sender: Sender = SENDER,
    files: dict[str, bytes] | None = None,
    originals: Sequence[OriginalHeader] = (),
) -> Message:
    """The message for a letter and a contact, both ordinary unless given."""
    composer = MessageComposer(sender, files=files or {})
    return composer.compose(sent or letter(), to or contact(), message_id=MESSAGE_ID, date=DATE, originals=originals)


HARD_TEXTS = [
    "Kim Min-jun",
    "홍길동 외교부 장관",
    "معالي الوزير",
    "Ségolène Œuvrard",
    'Hans "Hannes" Müller, Dr.',
    "Smith, John (Jr.); <x@evil.example>",
    "back\\slash\\",
    '"',
    '""""',
    "\\",
    "👩‍👩‍👧‍👦 family 👩🏽‍🚒",
    "=?utf-8?q?=0A?=Bcc: x@evil.example",
    "=?utf-8?b?7ZmN?=",
    "=?utf-8?q?Kim?= =?utf-8?q?Min?=",
    "a =? b",
    "two  blanks   inside",
    " edges ",
    "a@b.example",
    "undisclosed-recipients:;",
    "n" * 500,
    "name " * 99 + "name",
    "이름" * 250,
    "a, " * 160 + "z",
    "\u00a0\u3000\u200f",
    "\ufeff",
]

# Everything a header may hold: no controls, no Unicode line ends, no halves of characters.
header_text = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029")
    | st.sampled_from(' "\\,=?_<>가é'),
    min_size=1,
    max_size=120,
)
