"""Every byte that we send as a command or as a letter is built here, and refused here if it could smuggle another."""

from __future__ import annotations

import re
from functools import lru_cache

from outreach.model import Message

QUIT = b"QUIT\r\n"
RSET = b"RSET\r\n"
DATA = b"DATA\r\n"
END_OF_LETTER = b".\r\n"

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029<>]")  # controls of both kinds, blanks, brackets
# A quoted local part may hold blanks and brackets, and ends where it says (RFC 5321, 4.1.2); no control in it either.
_QUOTED = re.compile(r'"(?:[^\x00-\x1f\x7f-\xa0\u2028\u2029"\\]|\\[ -~])*"(?=@)')
_MAX_LINE = 510  # RFC 5321, 4.5.3.1.4: 512 octets with CRLF; far more than two addresses of legal length need
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_DOT_AFTER_LINE = re.compile(rb"\n\.")  # found in a third of the time that `in` takes


@lru_cache(maxsize=512)  # the letters of a campaign come from one address, and are of few sizes
def mail_from(address: str, *, size: int | None, smtputf8: bool) -> bytes:
    """MAIL with its parameters: SIZE in octets (RFC 1870) where given, SMTPUTF8 (RFC 6531)."""
    parameters = f" SIZE={size}" if size is not None else ""
    parameters += " SMTPUTF8" if smtputf8 else ""
    return _line(f"MAIL FROM:<{_checked(address, smtputf8=smtputf8)}>{parameters}")


def rcpt_to(address: str, *, smtputf8: bool) -> bytes:
    """RCPT."""
    return _line(f"RCPT TO:<{_checked(address, smtputf8=smtputf8)}>")


def check_letter(message: Message) -> None:
    """ValueError for a message that must not be sent; one whose lines are known was checked when they became so."""
    if message.stuffed is None and not message.has_plain_lines:
        check_lines(message.content)


def stuffed(message: Message) -> bytes:
    """The message's content as it travels. ValueError for one that must not be sent."""
    if message.stuffed is not None:
        return message.stuffed
    return message.content if message.has_plain_lines else stuff_dots(message.content)


def check_lines(content: bytes) -> None:
    """ValueError unless every line ends with CRLF and no CR or LF stands alone (the root of SMTP smuggling)."""
    pairs = content.count(b"\r\n")
    if not content.endswith(b"\r\n") or content.count(b"\r") != pairs or content.count(b"\n") != pairs:
        raise ValueError("the message has a line that does not end with CRLF")


def stuff_dots(content: bytes) -> bytes:
    """The letter as it travels: a second dot before each line that begins with one (RFC 5321, 4.5.2)."""
    check_lines(content)
    # The search is much cheaper than the substitution, and hardly any letter has such a line.
    if content.startswith(b".") or _DOT_AFTER_LINE.search(content):
        return _LEADING_DOT.sub(b"..", content)
    return content


def _checked(address: str, *, smtputf8: bool) -> str:
    quoted = _QUOTED.match(address)
    found = _FORBIDDEN.search(address, quoted.end() if quoted else 0)
    if found:
        raise ValueError(f"an envelope address holds {found[0]!r}")
    if not smtputf8 and not address.isascii():
        raise ValueError("an envelope address is not ASCII, and the message does not ask for SMTPUTF8")
    return address


def _line(command: str) -> bytes:
    line = command.encode("utf-8")
    if len(line) > _MAX_LINE:
        raise ValueError(f"a command would be {len(line)} octets long")
    return line + b"\r\n"
