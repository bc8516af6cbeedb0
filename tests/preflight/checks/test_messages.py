"""What is wrong with the bytes of a message is found, and its clean twin has nothing."""

from __future__ import annotations

import base64
import datetime

import pytest

from outreach.message.sender import Sender
from outreach.model import Contact, EnvelopeRecipient, LetterInStretches, Mailbox, Message, Role, Stretches
from outreach.preflight.checks.alike import alike
from outreach.preflight.checks.fields import read_fields
from outreach.preflight.checks.letters import CheckTerms, LetterChecks

NOW = datetime.datetime(2023, 10, 16, 9, 0, tzinfo=datetime.UTC).timestamp()
FROM = Mailbox("Coalition", "letters@coalition.org", "letters@coalition.org")
TO = Mailbox("", "minister@state.gov", "minister@state.gov")
WELL = b"""\
From: Coalition <letters@coalition.org>\r
To: minister@state.gov\r
Subject: A call\r
Date: Mon, 16 Oct 2023 09:00:00 +0000\r
Message-ID: <abc@coalition.org>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
\r
Dear Minister,\r
\r
we write to you.\r
"""
LETTER = LetterInStretches("A call", Stretches(("Dear Minister,\n\nwe write to you.\n",), ()), None, "en")
LISTED = b"List-Unsubscribe: <https://l.coalition.org/u/abc>, <mailto:u@coalition.org?subject=abc>\r\n"
ONE_CLICK = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


def signature(tags: bytes, *, bits: int = 2048) -> bytes:
    """A DKIM-Signature of a key of so many bits; what it signs is not looked at."""
    return b"DKIM-Signature: v=1; " + tags + b"; b=" + base64.b64encode(bytes(bits // 8)) + b"\r\n"


def new_checks() -> LetterChecks:
    """The checks of a campaign of letters to officials."""
    terms = CheckTerms(NOW, datetime.date(2023, 10, 16), "advocacy", Sender(FROM, (), "", ""), "", {}, {})
    return LetterChecks(terms)


def codes_of(checks: LetterChecks, content: bytes, *, smtputf8: bool = False) -> list[str]:
    """The codes of what is found in these bytes, apart from what is said of every letter to officials."""
    checks.shared.clear()
    message = Message(content, "<abc@coalition.org>", "", (EnvelopeRecipient(Role.TO, TO),), smtputf8)
    problems = checks.check(LETTER, message, Contact("key", 2, (TO,)), "letter.md")
    return [problem.code for problem in (*problems, *checks.shared) if problem.code not in ("W04", "W05")]


def found(content: bytes, *, smtputf8: bool = False) -> list[str]:
    """The same where it is the first letter."""
    return codes_of(new_checks(), content, smtputf8=smtputf8)


def replaced(old: bytes, new: bytes) -> bytes:
    """The good message with something else in it."""
    assert old in WELL
    return WELL.replace(old, new)


def with_header(header: bytes) -> bytes:
    """The good message with a header more."""
    return header + WELL


H = b"h=from:to:list-unsubscribe:list-unsubscribe-post"
PLANTED = [
    ("E01", replaced(b"From: Coalition <letters@coalition.org>\r\n", b""), WELL),
    ("E01", replaced(b"<letters@coalition.org>", b"<a@b.org>, c@d.org"), WELL),
    ("E01", replaced(b"Coalition <letters@coalition.org>", b"Coalition"),
     replaced(b"Coalition <letters", b'"Coalition, Inc." <letters')),
    ("E02", with_header(b"To: other@state.gov\r\n"), with_header(b"X-To: other@state.gov\r\n")),
    ("E02", with_header(LISTED + LISTED), with_header(LISTED)),
    ("E03", replaced(b"Message-ID: <abc@coalition.org>\r\n", b""), WELL),
    ("E03", replaced(b"<abc@coalition.org>", b"abc@coalition.org"), WELL),
    ("E03", replaced(b"<abc@coalition.org>", b"<a bc@coalition.org>"), WELL),
    ("E04", replaced(b"Date: Mon, 16 Oct 2023 09:00:00 +0000\r\n", b""), WELL),
    ("E04", replaced(b"09:00:00 +0000", b"25:00"), replaced(b"09:00:00 +0000", b"18:00:00 +0900")),
    ("E04", replaced(b"Mon, 16 Oct", b"Thu, 19 Oct"), replaced(b"Mon, 16 Oct", b"Tue, 17 Oct")),
    ("E05", WELL + b"a" * 999 + b"\r\n", WELL + b"a" * 998 + b"\r\n"),
    ("E05", WELL + b"a\nb\r\n", WELL + b"a\r\nb\r\n"),
    ("E05", WELL + b"a\rb\r\n", WELL),
    ("E05", WELL + b"a\0b\r\n", WELL),
    ("E05", WELL + b"a\n\rb\r\n", WELL + b"a\r\n\r\nb\r\n"),
    ("E05", with_header(b"no header at all\r\n"), with_header(b"X-Folded: a\r\n b\r\n")),
    ("E06", replaced(b"To: minister@state.gov", b"To: <=?utf-8?b?7ZmN?=@=?utf-8?b?7ZmN?=.kr>"),
     replaced(b"To: minister@state.gov", b"To: =?utf-8?b?7ZmN?= <minister@state.gov>")),
    ("E06", with_header(b"List-Id: =?utf-8?b?7ZmN?= <=?utf-8?b?7ZmN?=.a.org>\r\n"),
     with_header(b"List-Id: =?utf-8?b?7ZmN?= <news.a.org>\r\n")),
    ("E06", with_header(b"List-Unsubscribe: <=?utf-8?q?https=3A//a.org/u?=>\r\n"),
     with_header(b"List-Unsubscribe: <https://a.org/u?a=?b&c=d?=>\r\n")),
    ("E06", replaced(b"To: minister@state.gov", b"To: =?utf-8?q?minister?=@state.gov"),
     replaced(b"To: minister@state.gov", b'To: "a <=?x?q?y?=>" <minister@state.gov>')),
    ("E07", replaced(b"A call", "부름".encode()), replaced(b"A call", b"=?utf-8?b?67aA66aE?=")),
    ("E14", with_header(LISTED + b"List-Unsubscribe-Post: One-Click\r\n"), with_header(LISTED + ONE_CLICK)),
    ("E14", with_header(ONE_CLICK), with_header(ONE_CLICK + LISTED)),
    ("E14", with_header(b"List-Unsubscribe: <mailto:u@a.org>\r\n" + ONE_CLICK),
     with_header(b"List-Unsubscribe: <mailto:u@a.org>\r\n")),
    ("E14", with_header(b"List-Unsubscribe: https://a.org\r\n"), with_header(b"List-Unsubscribe:\r\n <https://a.org>\r\n")),
    ("E18", replaced(b"Subject: A call\r\n", b""), WELL),
    ("E18", replaced(b"Subject: A call\r\n", b"Subject: \r\n"), WELL),
    ("W03", with_header(signature(b"a=rsa-sha256; h=to:subject")), with_header(signature(b"a=rsa-sha256; " + H))),
    ("W03", with_header(signature(b"a=rsa-sha256; h=from") + LISTED),
     with_header(signature(b"a=rsa-sha256; " + H) + LISTED)),
    ("W03", with_header(signature(b"a=rsa-sha256; l=100; " + H)), with_header(signature(b"a=rsa-sha256; " + H))),
    ("W03", with_header(signature(b"a=rsa-sha1; " + H)), with_header(signature(b"a=ed25519-sha256; " + H, bits=512))),
    ("W03", with_header(signature(b"a=rsa-sha256; " + H, bits=1024)),
     with_header(signature(b"a=rsa-sha256; " + H, bits=4096))),
    (
        "W06",
        replaced(b"text/plain", b"text/html") + b'<html lang="en"><p>Speak up.</p></html>\r\n',
        WELL + b"<html><p>Speak up.</p></html>\r\n",
    ),
    ("W12", with_header(b"X-Long: a\r\n" * 2000), with_header(b"X-Long: a\r\n" * 20)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "planted", "clean"), PLANTED)
def test_a_fault_in_the_bytes_is_found(code: str, planted: bytes, clean: bytes) -> None:
    """The fault has its code, and nothing else is found; the twin without it has nothing."""
    assert set(found(planted)) == {code}
    assert found(clean) == []


@pytest.mark.parametrize(("bits", "level"), [(512, "error"), (1024, "warning")])
def test_a_signature_that_does_not_count_is_an_error(bits: int, level: str) -> None:
    """A key below 1024 bits is refused, one below 2048 is only warned of."""
    checks = new_checks()
    message = Message(with_header(signature(b"a=rsa-sha256; " + H, bits=bits)), "", "", ())

    checks.check(LETTER, message, Contact("key", 2, (TO,)), "letter.md")

    assert [problem.level for problem in checks.shared if problem.code == "W03"] == [level]


def test_raw_headers_are_fine_where_the_message_travels_with_smtputf8() -> None:
    """RFC 6532 allows other scripts where the relay has said that it takes them."""
    assert found(replaced(b"A call", "부름".encode()), smtputf8=True) == []


# Of letters that share their words only the first is looked at for its parts, and for a CR that makes up for an LF:
# of the others these are counted.
_OF_EACH = [one for one in PLANTED if one[0] != "W06" and b"\n\rb" not in one[1]]


@pytest.mark.parametrize(("code", "planted", "clean"), _OF_EACH)
def test_a_fault_is_found_after_letters_without_one(code: str, planted: bytes, clean: bytes) -> None:
    """What is known of good letters hides nothing in the next one, and the next good one has nothing."""
    checks = new_checks()
    codes = [set(codes_of(checks, content)) for content in (WELL, WELL, planted, clean)]

    assert codes[:2] == [set(), set()]
    assert codes[2] == {code}
    assert codes[3] == set()


def test_headers_that_are_alike_are_not_read_again() -> None:
    """Another recipient, subject and Message-ID are as good as the first; an encoded word in the address is not."""
    good = alike(read_fields(WELL.partition(b"\r\n\r\n")[0] + b"\r\n"))
    block = WELL.partition(b"\r\n\r\n")[0] + b"\r\n"

    def matches(old: bytes, new: bytes) -> bool:
        assert old in block
        return good.fullmatch(block.replace(old, new)) is not None

    assert matches(b"minister@state.gov", b"Anna <anna@house.gov>,\r\n bo@house.gov")
    assert matches(b"A call", b"=?utf-8?b?67aA66aE?=")
    assert matches(b"<abc@", b"<xyz.1@")
    assert not matches(b"minister@state.gov", b"=?utf-8?q?minister?=@state.gov")
    assert not matches(b"<abc@", b"<a b@")
    assert not matches(b"Subject: A call", b"Subject:  ")
    assert not matches(b"09:00:00", b"10:00:00")
    assert not matches(b"To: minister@state.gov\r\n", b"To: minister@state.gov\r\nTo: bo@house.gov\r\n")
