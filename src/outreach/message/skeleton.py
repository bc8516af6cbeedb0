"""Skeletons of messages: what letters made of the same stretches share, encoded, joined and looked through once.

A skeleton is the message of a letter whose values are marks, cut at its marks. So it has what every message has, and
where a letter's values need no encoding, its message is the skeleton with the values in it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from outreach.message.stretches import holds_no_boundary, is_plain
from outreach.model import Letter, Stretches

_SKELETONS = 256
_RECIPIENTS, _IDENTITY, _OTHERS, _BOUNDARY, _VALUES = range(5)  # what marks stand for; from the last on, values


@dataclass(frozen=True, slots=True)
class OwnHeaders:
    """The headers that are a letter's own: runs of whole lines, each ended by CRLF, with shared ones between them."""

    recipients: str  # To and Cc
    identity: str  # Subject, Date and Message-ID
    others: str = ""  # the last ones, before those of the body

    @property
    def have_plain_lines(self) -> bool:
        """Whether every line ends with CRLF, and none begins with a dot."""
        return _have_plain_lines(self.recipients + self.identity + self.others)


Emit = Callable[[Letter, OwnHeaders, str], bytes]  # composes without a skeleton; the last is the boundary


@dataclass(frozen=True, slots=True)
class MessageSkeleton:
    """A message cut at what is a letter's own."""

    pieces: list[str]  # with a place for whatever is a letter's own between them
    have_plain_lines: bool  # whether lines end with CRLF and begin with no dot, whatever plain values there are

    def fill(self, letter: Letter, own: OwnHeaders, boundary: str) -> bytes:
        """The message of a letter that `fits`."""
        pieces = self.pieces.copy()
        pieces[1::2] = _in_order(own, boundary, letter.text, letter.html)
        return "".join(pieces).encode()


def fits(letter: Letter) -> bool:
    """Whether its values can stand in a skeleton as they are, and surely hold no boundary."""
    return all(
        isinstance(text, Stretches) and is_plain(text) and holds_no_boundary(text)
        for text in (letter.text, letter.html)
        if text is not None
    )


class Skeletons:
    """The skeletons of one sender's letters. One is made for stretches that are met again, and for no others."""

    def __init__(self) -> None:
        self._places = lru_cache(maxsize=_SKELETONS)(_Place)

    def find(self, letter: Letter, emit: Emit, *, utf8: bool) -> MessageSkeleton | None:
        """The skeleton for a letter that `fits`; None where it goes the long way, by `emit`."""
        if letter.attachments or letter.images or not fits(letter):
            return None
        assert isinstance(letter.text, Stretches)  # noqa: S101 - fits has looked; this tells the types
        html = letter.html.fixed if isinstance(letter.html, Stretches) else None
        place = self._places(letter.text.fixed, html, letter.lang, utf8)
        if not place.met:
            place.met = True
        elif place.skeleton is None and not place.tried:
            place.tried = True
            place.skeleton = _make(letter, emit)
        return place.skeleton


class _Place:
    """Where the skeleton of some stretches is kept."""

    __slots__ = ("met", "skeleton", "tried")

    def __init__(self, text: tuple[str, ...], html: tuple[str, ...] | None, lang: str, utf8: bool) -> None:
        del text, html, lang, utf8
        self.met = False
        self.tried = False
        self.skeleton: MessageSkeleton | None = None


def _make(letter: Letter, emit: Emit) -> MessageSkeleton | None:
    """None where a mark does not stay as it is, as in lines that its length makes too long."""
    digest = hashlib.sha256(f"{letter.text}{letter.html}".encode(errors="surrogatepass")).hexdigest()
    nonce = f"q{digest[:16]}"

    def mark(number: int) -> str:
        return f"{nonce}{number}z"

    def marked(text: str | None, start: int) -> Stretches | None:
        if not isinstance(text, Stretches):
            return None
        return Stretches.of(text.fixed, [mark(start + place) for place in range(len(text.values))])

    text = marked(letter.text, _VALUES)
    assert text is not None  # noqa: S101 - fits has looked; this tells the types
    html = marked(letter.html, _VALUES + len(text.values))
    own = OwnHeaders(mark(_RECIPIENTS), mark(_IDENTITY), mark(_OTHERS))
    sample = Letter(letter.subject, str(text), None if html is None else str(html), letter.lang)
    cut = re.split(rf"{nonce}(\d+)z", emit(sample, own, mark(_BOUNDARY)).decode())
    if [mark(int(number)) for number in cut[1::2]] != _in_order(own, mark(_BOUNDARY), text, html):
        return None
    pieces = [""] * len(cut)
    pieces[::2] = cut[::2]
    line, value = "X: x\r\n", "x"
    cut[1::2] = [line if int(number) < _BOUNDARY else value for number in cut[1::2]]
    return MessageSkeleton(pieces, _have_plain_lines("".join(cut)))


def _in_order(own: OwnHeaders, boundary: str, text: str, html: str | None) -> list[str]:
    """What is a letter's own, in the order in which it stands in a message."""
    assert isinstance(text, Stretches)  # noqa: S101 - fits has looked; this tells the types
    if html is None:
        return [own.recipients, own.identity, own.others, *text.values]
    assert isinstance(html, Stretches)  # noqa: S101 - fits has looked; this tells the types
    return [
        own.recipients,
        own.identity,
        own.others,
        boundary,
        boundary,
        *text.values,
        boundary,
        *html.values,
        boundary,
    ]


def _have_plain_lines(text: str) -> bool:
    pairs = text.count("\r\n")
    ended = text.endswith("\r\n") and text.count("\r") == pairs == text.count("\n")
    return ended and not text.startswith(".") and "\n." not in text
