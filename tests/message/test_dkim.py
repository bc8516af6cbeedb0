"""Signatures: dkimpy finds each of them good, and none of them once anything that counts was touched."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from outreach.message.compose import MessageComposer, content_digest, format_date
from outreach.message.dkim import OVERSIGNED, SIGNED, Signer, without_signatures
from outreach.message.signing import Signing
from outreach.model import Mailbox, Message
from tests.message import samples
from tests.message.reading import lines, parse
from tests.message.samples import DATE, HARD_TEXTS, MESSAGE_ID, SENDER, contact, letter, mailbox
from tests.support.dkim_keys import signature_tags, signing, verdicts

_BOTH = [True, True]
_HEAD = (
    b"From: a@coalition.example\r\nTo: b@gov.example\r\nSubject: A call\r\nDate: now\r\nMessage-ID: <1@c.example>\r\n"
)


def signed(content: bytes, keys: Signing | None = None) -> bytes:
    """The message with its signatures."""
    return Signer(keys or signing()).sign(content, date=DATE) + content


def composed(keys: Signing | None = None) -> Message:
    """A message of everything there is: two parts, an image, an attachment, Cc, names in Korean."""
    files = {"a.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 20, "seal.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 99}
    to = contact(mailbox("minister@gov.example", "홍길동 장관"), cc=(mailbox("chief@gov.example", "Chief, of Staff"),))
    sent = letter(
        "Dear  Minister,\n\n강제송환을 멈춰\t주십시오. \n" + "long " * 400 + "\nFrom here\n.\n\n\n",
        subject="강제송환 중단을 촉구합니다 " * 6,
        html='<p>Dear  Minister,</p>\n<img src="seal.png">\n' + "<b>x</b>" * 300,
        lang="ko",
        attachments=("a.pdf",),
        images=("seal.png",),
    )
    composer = MessageComposer(SENDER, files=files, signing=keys or signing())
    return composer.compose(sent, to, message_id=MESSAGE_ID, date=DATE)


AWKWARD = {
    "plain": _HEAD + b"\r\nText.\r\n",
    "no body": _HEAD + b"\r\n",
    "empty lines only": _HEAD + b"\r\n" + b"\r\n" * 7,
    "empty lines at the end": _HEAD + b"\r\nText.\r\n" + b"\r\n" * 99,
    "empty lines within": _HEAD + b"\r\n\r\n\r\nText.\r\n\r\n\r\nMore.\r\n",
    "blanks and tabs": _HEAD + b"\r\n \t Text \t with\t\tmany   blanks \t \r\n\t\r\n   \r\n",
    "folded": _HEAD + b"References: <1@x.example>\r\n\t <2@x.example>\r\n  <3@x.example>\r\n\r\nText.\r\n",
    "folded at once": _HEAD + b"In-Reply-To:\r\n <1@x.example>\r\n\r\nText.\r\n",
    "tabs in a header": _HEAD.replace(b"A call", b"\tA  \t call\t ") + b"\r\nText.\r\n",
    "capitals": _HEAD.replace(b"Subject", b"SUBJECT") + b"\r\nText.\r\n",
    "raw utf-8": _HEAD.replace(b"A call", "강제송환 중단".encode()).replace(b"b@gov", "홍@gov".encode())
    + b"\r\n" + "본문 한글\r\n".encode(),
    "longest lines": _HEAD + b"List-Unsubscribe: <https://u.example/" + b"t" * 950 + b">\r\n\r\n"
    + b"x" * 998 + b"\r\n",
    "twice": _HEAD + b"To: c@gov.example\r\nSubject: Another\r\nTo: d@gov.example\r\n\r\nText.\r\n",
    "every header": _HEAD + "".join(f"{name}: x\r\n" for name in SIGNED if name not in _HEAD.decode().lower()).encode()
    + b"\r\nText.\r\n",
    "empty header": _HEAD + b"Cc:\r\nReply-To: \r\n\r\nText.\r\n",
    "dots": _HEAD + b"\r\n.\r\n..\r\n.x\r\n",
}  # fmt: skip


@pytest.mark.parametrize("content", AWKWARD.values(), ids=AWKWARD)
def test_awkward_messages_verify(content: bytes) -> None:
    """Both signatures of whatever a message may look like."""
    assert verdicts(signed(content)) == _BOTH


def test_composed_messages_verify() -> None:
    """A letter with everything, and it is still one message that reads well."""
    message = composed()

    assert verdicts(message.content) == _BOTH
    assert max(map(len, lines(message.content))) <= 998
    assert parse(message.content)["Subject"].startswith("강제송환 중단을")


@pytest.mark.parametrize("text", HARD_TEXTS)
def test_hard_names_verify(text: str) -> None:
    """Whatever a name or a subject holds."""
    composer = MessageComposer(SENDER, files={}, signing=signing())
    to = contact(mailbox("minister@gov.example", text))

    message = composer.compose(letter(f"Dear {text},\n", subject=text), to, message_id=MESSAGE_ID, date=DATE)

    assert verdicts(message.content) == _BOTH


def test_letters_to_international_addresses_verify() -> None:
    """Raw UTF-8 in the headers, as SMTPUTF8 allows."""
    to = contact(Mailbox("홍길동", "홍길동@한국.kr", "홍길동@xn--3e0b707e.kr"))

    message = MessageComposer(SENDER, files={}, signing=signing()).compose(
        letter(subject="한글"), to, message_id=MESSAGE_ID, date=DATE
    )

    assert message.needs_smtputf8
    assert verdicts(message.content) == _BOTH


_CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "body": lambda content: content.replace(b"Text.", b"Test."),
    "subject": lambda content: content.replace(b"A call", b"A bill"),
    "recipient": lambda content: content.replace(b"To: b@", b"To: c@"),
    "more text": lambda content: content + b"More.\r\n",
    "the time in the signature": lambda content: re.sub(rb"t=\d+", b"t=1", content),
    **{
        f"one more {name}": lambda content, name=name: f"{name}: added@x.example\r\n".encode() + content  # type: ignore[misc]
        for name in sorted(OVERSIGNED)
    },
    **{
        f"one more {name} below": lambda content, name=name: content.replace(  # type: ignore[misc]
            b"\r\n\r\n", f"\r\n{name}: added@x.example\r\n\r\n".encode(), 1
        )
        for name in sorted(OVERSIGNED)
    },
}  # fmt: skip


@pytest.mark.parametrize("change", _CHANGES.values(), ids=_CHANGES)
def test_changed_messages_fail(change: Callable[[bytes], bytes]) -> None:
    """Neither signature survives a change of what is signed, or another header of a name that has one already."""
    content = signed(AWKWARD["plain"])
    changed = change(content)

    assert changed != content
    assert verdicts(changed) == [False, False]


@pytest.mark.parametrize("name", ["Received", "Return-Path", "X-Spam-Status", "Authentication-Results"])
def test_headers_of_relays_do_no_harm(name: str) -> None:
    """What relays add on the way is not signed."""
    assert verdicts(f"{name}: by relay.example\r\n".encode() + signed(AWKWARD["plain"])) == _BOTH


def test_blanks_that_relays_touch_do_no_harm() -> None:
    """Folding and runs of blanks may change on the way."""
    content = signed(AWKWARD["plain"])

    assert (
        verdicts(content.replace(b"Subject: A call", b"Subject:\r\n\tA   call").replace(b"Text.", b"Text.  ")) == _BOTH
    )


def test_tags_are_those_that_receivers_ask_for() -> None:
    """Algorithms, domain, selectors, the time of the Date; nothing that limits body or time."""
    rsa, ed25519 = signature_tags(composed().content)

    assert (rsa["a"], ed25519["a"]) == ("rsa-sha256", "ed25519-sha256")
    assert (rsa["d"], rsa["s"], ed25519["s"]) == ("coalition.example", "s1", "e1")
    assert (rsa["c"], rsa["t"], rsa["v"]) == ("relaxed/relaxed", str(int(DATE)), "1")
    assert set(rsa) == {"v", "a", "c", "d", "s", "t", "h", "bh", "b"}
    assert f"Date: {format_date(DATE)}\r\n".encode() in composed().content


def test_headers_are_named_as_often_as_they_occur_and_once_more() -> None:
    """Those of the list that are there; those to be kept single once more, also where they are missing."""
    [tags, _] = signature_tags(signed(AWKWARD["twice"]))

    named = tags["h"].split(":")
    assert {name: named.count(name) for name in named} == {
        "from": 2, "reply-to": 1, "to": 4, "cc": 1, "subject": 3, "date": 2, "message-id": 2, "content-type": 1,
        "list-unsubscribe": 1, "list-unsubscribe-post": 1,
    }  # fmt: skip


def test_every_header_of_the_list_is_signed() -> None:
    """One-click unsubscribing (RFC 8058, 4) and Feedback-ID among them."""
    [tags, _] = signature_tags(signed(AWKWARD["every header"]))

    assert set(tags["h"].split(":")) == set(SIGNED)
    assert {"list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id"} < set(SIGNED)
    assert set(SIGNED) > OVERSIGNED


def test_signatures_are_the_same_each_time() -> None:
    """Same key, same message, same octets."""
    assert composed().content == composed().content


def test_message_is_the_same_below_its_signatures() -> None:
    """Nothing of it changes by signing, and neither does the digest that the ledger keeps."""
    rsa_only = Signing(signing().domain, signing().keys[:1])
    unsigned = samples.compose()
    composer = MessageComposer(SENDER, files={}, signing=rsa_only)
    message = composer.compose(letter(), contact(), message_id=MESSAGE_ID, date=DATE)

    assert message.content.startswith(b"DKIM-Signature: ")
    assert bytes(without_signatures(message.content)) == unsigned.content
    assert bytes(without_signatures(unsigned.content)) == unsigned.content
    assert content_digest(message) == content_digest(unsigned)
    assert content_digest(composed()) == content_digest(composed(rsa_only))


def test_lines_of_the_signature_are_short() -> None:
    """So that no relay breaks them anew."""
    field = signed(AWKWARD["every header"])[: -len(AWKWARD["every header"])]

    assert max(map(len, field.split(b"\r\n"))) <= 78
    assert field.endswith(b"\r\n")


def test_keys_are_not_shown() -> None:
    """Neither in a traceback nor in a log."""
    [rsa, _] = signing().keys

    assert repr(rsa.private)[10:50] not in repr(signing())
    assert rsa.public in repr(signing())
