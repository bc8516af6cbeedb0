"""Headers: one field of a message as folded lines that nothing from a contact can break out of (RFC 5322, 2.2).

Each kind of header has its own emitter, because what may be encoded differs: text may, the address inside
a mailbox and anything with a URL or a message id may not (RFC 2047, 5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from outreach.message.encoded_word import encode_words
from outreach.model import Mailbox

_WIDTH = 76  # a line that holds an encoded-word; other lines may have 78, but one limit is simpler
_LONGEST_LINE = 998  # octets, without CRLF (RFC 5322, 2.1.1; RFC 6532, 3.4)
_LONGEST_ADDRESS = 64 + 1 + 255  # RFC 5321, 4.5.3.1

# Controls, the line ends that only Unicode knows, and halves of surrogate pairs, which no encoding can carry.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_NAMED = {
    "\n": "a line break (U+000A)",
    "\r": "a line break (U+000D)",
    "\x00": "a NUL character (U+0000)",
    "\x85": "a line break (U+0085)",
    "\u2028": "a line break (U+2028)",
    "\u2029": "a line break (U+2029)",
}

_WORDS = re.compile("(?:^| )( *[^ ]+)")  # each with the blanks before it, but for the one that joins them
_ATEXT = r"A-Za-z0-9!#$%&'*+\-/=?^_`{|}~"
_ATOMS = re.compile(f"[{_ATEXT}]+(?: [{_ATEXT}]+)*")
_UTF8_ATOMS = re.compile(f"[{_ATEXT}\x80-\U0010ffff]+(?: [{_ATEXT}\x80-\U0010ffff]+)*")  # RFC 6532, 3.2
_ADDRESS = re.compile(
    rf"(?:[{_ATEXT}.\x80-\U0010ffff]+|\"(?:[^\x00-\x1f\x7f\"\\]|\\[ -~])*\")"
    r"@(?:[A-Za-z0-9.\-]+|\[[A-Za-z0-9.:\-]+\])"
)
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._+\-]+@[A-Za-z0-9.\-]+")


class HeaderError(ValueError):
    """A value that must not or can't go into a header; the text says which header and why."""

    def __init__(self, header: str, reason: str) -> None:
        super().__init__(f"{header}: {reason}")
        self.header = header
        self.reason = reason


@lru_cache(maxsize=64)  # mostly one Subject for everyone
def text_header(name: str, text: str, *, utf8: bool = False) -> str:
    """A header of free text, such as Subject: as it is where it can be, else as encoded-words.

    It always reads back as the exact text, also where that looks like an encoded-word itself; a tab becomes
    a blank. `utf8` leaves other scripts raw (RFC 6532). HeaderError for control characters and line ends.
    """
    text = check_text(name, text)
    if _may_stand(text, utf8=utf8):
        words = _WORDS.findall(text)
        if _fit(words, room=_room(name)):
            return fold(name, words)
    return _encoded_text_header(name, text)


@lru_cache(maxsize=256)  # mostly one Subject for everyone: 30 to 50 µs where it needs encoding
def _encoded_text_header(name: str, text: str) -> str:
    return fold(name, encode_words(text, first_width=_room(name)))


def identifier_header(name: str, value: str) -> str:
    """A header of message ids or URLs, such as List-Unsubscribe: folded at its own blanks only, never encoded.

    HeaderError for control characters, other scripts than ASCII, and what no line can hold.
    """
    if len(name) + len(value) < _WIDTH - 2 and value.isascii() and value.isprintable() and " " not in value:
        return f"{name}: {value}\r\n"
    if not check_text(name, value).isascii():
        raise HeaderError(name, "a character outside ASCII, where nothing may be encoded")
    words = value.split()
    if any(len(word) + len(name) + 2 > _LONGEST_LINE for word in words):
        raise HeaderError(name, f"a part that is longer than a line may be ({_LONGEST_LINE} characters)")
    return fold(name, words)


def address_header(name: str, mailboxes: Sequence[Mailbox], *, utf8: bool = False, shown: bool = False) -> str:
    """A header of mailboxes, such as To: names quoted or encoded as they need, addresses as they are.

    HeaderError for control characters, and for an address that needs SMTPUTF8 where `utf8` is false; unless it is
    `shown` there, as a group of its own that names it and holds nobody (RFC 6857, 3.1.6).
    """
    if len(mailboxes) == 1 and (header := _plain_header(name, mailboxes[0])):
        return header
    words: list[str] = []
    for mailbox in mailboxes:
        if shown and mailbox.needs_smtputf8:
            check_address(name, mailbox.wire, utf8=True)
            text = check_text(name, f"{mailbox.name} <{mailbox.address}>".lstrip())
            words += [*encode_words(text, first_width=_room(name)), ":;,"]
            continue
        address = check_address(name, mailbox.wire, utf8=utf8)
        if mailbox.name:
            words += _phrase(name, mailbox.name, utf8=utf8)
            address = f"<{address}>"
        words.append(address + ",")
    words[-1] = words[-1][:-1]
    return fold(name, words)


def _plain_header(name: str, mailbox: Mailbox) -> str:
    """The header of one mailbox that fits a line with nothing quoted or encoded; empty where that isn't sure."""
    if _PLAIN_ADDRESS.fullmatch(mailbox.wire) is None:
        return ""
    header = f"{name}: {mailbox.wire}"
    if mailbox.name:
        if _ATOMS.fullmatch(mailbox.name) is None or "=?" in mailbox.name:
            return ""
        header = f"{name}: {mailbox.name} <{mailbox.wire}>"
    return f"{header}\r\n" if len(header) <= _WIDTH else ""


def list_id_header(description: str, list_id: str) -> str:
    """List-Id: the description as text, then the list's name in brackets as it is (RFC 2919, 3)."""
    words = _phrase("List-Id", description, utf8=False) if description else []
    return fold("List-Id", [*words, f"<{list_id}>"])


def check_address(name: str, address: str, *, utf8: bool) -> str:
    """The address, if it is one and can stand in the header `name` or in an envelope without any quoting by us."""
    if _ADDRESS.fullmatch(check_text(name, address)) is None:
        raise HeaderError(name, f"{address!r}, which is not an address")
    if _octets(address) > _LONGEST_ADDRESS:
        raise HeaderError(name, f"an address that is longer than {_LONGEST_ADDRESS} characters")
    if not (utf8 or address.isascii()):
        raise HeaderError(name, f"{address}, which can only be written to with SMTPUTF8")
    return address


def check_text(name: str, text: str) -> str:
    """The text with tabs as blanks; HeaderError where it holds what could end the header or can't be encoded."""
    if text.isprintable():
        return text
    text = text.replace("\t", " ")
    if found := _FORBIDDEN.search(text):
        character = found.group()
        code = f"U+{ord(character):04X}"
        kind = "half a character" if "\ud800" <= character <= "\udfff" else "a control character"
        raise HeaderError(name, _NAMED.get(character, f"{kind} ({code})"))
    return text


def fold(name: str, words: Sequence[str]) -> str:
    """The header with its words joined by blanks, broken before a blank where a line would grow too long."""
    header = f"{name}: {' '.join(words)}"
    if _octets(header) <= _WIDTH:
        return header + "\r\n"
    lines = [f"{name}: {words[0]}"]
    used = _octets(lines[0])
    for word in words[1:]:
        needed = _octets(word) + 1
        if used + needed > _WIDTH:
            lines.append("")
            used = 0
        lines[-1] += " " + word
        used += needed
    return "\r\n".join(lines) + "\r\n"


def _phrase(header: str, name: str, *, utf8: bool) -> list[str]:
    """A display name as words that may be folded apart: atoms, one quoted string, or encoded-words."""
    name = check_text(header, name)
    room = _room(header)
    if _may_stand(name, utf8=utf8):
        if (_UTF8_ATOMS if utf8 else _ATOMS).fullmatch(name):
            atoms = name.split(" ")
            if _fit(atoms, room=room):
                return atoms
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        # Many readers squeeze runs of blanks inside quotes; encoded-words keep them.
        if "  " not in name and _fit([quoted], room=room):
            return [quoted]
    return encode_words(name, first_width=room)


def _may_stand(text: str, *, utf8: bool) -> bool:
    """Whether readers take the text for what it is without encoding.

    Not so for what looks like an encoded-word, even between quotes: many decode it there as well.
    """
    return (utf8 or text.isascii()) and "=?" not in text and text == text.strip(" ")


def _room(name: str) -> int:
    """The columns that the header's name leaves on its first line."""
    return _WIDTH - len(name) - len(": ")


def _fit(words: Sequence[str], *, room: int) -> bool:
    return all(_octets(word) <= room for word in words)


def _octets(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
