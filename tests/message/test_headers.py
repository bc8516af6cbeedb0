"""Headers read back as what went in, whatever it was."""

from __future__ import annotations

import email
import email.policy

import pytest
from hypothesis import given, settings

from outreach.message.headers import HeaderError, address_header, identifier_header, text_header
from outreach.model import Mailbox
from tests.message.reading import decode_text, lines, read_mailboxes, unfold, without_blanks
from tests.message.samples import HARD_TEXTS, header_text, mailbox


def test_short_ascii_text_stays_as_it_is() -> None:
    """Plain text that fits one line is not touched."""
    header = text_header("Subject", "A call: stop, now!")

    assert header == "Subject: A call: stop, now!\r\n"


def test_long_ascii_text_is_folded_at_its_blanks() -> None:
    """Text that needs no encoding is only broken before blanks, never inside a word."""
    header = text_header("Subject", "word " * 40 + "end")

    assert "=?" not in header
    assert max(map(len, lines(header.encode()))) <= 76
    assert unfold(header) == "word " * 40 + "end"


@pytest.mark.parametrize("text", HARD_TEXTS)
def test_hard_text_reads_back_literally(text: str) -> None:
    """Free text of any language reads back exactly, in lines of at most 76 columns of ASCII."""
    header = text_header("Subject", text)

    assert decode_text(unfold(header)) == text
    assert header.isascii()
    assert max(map(len, lines(header.encode()))) <= 76


@settings(max_examples=100, deadline=None)
@given(header_text)
def test_any_text_reads_back_literally(text: str) -> None:
    """Whatever a header may hold reads back exactly, in a line of its own that holds no other header."""
    header = text_header("Subject", text)

    assert decode_text(unfold(header)) == text
    assert header.isascii()
    assert max(map(len, lines(header.encode()))) <= 76


@settings(max_examples=75, deadline=None)
@given(header_text)
def test_raw_text_reads_back_literally(text: str) -> None:
    """Where other scripts may stand raw the text reads back exactly too, in lines of at most 76 octets."""
    header = text_header("Subject", text, utf8=True)

    assert decode_text(unfold(header)) == text
    assert max(map(len, lines(header.encode()))) <= 76


def test_raw_text_is_not_encoded_where_it_may_stand() -> None:
    """With SMTPUTF8 other scripts stay readable."""
    assert text_header("Subject", "강제송환 중단", utf8=True) == "Subject: 강제송환 중단\r\n"


def test_korean_is_base64_and_accents_are_quoted_printable() -> None:
    """Encoded-words take the shorter encoding."""
    korean, french = text_header("Subject", "강제송환"), text_header("Subject", "Appel à la Chine")

    assert korean == "Subject: =?utf-8?b?6rCV7KCc7Iah7ZmY?=\r\n"
    assert french == "Subject: =?utf-8?q?Appel_=C3=A0_la_Chine?=\r\n"


def test_no_character_is_split_between_encoded_words() -> None:
    """Each encoded-word is whole UTF-8 by itself, at every offset of the characters."""
    for offset in range(4):
        words = unfold(text_header("Subject", "x" * offset + "😀가é" * 40)).split(" ")

        assert len(words) > 5
        assert "".join(decode_text(word) for word in words) == "x" * offset + "😀가é" * 40


SEEN_AS_ONE = [
    "👨\u200d👩\u200d👧", "👍🏽", "🇰🇷", "❤️", "é",
    "e\u0301", "\u1112\u1161\u11ab", "각", "가\u11a8", "क्षि", "ต่ำ", "กำ", "بِّ", "x",
]  # fmt: skip


@pytest.mark.parametrize("one", SEEN_AS_ONE)
def test_what_is_seen_as_one_character_is_not_torn(one: str) -> None:
    """Each encoded-word begins where a reader would set the cursor, at every offset; a longer run is still split."""
    for offset in range(50):
        text = "ü" * offset + one * 60
        starts = set(range(offset)) | {offset + number * len(one) for number in range(61)}
        words = unfold(text_header("Subject", text)).split(" ")

        position = 0
        for word in words:
            assert position in starts, (offset, word)
            position += len(decode_text(word))
        assert position == len(text)
        assert max(map(len, words)) <= 75


@pytest.mark.parametrize("mark", ["\u0301", "\u20d7"])
def test_what_is_seen_as_one_and_is_longer_than_a_word_is_split(mark: str) -> None:
    """A letter under a hundred marks arrives as it is, in words of their length."""
    for offset in range(60):
        text = "x" * offset + "e" + mark * 100 + "z"
        words = unfold(text_header("Subject", text)).split(" ")

        assert "".join(map(decode_text, words)) == text
        assert max(map(len, words)) <= 75, offset


def test_address_that_can_not_stand_is_shown() -> None:
    """For a relay without SMTPUTF8 it is text in a group without anybody, between those that can be written to."""
    mailboxes = [
        mailbox("a@b.example", "A"),
        Mailbox("홍길동", "홍@한국.kr", "홍@xn--3e0b707e.kr"),
        mailbox("c@d.example"),
    ]
    header = address_header("Cc", mailboxes, shown=True)
    read = email.message_from_string(header, policy=email.policy.default)["Cc"]

    assert header.isascii()
    assert [one.addr_spec for one in read.addresses] == ["a@b.example", "c@d.example"]
    assert [group.display_name for group in read.groups] == [None, "홍길동 <홍@한국.kr>", None]
    assert max(map(len, lines(header.encode()))) <= 76


def test_what_looks_encoded_makes_no_header() -> None:
    """A subject in the form of an encoded-word with a line end inside is text to every parser."""
    hostile = "=?utf-8?q?=0A?=Bcc: x@evil.example"
    message = email.message_from_string(text_header("Subject", hostile), policy=email.policy.default)

    assert message.keys() == ["Subject"]
    assert message["Subject"] == hostile


def test_a_tab_becomes_a_blank() -> None:
    """A tab is no reason to refuse a text or a name."""
    assert text_header("Subject", "a\tb") == "Subject: a b\r\n"
    assert address_header("To", [mailbox("a@b.example", "A\tB")]) == "To: A B <a@b.example>\r\n"


@pytest.mark.parametrize(
    "character",
    [chr(code) for code in (*range(0x20), 0x7F, 0x85, 0x2028, 0x2029, 0xD83D) if chr(code) != "\t"],
)
def test_control_characters_are_refused(character: str) -> None:
    """No header of any kind takes a control character, a line end of any kind, or half a character."""
    hostile = f"a{character}Bcc: x@evil.example"

    for utf8 in (False, True):
        with pytest.raises(HeaderError):
            text_header("Subject", hostile, utf8=utf8)
        with pytest.raises(HeaderError):
            address_header("To", [mailbox("a@b.example", hostile)], utf8=utf8)
        with pytest.raises(HeaderError):
            address_header("To", [mailbox(f"a{character}@b.example")], utf8=utf8)
    with pytest.raises(HeaderError):
        identifier_header("List-Unsubscribe", f"<https://a.example/{character}>")


def test_the_error_names_the_header_and_the_reason() -> None:
    """The exception carries what a message to the user needs."""
    with pytest.raises(HeaderError) as caught:
        text_header("Subject", "a\nb")

    assert (caught.value.header, caught.value.reason) == ("Subject", "a line break (U+000A)")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "a@b.example"),
        ("Kim Min-jun", "Kim Min-jun <a@b.example>"),
        ("Müller", "=?utf-8?q?M=C3=BCller?= <a@b.example>"),
        ("Dr. Kim", '"Dr. Kim" <a@b.example>'),
        ("Dr.  Kim", "=?utf-8?q?Dr=2E__Kim?= <a@b.example>"),
        ("Kim, Min", '"Kim, Min" <a@b.example>'),
        ('"', '"\\"" <a@b.example>'),
        ("a\\b", '"a\\\\b" <a@b.example>'),
        ("홍길동", "=?utf-8?b?7ZmN6ri464+Z?= <a@b.example>"),
        ("=?utf-8?q?x?=", "=?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <a@b.example>"),
    ],
)
def test_names_are_quoted_or_encoded_as_they_need(name: str, expected: str) -> None:
    """A name is atoms where it can be, else a quoted string, else encoded-words."""
    assert address_header("To", [mailbox("a@b.example", name)]) == f"To: {expected}\r\n"


@pytest.mark.parametrize("utf8", [False, True])
@pytest.mark.parametrize("name", HARD_TEXTS)
def test_hard_names_read_back_literally(name: str, *, utf8: bool) -> None:
    """Names of any kind read back exactly, first and later in a header, in lines of at most 76 octets."""
    header = address_header("Cc", [mailbox("a@b.example", name), mailbox("c@d.example", name)], utf8=utf8)

    assert read_mailboxes(unfold(header)) == [(name, "a@b.example"), (name, "c@d.example")]
    assert utf8 or header.isascii()
    assert max(map(len, lines(header.encode()))) <= 76


@settings(max_examples=100, deadline=None)
@given(header_text)
def test_any_name_reads_back_literally(name: str) -> None:
    """Whatever a name may hold, it neither changes nor adds an address."""
    header = address_header("To", [mailbox("a@b.example", name), mailbox("c@d.example")])

    assert read_mailboxes(unfold(header)) == [(name, "a@b.example"), ("", "c@d.example")]
    assert max(map(len, lines(header.encode()))) <= 76


@settings(max_examples=30, deadline=None)
@given(header_text)
def test_the_standard_library_agrees_on_addresses(name: str) -> None:
    """The standard library's parser finds the same addresses without defects, and the same name but for blanks."""
    header = address_header("To", [mailbox("a@b.example", name), mailbox("c@d.example")])
    found = email.message_from_string(header, policy=email.policy.default)["To"]

    assert [address.addr_spec for address in found.addresses] == ["a@b.example", "c@d.example"]
    assert found.defects == ()
    assert without_blanks(found.addresses[0].display_name) == without_blanks(name)


def test_many_mailboxes_are_folded_between_words() -> None:
    """A long list breaks at blanks and keeps every mailbox."""
    mailboxes = [mailbox(f"deputy{number}@parliament.example", f"Deputy Number {number}") for number in range(40)]
    header = address_header("Cc", mailboxes)

    assert max(map(len, lines(header.encode()))) <= 76
    assert read_mailboxes(unfold(header)) == [(each.name, each.address) for each in mailboxes]


def test_the_address_is_the_one_for_the_wire() -> None:
    """The domain appears as A-labels, never in its own script and never encoded."""
    header = address_header("To", [Mailbox("", "kim@한국.example", "kim@xn--3e0b707e.example")])

    assert header == "To: kim@xn--3e0b707e.example\r\n"


def test_an_address_is_never_encoded() -> None:
    """A local part in another script appears raw with SMTPUTF8 and is refused without it."""
    korean = mailbox("홍길동@gov.example", "홍길동")

    assert address_header("To", [korean], utf8=True) == "To: 홍길동 <홍길동@gov.example>\r\n"
    with pytest.raises(HeaderError, match="SMTPUTF8"):
        address_header("To", [korean])


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example, x@evil.example",
        "a@b.example>",
        "<a@b.example>",
        "a b@c.example",
        "a(b)@c.example",
        "a",
        "@b",
        '"a@b',
    ],
)
def test_what_is_not_one_address_is_refused(address: str) -> None:
    """An address can't bring a second one along, nor brackets, comments or blanks."""
    with pytest.raises(HeaderError, match="not an address"):
        address_header("To", [mailbox(address)])


def test_unusual_addresses_are_kept() -> None:
    """A quoted local part and an address literal are addresses too."""
    header = address_header("To", [mailbox('"a, b"@c.example'), mailbox("a@[192.0.2.1]")])

    assert header == 'To: "a, b"@c.example, a@[192.0.2.1]\r\n'


def test_an_endless_address_is_refused() -> None:
    """No line can grow past what SMTP allows because of one address."""
    with pytest.raises(HeaderError, match="longer than 320"):
        address_header("To", [mailbox("a" * 1000 + "@b.example")])


def test_a_long_url_is_never_encoded() -> None:
    """An unsubscribe header with a URL of 300 characters is broken at its blank only."""
    url = f"<https://letters.coalition.example/u/{'x' * 261}/>"
    header = identifier_header("List-Unsubscribe", f"{url}, <mailto:unsubscribe@coalition.example>")

    assert len(url) == 300
    assert header == f"List-Unsubscribe: {url},\r\n <mailto:unsubscribe@coalition.example>\r\n"


def test_an_identifier_that_no_line_can_hold_is_refused() -> None:
    """A URL that would need breaking inside, or that is not ASCII, is an error rather than damaged."""
    with pytest.raises(HeaderError, match="longer than a line"):
        identifier_header("List-Unsubscribe", f"<https://a.example/{'x' * 990}>")
    with pytest.raises(HeaderError, match="ASCII"):
        identifier_header("List-Unsubscribe", "<https://한국.example/>")
