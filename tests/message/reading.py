"""A second reader of messages, strict and small, for what the standard library's parser gets wrong.

In names, Python 3.11.7 keeps the blank between neighbouring encoded-words, which RFC 2047 tells readers to drop,
and squeezes runs of blanks after decoding. It can't read raw UTF-8 in headers from bytes.
"""

from __future__ import annotations

import binascii
import email
import email.policy
import re
from email.message import EmailMessage

_ENCODED_WORD = re.compile(r"=\?utf-8\?([bq])\?([!->@-~]+)\?=")
_PHRASE_OR_ADDRESS = re.compile(r' *(?:"((?:[^"\\]|\\.)*)"|<([^>]*)>|(,)|([^ ",<>]+(?: +[^ ",<>]+)*))')


def parse(content: bytes) -> EmailMessage:
    """The message as the standard library reads it; fails for any defect in its structure."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk() if part.defects] == []
    return message


def lines(content: bytes) -> list[bytes]:
    """The lines without their CRLF; fails for a bare CR or LF and for a line over 998 octets."""
    assert content.endswith(b"\r\n")
    found = content.split(b"\r\n")[:-1]
    assert not [line for line in found if b"\r" in line or b"\n" in line or len(line) > 998]
    return found


def header_lines(content: bytes) -> list[bytes]:
    """The lines before the first empty one."""
    found = lines(content)
    return found[: found.index(b"")]


def headers(content: bytes) -> dict[str, str]:
    """The unfolded headers; fails where one occurs twice."""
    found: dict[str, str] = {}
    for line in re.split(r"\r\n(?![ ])", b"\r\n".join(header_lines(content)).decode()):
        name, value = line.replace("\r\n", "").split(": ", 1)
        assert name not in found
        found[name] = value
    return found


def unfold(header: str) -> str:
    """The value of one emitted header, on one line; fails for a header that breaks the rules for lines."""
    for line in lines(header.encode()):
        assert line.strip(b" ")
    return header.removesuffix("\r\n").replace("\r\n", "").split(": ", 1)[1]


def decode_text(value: str) -> str:
    """Free text: encoded-words are decoded, and blanks between two of them vanish (RFC 2047, 6.2)."""
    decoded, previous_encoded = "", True
    for blanks, word in re.findall(r"( *)([^ ]+)", value):
        found = _ENCODED_WORD.fullmatch(word)
        assert found is None or len(word) <= 75
        decoded += "" if found and previous_encoded else blanks
        decoded += _decode_word(found) if found else word
        previous_encoded = found is not None
    return decoded


def read_mailboxes(value: str) -> list[tuple[str, str]]:
    """Names and addresses of an address header."""
    found: list[tuple[str, str]] = []
    name, position = "", 0
    while position < len(value):
        token = _PHRASE_OR_ADDRESS.match(value, position)
        assert token, value[position:]
        quoted, address, comma, words = token.groups()
        assert not (comma and name), f"a name without an address: {name}"
        if quoted is not None:
            name += re.sub(r"\\(.)", r"\1", quoted)
        elif address is not None:
            found.append((name, address))
            name = ""
        elif words is not None and "@" in words:
            found.append(("", words))
        elif words is not None:
            name += decode_text(words)
        position = token.end()
    return found


def without_blanks(text: str) -> str:
    """The text without what the standard library gets wrong in names."""
    return text.replace(" ", "")


def _decode_word(found: re.Match[str]) -> str:
    kind, content = found.groups()
    if kind == "b":
        return binascii.a2b_base64(content, strict_mode=True).decode()
    octets = re.sub(r"=([0-9A-F]{2})", lambda escape: chr(int(escape[1], 16)), content.replace("_", " "))
    return octets.encode("latin-1").decode()
