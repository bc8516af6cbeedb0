"""A composed message says what the letter says, to whom it was meant, and nothing else."""

from __future__ import annotations

import dataclasses
import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.errors import ContentError
from outreach.message.compose import MessageComposer, OriginalHeader
from outreach.model import Mailbox, Role
from tests.message.reading import decode_text, header_lines, headers, lines, parse, read_mailboxes, without_blanks
from tests.message.samples import (
    DATE,
    HARD_TEXTS,
    MESSAGE_ID,
    MINISTER,
    SENDER,
    compose,
    contact,
    header_text,
    letter,
    mailbox,
)

_body_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=300)
_SEAL = b"\x89PNG" + bytes(range(256)) * 10


def _shape(part: EmailMessage) -> object:
    """The tree of content types."""
    if not part.is_multipart():
        return part.get_content_type()
    return part.get_content_subtype(), [_shape(child) for child in part.iter_parts() if isinstance(child, EmailMessage)]


def test_a_letter_of_text_is_one_part() -> None:
    """The smallest message is exactly these bytes: headers in their order, then the text."""
    message = compose(letter("Dear Minister,\n", lang="en"), contact(cc=(mailbox("a@b.example"),)))

    assert message.content == (
        b'From: "Coalition, Seoul" <letters@coalition.example>\r\n'
        b"To: Minister <minister@gov.example>\r\n"
        b"Cc: a@b.example\r\n"
        b"Reply-To: office@coalition.example\r\n"
        b"Subject: A call\r\n"
        b"Date: Mon, 16 Oct 2023 09:00:00 +0000\r\n"
        b"Message-ID: <abc234@coalition.example>\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Organization: The Coalition\r\n"
        b"Content-Language: en\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Dear Minister,\r\n"
    )


def test_what_is_not_set_is_left_out() -> None:
    """No header stands there empty."""
    bare = dataclasses.replace(SENDER, reply_to=(), organization="")

    assert list(headers(compose(sender=bare).content)) == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ]


def test_each_level_is_there_only_where_it_is_needed() -> None:
    """Alternative, related and mixed enclose each other in this order, and none encloses a single part."""
    files = {"seal.png": _SEAL, "a.pdf": b"%PDF"}
    html = '<img src="cid:seal.png">'

    def shape(**parts: object) -> object:
        return _shape(parse(compose(dataclasses.replace(letter(), **parts), files=files).content))  # type: ignore[arg-type]  # fields by name, each checked where it is used

    alternative = ("alternative", ["text/plain", "text/html"])
    related = ("related", [alternative, "image/png"])
    assert shape() == "text/plain"
    assert shape(html=html) == alternative
    assert shape(html=html, images=("seal.png", "seal.png")) == related
    assert shape(html=html, attachments=("a.pdf",)) == ("mixed", [alternative, "application/pdf"])
    assert shape(attachments=("a.pdf", "a.pdf")) == ("mixed", ["text/plain", "application/pdf"])
    assert shape(html=html, images=("seal.png",), attachments=("a.pdf",)) == ("mixed", [related, "application/pdf"])


@settings(max_examples=50, deadline=None)
@given(text=_body_text, html=_body_text, subject=header_text, name=header_text, copy=header_text)
def test_everything_reads_back(text: str, html: str, subject: str, name: str, copy: str) -> None:
    """Names, addresses, subject, date, id, both bodies and the attachment read back as they went in."""
    to, cc = mailbox("a@b.example", name), mailbox("c@d.example", copy)
    sent = letter(text, subject=subject, html=html, attachments=("서한.pdf",))
    content = compose(sent, contact(to, cc=(cc,)), files={"서한.pdf": _SEAL}).content
    message = parse(content)
    found = headers(content)

    assert read_mailboxes(found["From"]) == [(SENDER.from_.name, SENDER.from_.address)]
    assert read_mailboxes(found["To"]) == [(name, "a@b.example")]
    assert read_mailboxes(found["Cc"]) == [(copy, "c@d.example")]
    assert [each.addr_spec for each in message["To"].addresses] == ["a@b.example"]
    assert [each.addr_spec for each in message["Cc"].addresses] == ["c@d.example"]
    assert decode_text(found["Subject"]) == subject
    assert message["Date"].datetime == datetime.fromtimestamp(DATE, UTC)
    assert message["Message-ID"] == MESSAGE_ID
    assert [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()] == [
        _on_the_wire(text),
        _on_the_wire(html),
        _SEAL,
    ]
    assert [part.get_filename() for part in message.iter_attachments()] == ["서한.pdf"]
    assert content.isascii()
    assert max(map(len, lines(content))) <= 998
    assert max(map(len, header_lines(content))) <= 78


def _on_the_wire(text: str) -> bytes:
    return (text if text.endswith("\n") else text + "\n").replace("\n", "\r\n").encode()


@pytest.mark.parametrize("text", HARD_TEXTS)
def test_hard_texts_read_back_by_the_standard_library(text: str) -> None:
    """The standard library's parser finds no defect and no header of a contact's making."""
    message = parse(compose(letter(subject=text), contact(mailbox("a@b.example", text))).content)

    assert [each.addr_spec for each in message["To"].addresses] == ["a@b.example"]
    assert message["To"].defects == ()
    assert without_blanks(message["To"].addresses[0].display_name) == without_blanks(text)
    assert message["Subject"] == text
    assert "Bcc" not in message


def test_blind_copies_stay_blind() -> None:
    """A Bcc is in the envelope and nowhere in the bytes."""
    secret = mailbox("secret@watch.example", "Secret Watcher")
    message = compose(to=contact(cc=(mailbox("a@b.example"),), bcc=(secret,)))

    assert [(each.role, each.mailbox.address) for each in message.recipients] == [
        (Role.TO, "minister@gov.example"),
        (Role.CC, "a@b.example"),
        (Role.BCC, "secret@watch.example"),
    ]
    assert b"ecret" not in message.content
    assert b"bcc" not in message.content.lower()


def test_the_envelope_is_the_senders() -> None:
    """Bounces go to the return path, or to the author where none is set."""
    assert compose().envelope_from == "bounces@coalition.example"
    assert compose(sender=dataclasses.replace(SENDER, envelope_from="")).envelope_from == "letters@coalition.example"
    assert compose().message_id == MESSAGE_ID


def test_composing_is_pure() -> None:
    """The same input gives the same bytes, from another composer too; another id gives another boundary."""
    sent = letter(html="<p>Hi</p>", attachments=("a.pdf",), images=("seal.png",))
    files = {"a.pdf": b"%PDF", "seal.png": _SEAL}
    composer = MessageComposer(SENDER, files=files)
    first = composer.compose(sent, contact(), message_id=MESSAGE_ID, date=DATE)
    again = composer.compose(sent, contact(), message_id=MESSAGE_ID, date=DATE)
    other = composer.compose(sent, contact(), message_id="<other@coalition.example>", date=DATE)

    assert first == again == compose(sent, files=files)
    assert parse(first.content).get_boundary() != parse(other.content).get_boundary()


def test_a_text_that_holds_the_boundary_does_not_end_the_part() -> None:
    """A letter that quotes its own boundary still arrives whole."""
    html = "<p>Hi</p>"
    boundary = parse(compose(letter(html=html)).content).get_boundary()
    text = f"a\n--{boundary}--\nb\n"
    message = parse(compose(letter(text, html=html)).content)

    assert _shape(message) == ("alternative", ["text/plain", "text/html"])
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_payload(decode=True) == _on_the_wire(text)


def test_images_are_found_by_the_html() -> None:
    """What the HTML asks for by path is the id of the part that holds the image; mere text stays."""
    html = '<img src="cid:art/%EC%9D%B8%EC%9E%A5%20&amp;.png"><img src="cid:other.png"> cid:art/인장 &amp;.png'
    path = "art/인장 &.png"
    message = parse(compose(letter(html=html, images=(path,)), files={path: _SEAL}).content)
    image = next(part for part in message.walk() if part.get_content_type() == "image/png")
    body = next(part for part in message.walk() if part.get_content_type() == "text/html")
    reference = image["Content-ID"].strip("<>")

    assert message.get_param("type") == "multipart/alternative"
    assert reference.endswith("@coalition.example")
    assert body.get_payload(decode=True) == _on_the_wire(
        f'<img src="cid:{reference}"><img src="cid:other.png"> cid:art/인장 &amp;.png'
    )
    assert image.get_payload(decode=True) == _SEAL


def test_a_file_is_encoded_once() -> None:
    """Many messages share one encoding of an attachment, which is asked for a single time."""
    asked: list[str] = []

    class Files(dict[str, bytes]):
        def __getitem__(self, path: str) -> bytes:
            asked.append(path)
            return super().__getitem__(path)

    composer = MessageComposer(SENDER, files=Files({"a.pdf": b"%PDF", "seal.png": _SEAL}))
    sent = letter(html="<p>", attachments=("a.pdf", "a.pdf"), images=("seal.png",))
    contents = {composer.compose(sent, contact(), message_id=f"<{n}@x.example>", date=DATE).content for n in range(5)}

    assert len(contents) == 5
    assert sorted(asked) == ["a.pdf", "seal.png"]


@pytest.mark.parametrize("role", ["to", "cc", "bcc", "from_", "reply_to", "envelope_from"])
def test_smtputf8_is_asked_for_by_any_address(role: str) -> None:
    """One local part in another script makes the headers raw UTF-8, which the standard library then reads."""
    korean = Mailbox("홍길동, 장관", "홍길동@한국.example", "홍길동@xn--3e0b707e.example")
    sender, to = SENDER, contact()
    if role == "envelope_from":
        sender = dataclasses.replace(SENDER, envelope_from=korean.wire)
    elif role in ("from_", "reply_to"):
        sender = dataclasses.replace(SENDER, **{role: korean if role == "from_" else (korean,)})  # type: ignore[arg-type]  # one field by name
    else:
        to = dataclasses.replace(to, **{role: (korean,)})  # type: ignore[arg-type]  # one field by name
    message = compose(letter(subject="강제송환 중단"), to, sender=sender)
    # From bytes it would take raw UTF-8 for broken ASCII.
    found = email.message_from_string(message.content.decode(), policy=email.policy.SMTPUTF8)

    assert message.needs_smtputf8
    assert "Subject: 강제송환 중단\r\n".encode() in message.content
    assert found["Subject"] == "강제송환 중단"
    shown = {"to": "To", "cc": "Cc", "from_": "From", "reply_to": "Reply-To"}.get(role)
    if shown:
        assert [(each.display_name, each.addr_spec) for each in found[shown].addresses] == [(korean.name, korean.wire)]


def test_without_need_headers_are_ascii() -> None:
    """Other scripts in names, and international domains, do not ask for SMTPUTF8."""
    message = compose(to=contact(Mailbox("홍길동", "kim@한국.example", "kim@xn--3e0b707e.example")))

    assert not message.needs_smtputf8
    assert message.content.isascii()
    assert b"<kim@xn--3e0b707e.example>" in message.content


@pytest.mark.parametrize(
    ("sent", "to", "shown"),
    [
        (letter(subject="a\nBcc: x@evil.example"), contact(), "Subject would hold a line break (U+000A)"),
        (letter(), contact(mailbox("minister@gov.example", "a\rb")), "To would hold a line break (U+000D)"),
        (letter(), contact(cc=(mailbox("a@b.example", "a\x00b"),)), "Cc would hold a NUL character (U+0000)"),
        (letter(), contact(bcc=(mailbox("a\r\nRCPT TO:<x@evil.example>"),)), "Bcc would hold a line break (U+000D)"),
        (letter(lang="ko\r\nX: y"), contact(), "Content-Language would hold a line break (U+000D)"),
        (letter("half \ud83d"), contact(), "the letter would hold half a character (U+D83D)"),
        (letter(html="half \ud83d"), contact(), "the letter would hold half a character (U+D83D)"),
    ],
)
def test_control_characters_are_a_problem_of_the_contact(sent: object, to: object, shown: str) -> None:
    """The problem tells where the character would have gone, and for whom."""
    with pytest.raises(ContentError) as caught:
        compose(sent, to)  # type: ignore[arg-type]  # parametrised as a letter and a contact

    problem = caught.value.problem
    assert (problem.code, problem.where, problem.address) == ("E08", "", MINISTER.address)
    assert problem.message == shown
    assert problem.hint


@pytest.mark.parametrize(
    "change",
    [
        {"from_": mailbox("letters@coalition.example", "a\nb")},
        {"organization": "a\nb"},
        {"reply_to": (mailbox("a b@c.example"),)},
        {"envelope_from": "a@b.example>\r\nRCPT TO:<x@evil.example"},
    ],
)
def test_a_wrong_sender_is_found_at_once(change: dict[str, object]) -> None:
    """What can't go into the sender's headers or envelope is told before any letter is composed."""
    with pytest.raises(ContentError) as caught:
        MessageComposer(dataclasses.replace(SENDER, **change), files={})  # type: ignore[arg-type]  # one field by name

    assert caught.value.problem.code == "E08"
    assert caught.value.remedy == "Correct it under [sender]."


def test_a_file_that_is_not_there_is_a_problem() -> None:
    """An attachment and an image must be among the files."""
    for sent in (letter(attachments=("b.pdf",)), letter(html="<p>", images=("b.pdf",))):
        with pytest.raises(ContentError) as caught:
            compose(sent, files={"a.pdf": b""})

        assert (caught.value.problem.code, caught.value.problem.where) == ("E21", "b.pdf")
        assert caught.value.problem.address == MINISTER.address


@given(name=header_text)
@settings(max_examples=200)
def test_originals_stand_in_headers_and_reach_nobody(name: str) -> None:
    """Whom a redirected message would name reads back name for name, and is no recipient."""
    meant = (mailbox("minister@gov.example", name), mailbox("office@gov.example"))

    message = compose(to=contact(mailbox("you@home.example")), originals=(OriginalHeader("Cc", meant),))

    assert read_mailboxes(headers(message.content)["X-Outreach-Original-Cc"]) == [
        (name, "minister@gov.example"),
        ("", "office@gov.example"),
    ]
    assert [one.mailbox.address for one in message.recipients] == ["you@home.example"]
    parsed = parse(message.content)
    assert parsed["Cc"] is None
    assert "minister@gov.example" in parsed["X-Outreach-Original-Cc"]


def test_long_lists_of_originals_are_folded() -> None:
    """No line grows too long, whatever the length of the list."""
    many = tuple(mailbox(f"office{number}@gov.example", f"Büro {number}") for number in range(200))

    message = compose(originals=(OriginalHeader("Reply-To", many),))

    assert max(map(len, header_lines(message.content))) <= 78
    raw = headers(message.content)["X-Outreach-Original-Reply-To"]
    assert read_mailboxes(raw) == [(one.name, one.address) for one in many]


def test_an_original_that_needs_smtputf8_asks_nothing_of_the_relay() -> None:
    """Nobody there is written to: the address stands as encoded text."""
    meant = (mailbox("장관@gov.example", "Minister"),)

    message = compose(originals=(OriginalHeader("To", meant),))

    assert not message.needs_smtputf8
    assert message.content.isascii()
    assert decode_text(headers(message.content)["X-Outreach-Original-To"]) == "Minister <장관@gov.example>"
    assert parse(message.content)["X-Outreach-Original-To"] == "Minister <장관@gov.example>"


@pytest.mark.parametrize("broken", ["a\r\nBcc: x@evil.example", "a\x00b", "\ud800"])
def test_an_original_can_not_begin_a_header(broken: str) -> None:
    """A control character in an original's name is refused like one in any header."""
    meant = (mailbox("minister@gov.example", broken),)

    with pytest.raises(ContentError, match="X-Outreach-Original-To would hold"):
        compose(originals=(OriginalHeader("To", meant),))
