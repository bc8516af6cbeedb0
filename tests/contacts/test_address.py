"""Addresses: what is read as a mailbox, how it is normalised, and what is refused."""

from __future__ import annotations

import email_validator
import idna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.contacts.address import AddressError, ControlCharacterError, parse_mailbox, parse_mailboxes
from outreach.model import Mailbox


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("a@b.org", "", "a@b.org"),
        ("  a@b.org\u00a0", "", "a@b.org"),
        ("<a@b.org>", "", "a@b.org"),
        ("Name <a@b.org>", "Name", "a@b.org"),
        ("Name<a@b.org>", "Name", "a@b.org"),
        ("Two\tWords < a@b.org >", "Two Words", "a@b.org"),
        ('"Quoted, Name" <a@b.org>', "Quoted, Name", "a@b.org"),
        (r'"A \"B\" \\C" <a@b.org>', r'A "B" \C', "a@b.org"),
        ('"A <x> B" <a@b.org>', "A <x> B", "a@b.org"),
        ('"Dr." No <a@b.org>', '"Dr." No', "a@b.org"),
        ("a@b.org <a@b.org>", "a@b.org", "a@b.org"),
        ("홍길동 <a@b.org>", "홍길동", "a@b.org"),
        ('"a..b"@docomo.example', "", '"a..b"@docomo.example'),
        ('"a<b"@c.example', "", '"a<b"@c.example'),
        ('Name <"a b"@c.example>', "Name", '"a b"@c.example'),
        ('"needless"@b.org', "", "needless@b.org"),
    ],
)
def test_reads_a_mailbox(text: str, name: str, address: str) -> None:
    """A mailbox is read from each of the ways people write one."""
    assert parse_mailbox(text) == Mailbox(name, address, address)


@pytest.mark.parametrize(
    ("text", "address", "wire"),
    [
        ("First.Last@Example.ORG", "First.Last@example.org", "First.Last@example.org"),
        ("Info@Example.ORG", "info@example.org", "info@example.org"),
        ("a@MÜNCHEN.de", "a@münchen.de", "a@xn--mnchen-3ya.de"),
        ("a@mu\u0308nchen.de", "a@münchen.de", "a@xn--mnchen-3ya.de"),
        ("a@faß.de", "a@faß.de", "a@xn--fa-hia.de"),
        ("a@xn--fa-hia.de", "a@faß.de", "a@xn--fa-hia.de"),
        ("홍길동@도메인.한국", "홍길동@도메인.한국", "홍길동@xn--hq1bm8jm9l.xn--3e0b707e"),
        ("cafe\u0301@b.org", "café@b.org", "café@b.org"),
    ],
)
def test_normalises_an_address(text: str, address: str, wire: str) -> None:
    """Domains become lower case, and A-labels of IDNA 2008 on the wire; the rest is composed (NFC)."""
    mailbox = parse_mailbox(text)

    assert (mailbox.address, mailbox.wire) == (address, wire)


@pytest.mark.parametrize("domain", ["office.example", "example.org", "mail.test", "no.invalid", "a.localhost"])
def test_accepts_reserved_domains(domain: str) -> None:
    """Samples may be addressed to the domains that are reserved for them."""
    assert parse_mailbox(f"a@{domain}").domain == domain


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no address"),
        ("nobody", "@-sign"),
        ("a@b", "period"),
        ("@b.org", "before the @-sign"),
        ("a@", "after the @-sign"),
        ("a..b@c.org", "two periods"),
        ("a b@c.org", "SPACE"),
        ("a@c.org b@d.org", "SPACE"),
        ("a@-b.org", "hyphen"),
        ("a@b_c.org", "invalid characters"),
        ("a@[127.0.0.1]", "IP address"),
        ("Name <a@b.org", "Name <address>"),
        ("Name <a@b.org> x", "Name <address>"),
        ("<a@b.org>>", "Name <address>"),
        ("A <b@c.org> <d@e.org>", "Name <address>"),
        ("Name <>", "@-sign"),
        ("a@" + "b" * 64 + ".org", "so many characters"),
        ("a" * 250 + "@b.org", "too long"),
    ],
)
def test_refuses_what_is_no_address(text: str, reason: str) -> None:
    """What is no address is refused with a plain reason."""
    with pytest.raises(AddressError, match=reason):
        parse_mailbox(text)


@pytest.mark.parametrize("character", ["\r\n", "\n", "\r", "\0", "\x01", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize(
    "text", ["Na{}me <a@b.org>", '"Na{}me" <a@b.org>', "a{}@b.org", "a@b{}.org", "N <a@b.org{}Bcc: c@d.org>"]
)
def test_refuses_control_characters(text: str, character: str) -> None:
    """A control character or line break in a name or an address is refused, for it could end a header."""
    with pytest.raises(ControlCharacterError, match=r"U\+"):
        parse_mailbox(text.format(character))


def test_leaves_an_encoded_word_as_it_is() -> None:
    """What looks like an encoded-word is a name like any other."""
    assert parse_mailbox("=?utf-8?q?=0ABcc:?= <a@b.org>").name == "=?utf-8?q?=0ABcc:?="


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" ; ,\n", []),
        ("a@b.org", [("", "a@b.org")]),
        ("a@b.org;", [("", "a@b.org")]),
        ("a@b.org; c@d.org", [("", "a@b.org"), ("", "c@d.org")]),
        ("a@b.org,c@d.org", [("", "a@b.org"), ("", "c@d.org")]),
        ("a@b.org\r\nc@d.org\n", [("", "a@b.org"), ("", "c@d.org")]),
        ("Müller, Hans <h@x.org>; b@y.org", [("Müller, Hans", "h@x.org"), ("", "b@y.org")]),
        ("b@y.org, Müller, Hans <h@x.org>", [("", "b@y.org"), ("Müller, Hans", "h@x.org")]),
        ("A, B, Jr. <a@b.org>, C <c@d.org>", [("A, B, Jr.", "a@b.org"), ("C", "c@d.org")]),
        ('"A; B" <a@b.org>; "C, D" <c@d.org>', [("A; B", "a@b.org"), ("C, D", "c@d.org")]),
        ('O"Brien <a@b.org>; P"Quinn <c@d.org>', [('O"Brien', "a@b.org"), ('P"Quinn', "c@d.org")]),
        ('"a;b"@c.org; N <"d,e"@f.org>', [("", '"a;b"@c.org'), ("N", '"d,e"@f.org')]),
    ],
)
def test_reads_several_mailboxes(text: str, expected: list[tuple[str, str]]) -> None:
    """Semicolons, commas and line breaks separate mailboxes, but not within a name."""
    assert [(mailbox.name, mailbox.address) for mailbox in parse_mailboxes(text)] == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a@b.org; nobody", '"nobody"'),
        ("Smith, j@x.org", '"Smith"'),
        ("Smith; Jane <j@x.org>", '"Smith"'),
        ("a@b.org\nBcc: c@d.org", '"Bcc: c@d.org"'),
        ("x@y", '"x@y"'),
        ("a@b.org; c\x07@d.org", r'"c<U\+0007>@d.org"'),
    ],
)
def test_names_the_piece_that_is_no_address(text: str, named: str) -> None:
    """Among several, the reason names the one that is wrong, with nothing unprintable in it."""
    with pytest.raises(AddressError, match=named):
        parse_mailboxes(text)


def test_a_long_piece_is_shortened() -> None:
    """A reason stays short, however long the cell is."""
    with pytest.raises(AddressError) as caught:
        parse_mailboxes("x" * 1000)

    assert len(str(caught.value)) < 150


_LOCALS = st.one_of(
    st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,80}", fullmatch=True),
    st.sampled_from(["info", "INFO", "Postmaster", "a.b", ".a", "a.", "a..b"]),
)
_DOMAINS = st.one_of(
    st.from_regex(r"[A-Za-z0-9.\-]{1,40}\.(org|example|TEST|x1|1)", fullmatch=True),
    st.sampled_from(["b.org", "xn--fa-hia.de", "XN--FA-HIA.de", "xn--.org", "ab--c.org", "b.onion", "b.local"]),
    # Some of these are short enough only as A-labels.
    st.integers(20, 40).map(lambda length: ".".join([idna.alabel("가" * length).decode()] * 3) + ".example"),
    st.integers(40, 63).map(lambda length: ".".join(["b" * length] * 4) + ".org"),
)


@settings(max_examples=120, deadline=None)
@given(_LOCALS, _DOMAINS)
def test_the_short_way_agrees_with_the_validator(local: str, domain: str) -> None:
    """Plain addresses, which are not all put through the validator, come out exactly as it would have them."""
    try:
        checked = email_validator.validate_email(f"{local}@{domain}", check_deliverability=False)
        expected = (checked.normalized, checked.ascii_email)
    except email_validator.EmailNotValidError:
        expected = None

    try:
        mailbox = parse_mailbox(f"{local}@{domain}")
        actual = (mailbox.address, mailbox.wire)
    except AddressError:
        actual = None

    assert actual == expected


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from('ab@.<>",;\\ \n\r\0\u0085é홍=?()'), max_size=30))
def test_nothing_that_could_end_a_header_comes_out(text: str) -> None:
    """Whatever is in a cell, names and addresses have no line break, and only AddressError is raised."""
    try:
        said = "".join(m.name + m.address + m.wire for m in parse_mailboxes(text))
    except AddressError as error:
        said = str(error)

    assert said.isprintable()


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.text(st.sampled_from('ab ,;<>@"\\é'), min_size=1, max_size=12).map(str.strip), min_size=1, max_size=4)
)
def test_quoted_names_round_trip(names: list[str]) -> None:
    """Names in quotes, whatever is in them, are read back from a cell with several."""
    quoted = [name.replace("\\", "\\\\").replace('"', '\\"') for name in names]
    cell = "; ".join(f'"{name}" <a{i}@b.org>' for i, name in enumerate(quoted))

    assert [mailbox.name for mailbox in parse_mailboxes(cell)] == names
