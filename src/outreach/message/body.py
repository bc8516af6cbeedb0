"""Bodies: text as lines that every relay passes on unchanged (RFC 2045, 6), so that a signature stays valid."""

from __future__ import annotations

import binascii
from dataclasses import dataclass

from outreach.message.stretches import join_plain
from outreach.model import Stretches

_LONGEST_LINE = 998  # octets, without CRLF (RFC 5322, 2.1.1)
_ENCODED_LINE = 76  # columns of base64 and quoted-printable (RFC 2045, 6.7 and 6.8)
_ABOVE_ASCII = bytes(range(128, 256))


@dataclass(frozen=True, slots=True)
class EncodedText:
    """A text part as it travels: 7-bit, every line end is CRLF."""

    transfer_encoding: str  # 7bit | quoted-printable | base64
    content: bytes


def encode_text(text: str | Stretches) -> EncodedText:
    """The text, ended by a line end, in the encoding that costs least: none, else the shorter of the two.

    Line ends of any kind become CRLF. UnicodeEncodeError for half a surrogate pair.
    """
    if isinstance(text, Stretches):
        if (plain := join_plain(text)) is not None:
            return EncodedText("7bit", plain)
        text = str(text)
    text = _close_line(text)
    content = text.replace("\n", "\r\n").encode()
    if text.isascii() and _travels_as_it_is(text):
        return EncodedText("7bit", content)
    if _quoted_length(content) <= _base64_length(content):
        return EncodedText("quoted-printable", quoted_printable(content))
    return EncodedText("base64", base64_lines(content))


def base64_lines(content: bytes) -> bytes:
    """Base64 in lines of 76 columns, each ended by CRLF."""
    encoded = binascii.b2a_base64(content, newline=False)
    lines = [encoded[start : start + _ENCODED_LINE] for start in range(0, len(encoded), _ENCODED_LINE)]
    return b"\r\n".join([*lines, b""])


def quoted_printable(content: bytes) -> bytes:
    """Quoted-printable of lines that each end in CRLF.

    No line ends in a blank, is a lone dot, starts with "From " or passes 76 columns.
    """
    # The standard library escapes in a third of the time that Python code takes, blanks at line ends and lone dots
    # included, but where it breaks a line it allows 77 columns, leaves a lone dot behind and knows no "From ".
    # So its line breaks go and ours come; what ours leave of a line is never a single dot.
    escaped = binascii.b2a_qp(content, istext=True).replace(b"=\r\n", b"")
    lines: list[bytes] = []
    for line in escaped.split(b"\r\n"):
        _break_line(line, lines)
    return b"\r\n".join(lines)


def _close_line(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


def _travels_as_it_is(text: str) -> bool:
    # Mailbox files put ">" before a line that starts with "From ", which breaks a signature.
    return "\x00" not in text and "\nFrom " not in text and not text.startswith("From ") and _lines_fit(text)


def _lines_fit(text: str) -> bool:
    """Whether no line is longer than 998 characters; looks only at the last line end in each such stretch."""
    start = 0
    while len(text) - start > _LONGEST_LINE:
        end = text.rfind("\n", start, start + _LONGEST_LINE + 1)
        if end < 0:
            return False
        start = end + 1
    return True


def _quoted_length(content: bytes) -> int:
    """About how long the content gets as quoted-printable, soft line ends included."""
    above_ascii = len(content) - len(content.translate(None, _ABOVE_ASCII))
    return (len(content) + 2 * (above_ascii + content.count(b"="))) * (_ENCODED_LINE + 2) // (_ENCODED_LINE - 1)


def _base64_length(content: bytes) -> int:
    return (len(content) + 2) // 3 * 4 * (_ENCODED_LINE + 2) // _ENCODED_LINE


def _break_line(line: bytes, lines: list[bytes]) -> None:
    """Add the escaped line to the lines, broken softly where it is too long."""
    line = _guard_start(line)
    while len(line) > _ENCODED_LINE:
        end = _ENCODED_LINE - 1
        escape = line.find(b"=", end - 2, end)  # never between the signs of =XX
        end = end if escape < 0 else escape
        lines.append(line[:end] + b"=")
        line = _guard_start(line[end:])
    lines.append(line)


def _guard_start(line: bytes) -> bytes:
    return b"=46" + line[1:] if line.startswith(b"From ") else line
