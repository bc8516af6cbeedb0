"""E01 to E07 and E18: what the large receivers refuse a message for, seen in the bytes of its headers and lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache

from outreach.errors import Problem
from outreach.preflight.checks.fields import is_name, unfold

_SINGLE = frozenset(
    b"from sender reply-to to cc bcc message-id in-reply-to references subject date mime-version content-type "
    b"content-transfer-encoding list-unsubscribe list-unsubscribe-post list-id feedback-id".split()
)
_ADDRESSES = frozenset((b"from", b"sender", b"reply-to", b"to", b"cc", b"list-id"))  # words, then what is in brackets
_IDENTIFIERS = frozenset(b"message-id in-reply-to references list-unsubscribe list-unsubscribe-post list-help".split())
CHECKED = _ADDRESSES | _IDENTIFIERS | {b"date", b"subject"}
_ENCODED_WORD = re.compile(rb"=\?[!->@-~]+\?[bBqQ]\?[^?\s]*\?=")
_MESSAGE_ID = re.compile(rb"<[!-;=?A-~]+@[!-;=?A-~]+>")
_LONGEST_LINE = 998  # octets, without CRLF (RFC 5322, 2.1.1)
_DAY = 86400.0

_OURS = "Please report it: no setting and no row should be able to do this."


def check_names(names: tuple[bytes, ...]) -> Iterator[Problem]:
    """What is missing, or there twice (RFC 5322, 3.6)."""
    if b"from" not in names:
        yield Problem("E01", "", "the message has no From", "Set from under [sender].")
    for name in sorted(_SINGLE.intersection(name for name in names if names.count(name) > 1)):
        yield Problem("E02", "", f"the header {name.decode()} stands in the message twice", _OURS)
    if b"message-id" not in names:
        yield Problem("E03", "", "the message has no Message-ID", _OURS)
    if b"date" not in names:
        yield Problem("E04", "", "the message has no Date", _OURS)
    if b"subject" not in names:
        yield Problem("E18", "", "the message has no Subject", "Let subject say something for every row.")
    if not all(map(is_name, names)):
        yield Problem("E05", "", "there is a line among the headers that is none", _OURS)


def is_ordinary(name: bytes, value: bytes) -> bool:
    """Whether there is surely nothing to say of a field that is different in each message."""
    return b"=?" not in value and (name != b"message-id" or _MESSAGE_ID.fullmatch(value) is not None)


def check_field(name: bytes, value: bytes, *, now: float) -> Iterator[Problem]:
    """What is wrong with one field. `now` in seconds since the epoch."""
    value = unfold(value)
    if name == b"from":
        yield from _check_from(value)
    elif name == b"message-id" and not _MESSAGE_ID.fullmatch(value):
        yield Problem("E03", "", "the Message-ID is not of the form <…@domain>", _OURS)
    elif name == b"date":
        yield from _check_date(value, now)
    elif name == b"subject" and not value.strip():
        yield Problem("E18", "", "the subject is empty", "Let it say something for every row.")
    if _misplaces_encoded_word(name, value):
        message = f"the header {name.decode()} holds an encoded word inside an address or an identifier"
        yield Problem("E06", "", message, "Write the address or the link in plain ASCII.")


def check_ascii(block: bytes, *, smtputf8: bool) -> Iterator[Problem]:
    """Raw non-ASCII needs SMTPUTF8 (RFC 6532)."""
    if not (smtputf8 or block.isascii()):
        yield Problem("E07", "", "a header holds other characters than ASCII, unencoded", _OURS)


def lines_seem_fine(content: bytes) -> bool:
    """Whether the lines of a message are as those of one that `check_lines` has looked at, in a fifth of the time."""
    return content.count(b"\r") == content.count(b"\n") and b"\0" not in content and lines_fit(content)


def check_lines(content: bytes) -> Iterator[Problem]:
    """Lines of at most 998 octets, each ended by CRLF (RFC 5322, 2.1.1 and 2.3)."""
    ends = content.count(b"\r\n")
    if content.count(b"\n") != ends or content.count(b"\r") != ends:
        yield Problem("E05", "", "the message holds a CR or an LF that is not a line end", _OURS)
    elif b"\0" in content:
        yield Problem("E05", "", "the message holds a NUL", _OURS)
    elif not lines_fit(content):
        yield Problem("E05", "", f"the message holds a line of more than {_LONGEST_LINE} octets", _OURS)


def lines_fit(content: bytes) -> bool:
    """Whether no line is too long; looks only at the last line end in each such stretch."""
    start = 0
    while len(content) - start > _LONGEST_LINE:
        end = content.rfind(b"\r\n", start, start + _LONGEST_LINE + 2)
        if end < 0:
            return False
        start = end + 2
    return True


def _check_from(value: bytes) -> Iterator[Problem]:
    addresses = getaddresses([value.decode("utf-8", errors="replace")])
    if len(addresses) != 1 or "@" not in addresses[0][1].strip("@"):
        message = f"From must hold exactly one address, and holds {len([a for _, a in addresses if '@' in a])}"
        yield Problem("E01", "", message, "Correct from under [sender]: large receivers refuse all else.")


def _check_date(value: bytes, now: float) -> Iterator[Problem]:
    date = _seconds(value)
    if date is None:
        yield Problem("E04", "", "the Date can't be read", _OURS)
    elif abs(date - now) > _DAY:
        message = "the Date is more than a day from now, for which receivers mark mail as spam"
        yield Problem("E04", "", message, "Set the clock of this machine right.")


@lru_cache(maxsize=16)
def _seconds(value: bytes) -> float | None:
    try:
        return parsedate_to_datetime(value.decode("ascii")).timestamp()
    except (ValueError, OverflowError):
        return None


def _misplaces_encoded_word(name: bytes, value: bytes) -> bool:
    """RFC 2047, 5: not in an addr-spec, a message id or a URL."""
    if b"=?" not in value:
        return False
    if name in _IDENTIFIERS:
        return _ENCODED_WORD.search(value) is not None
    if name in _ADDRESSES:
        outside = re.sub(rb'"(?:[^"\\]|\\.)*"', b"", value)
        words = _ENCODED_WORD.finditer(outside)
        return any(_touches_address(outside, word.start(), word.end()) for word in words)
    return False


def _touches_address(value: bytes, start: int, end: int) -> bool:
    inside = value.rfind(b"<", 0, start) > value.rfind(b">", 0, start)
    return inside or value[end : end + 1] == b"@" or value[start - 1 : start] == b"@"
