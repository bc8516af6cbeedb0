"""Addresses: the texts that people write into a cell become mailboxes, checked and normalised, or a reason why not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import email_validator
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from outreach.contacts.characters import BLANKS, find_forbidden, show, trim
from outreach.model import Mailbox

# Samples and rehearsals are addressed to these (RFC 6761); elsewhere it is made sure that they stay on this machine.
# The validator documents its list as one to be changed. `example` is not in it.
for _name in ("test", "invalid", "localhost"):
    if _name in email_validator.SPECIAL_USE_DOMAIN_NAMES:
        email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(_name)

# Nearly every address there is: 3 µs, against 40 µs through the validator. A test shows that the two agree.
_ATEXT = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+"
_PLAIN = re.compile(rf"({_ATEXT}(?:\.{_ATEXT})*)@([A-Za-z0-9.\-]+)")
_LOWERED = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)  # info, postmaster and their kin (RFC 2142)
_LONGEST = 254  # octets (RFC 5321, 4.5.3.1.3)

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BRACKETS = re.compile(rf"<({_QUOTED.pattern}@[^<>]*|[^<>]*)>", re.DOTALL)
_BRACKET = re.compile("[<>]")
_NAMED = re.compile(rf"(?:{_QUOTED.pattern}[{BLANKS}]*|([^<>]*)){_BRACKETS.pattern}", re.DOTALL)

_DOMAINS_KEPT = 20_000


class AddressError(ValueError):
    """Not an address; the text is the reason, to stand behind a colon."""


class ControlCharacterError(AddressError):
    """A name or an address holds a control character or a line break, which could end a header."""


def parse_mailbox(text: str) -> Mailbox:
    """One mailbox from `a@b`, `Name <a@b>` or `"Quoted, Name" <a@b>`. AddressError says why it is none."""
    text = trim(text)
    plain = _parse_plain(text)
    return plain if plain is not None else _parse_any(text)


def parse_mailboxes(text: str) -> tuple[Mailbox, ...]:
    """All mailboxes of a cell, separated by `;`, `,` or line breaks; none for an empty cell.

    A comma inside quotes, or in a name before its address, separates nothing: `Müller, Hans <h@x.org>` is one.
    AddressError says which piece is none and why.
    """
    text = trim(text)
    plain = _parse_plain(text)
    if plain is not None:
        return (plain,)
    return tuple(map(_parse_piece, _split(text)))


def check_name(name: str) -> str:
    """A display name without blanks around it and with blanks for its tabs. AddressError for control characters."""
    name = trim(name)
    if not name.isprintable():
        _refuse_forbidden(name)
        name = name.replace("\t", " ")
    return name


def _parse_plain(text: str) -> Mailbox | None:
    """The mailbox if it is a bare address in ASCII without any oddity."""
    if (match := _PLAIN.fullmatch(text)) is None:
        return None
    local, domain = match.groups()
    try:
        unicode_domain, ascii_domain = _check_domain(domain)
    except email_validator.EmailNotValidError:
        return None  # so that the whole address is what the reason speaks of
    if local.lower() in _LOWERED:
        local = local.lower()
    address = f"{local}@{unicode_domain}"
    if max(len(text), len(address.encode())) > _LONGEST:
        return None
    return Mailbox("", address, address if ascii_domain == unicode_domain else f"{local}@{ascii_domain}")


@lru_cache(maxsize=_DOMAINS_KEPT)
def _check_domain(domain: str) -> tuple[str, str]:
    """The domain in Unicode and as A-labels."""
    checked = email_validator.validate_email(f"a@{domain}", check_deliverability=False)
    return checked.domain, checked.ascii_domain


def _parse_any(text: str) -> Mailbox:
    """Any mailbox that the plain form does not cover."""
    if not text:
        raise AddressError("there is no address")
    _refuse_forbidden(text)
    if not _BRACKET.search(_QUOTED.sub("", text)):
        return _check_address("", text)
    if (match := _NAMED.fullmatch(text)) is None:
        raise AddressError("it should end in one address in brackets: Name <address>")
    quoted, plain, address = match[1], match[2], match[3]
    name = plain if quoted is None else _ESCAPED.sub(r"\1", quoted)
    return _check_address(check_name(name), trim(address))


def _check_address(name: str, address: str) -> Mailbox:
    try:
        # Some addresses in Japan have two dots in a row and so must be quoted.
        checked = email_validator.validate_email(address, check_deliverability=False, allow_quoted_local=True)
    except email_validator.EmailNotValidError as error:
        sentences = str(error).rstrip(".").split(". ")
        raise AddressError("; ".join(sentence[:1].lower() + sentence[1:] for sentence in sentences)) from None
    return Mailbox(name, checked.normalized, f"{checked.local_part}@{checked.ascii_domain}")


def _refuse_forbidden(text: str) -> None:
    if found := find_forbidden(text):
        raise ControlCharacterError(f"it holds {found}")


def _parse_piece(piece: str) -> Mailbox:
    try:
        return parse_mailbox(piece)
    except AddressError as error:
        raise type(error)(f"{show(piece)}: {error}") from None


# --- several in one cell ----------------------------------------------------------------------------------------------


def _split(text: str) -> list[str]:
    """The pieces of a cell, none of them empty; commas within a name don't count."""
    pieces: list[str] = []
    begun: list[str] = []  # pieces before commas that may turn out to be the beginning of a name
    for piece, separator in _cut(text):
        if separator == "," and trim(piece) and "@" not in piece:
            begun.append(piece)
            continue
        if begun and trim(piece).endswith(">"):
            pieces.append(",".join([*begun, piece]))
        else:
            pieces += [*begun, piece]
        begun = []
    return [trimmed for piece in pieces if (trimmed := trim(piece))]


def _cut(text: str) -> Iterator[tuple[str, str]]:
    """The pieces between separators that stand outside of quotes and brackets, each with the one that ends it."""
    start = position = 0
    fresh = True  # nothing but blanks in this piece so far: only here a quote opens
    while position < len(text):
        character = text[position]
        if character in ";,\r\n":
            yield text[start:position], character
            start = position + 1
        whole = (_QUOTED if fresh and character == '"' else _BRACKETS).match(text, position)
        position = whole.end() if whole else position + 1
        fresh = start == position or (fresh and character in BLANKS)
    yield text[start:], ""
