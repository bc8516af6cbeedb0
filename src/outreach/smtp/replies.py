"""Replies of a relay: from bytes to a whole reply, strictly, and from there to the words we show (RFC 5321, 4.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from outreach.model import Lost, Reply, Stage

MAX_REPLY_BYTES = 64 * 1024  # a real EHLO has 1 KB; a relay that talks on and on is not one

_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?:\s+|$)")


class MalformedReply(Exception):
    """The relay sent bytes that are no reply."""


class WholeReply(NamedTuple):
    """All lines of one reply."""

    code: int
    lines: tuple[bytes, ...]  # without code and line ends


class ReplyReader:
    """Puts replies together from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._rest = b""  # the beginning of a line
        self._code = 0  # of the lines that follow
        self._lines: list[bytes] = []  # of a reply that goes on
        self._bytes = 0  # in these

    @property
    def midway(self) -> bool:
        """Whether a part of a reply has arrived."""
        return self.kept_bytes > 0

    @property
    def kept_bytes(self) -> int:
        """How much has arrived of a reply that is not whole."""
        return self._bytes + len(self._rest)

    def feed(self, data: bytes) -> Iterator[WholeReply]:
        """The replies that are whole now, in order. MalformedReply, behind them, for anything that is none."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            reply, goes_on = _read_line(line)
            if goes_on or self._lines:
                self._add(reply, len(line) + 1)
                if goes_on:
                    continue
                reply = WholeReply(self._code, tuple(self._lines))
                self._lines, self._bytes = [], 0
            yield reply
        if self.kept_bytes > MAX_REPLY_BYTES:
            raise MalformedReply(f"more than {MAX_REPLY_BYTES // 1024} KB without an end")

    def _add(self, line: WholeReply, size: int) -> None:
        if self._lines and line.code != self._code:
            raise MalformedReply(f"its lines have different codes, {self._code} and {line.code}")
        self._code = line.code
        self._lines += line.lines
        self._bytes += size


@lru_cache(maxsize=64)  # before a letter a relay says the same again and again, and some do so after it
def _read_line(line: bytes) -> tuple[WholeReply, bool]:
    """A line as a reply of its own, and whether more of that reply follows. MalformedReply where it is none."""
    line = line.removesuffix(b"\r")
    match = _LINE.fullmatch(line)
    if match is None:
        raise MalformedReply(f'"{show(line[:200])}" is not a line of a reply')
    code, mark, text = match.groups()
    return WholeReply(int(code), (text or b"",)), mark == b"-"


@lru_cache(maxsize=64)  # most replies before a letter are the same for every letter
def usual_reply(stage: Stage, whole: WholeReply) -> Reply:
    """The same as `build_reply`, for stages at which a relay says the same again and again."""
    return build_reply(stage, whole.code, whole.lines)


def build_reply(stage: Stage, code: int, lines: Sequence[bytes]) -> Reply:
    """The reply in words: the enhanced code (RFC 2034) taken off each line, nothing unprintable left."""
    enhanced = ""
    texts: list[str] = []
    for line in lines:
        text = show(line).strip()
        match = _ENHANCED.match(text)
        # One whose class contradicts the code (450 5.7.1) says nothing certain; it stays in the text.
        if match and int(match[1]) == code // 100:
            enhanced = enhanced or match[0].strip()
            text = text[match.end() :]
        if text:
            texts.append(text)
    return Reply(stage, code, enhanced, " ".join(texts))


def read_library_reply(stage: Stage, code: int, message: str) -> Reply | Lost:
    """A reply as aiosmtplib hands it out, which takes any number for a code and -1 for what it could not read."""
    lines = message.encode("utf-8", "surrogateescape").split(b"\n")
    if not 200 <= code < 600:
        return Lost(stage, f"malformed reply: {build_reply(stage, code, lines).text[:200]}")
    return build_reply(stage, code, lines)


def show(raw: bytes) -> str:
    """Bytes of a stranger as text for a terminal: not UTF-8, control and direction characters are written out."""
    text = raw.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
