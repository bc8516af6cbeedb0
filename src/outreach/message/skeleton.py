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
from itertools import count

from outreach.message.stretches import KnownStretches, known_stretches
from outreach.model import Letter, LetterInStretches, Stretches

_SKELETONS = 256


@dataclass(frozen=True, slots=True)
class OwnHeaders:
    """The headers that are a letter's own: runs of whole lines, each ended by CRLF, with shared ones between them."""

    recipients: str  # To and Cc
    identity: str  # Subject, Date and Message-ID
    others: str = ""  # the last ones, before those of the body

    @property
    def have_plain_lines(self) -> bool:
        """Whether every line ends with CRLF; none begins with a dot, but with a name or a blank."""
        return _end_with_crlf(self.recipients + self.identity + self.others)


AnyLetter = Letter | LetterInStretches
Emit = Callable[[AnyLetter, OwnHeaders, str], bytes]  # composes without a skeleton; the last is the boundary


@dataclass(frozen=True, slots=True)
class MessageSkeleton:
    """A message cut at what is a letter's own."""

    pieces: list[str]  # with a place for whatever is a letter's own between them
    text: KnownStretches
    html: KnownStretches | None
    have_plain_lines: bool  # whether lines end with CRLF and begin with no dot, whatever plain values there are

    def fits(self, letter: LetterInStretches) -> bool:
        """Whether the letter's values can stand here as they are, and surely hold no boundary."""
        if not (self.text.is_plain(letter.text) and self.text.holds_no_boundary(letter.text)):
            return False
        if self.html is None or letter.html is None:
            return True
        return self.html.is_plain(letter.html) and self.html.holds_no_boundary(letter.html)

    def fill(self, letter: LetterInStretches, own: OwnHeaders, boundary: str) -> bytes:
        """The message of a letter that fits; the boundary is for one that has HTML."""
        pieces = self.pieces.copy()
        pieces[1::2] = _in_order(letter, own, boundary)
        return "".join(pieces).encode()


class Skeletons:
    """The skeletons of one sender's letters. One is made for stretches that are met again, and for no others."""

    def __init__(self) -> None:
        self._places = lru_cache(maxsize=_SKELETONS)(_Place)

    def find(self, letter: AnyLetter, emit: Emit, *, utf8: bool) -> MessageSkeleton | None:
        """The skeleton for this letter; None where it is to be composed without, by `emit`."""
        if not isinstance(letter, LetterInStretches) or letter.attachments or letter.images:
            return None
        place = self._places(letter.text.fixed, None if letter.html is None else letter.html.fixed, letter.lang, utf8)
        skeleton = place.skeleton(letter, emit)
        return skeleton if skeleton is not None and skeleton.fits(letter) else None


class _Place:
    """Where the skeleton of some stretches is kept."""

    __slots__ = ("_is_made", "_is_met", "_skeleton")

    def __init__(self, *key: object) -> None:
        del key
        self._is_met = False
        self._is_made = False
        self._skeleton: MessageSkeleton | None = None

    def skeleton(self, letter: LetterInStretches, emit: Emit) -> MessageSkeleton | None:
        if not self._is_made and self._is_met:
            self._skeleton = _make(letter, emit)
            self._is_made = True
        self._is_met = True
        return self._skeleton


def _make(letter: LetterInStretches, emit: Emit) -> MessageSkeleton | None:
    """None where the stretches need encoding, alone or with marks between them."""
    text = known_stretches(letter.text.fixed)
    html = None if letter.html is None else known_stretches(letter.html.fixed)
    if text is None or (html is None and letter.html is not None):
        return None
    sample, own, boundary = _marked(letter)
    # Marks are longer than most values: what they would make need encoding is not for skeletons.
    if not text.is_plain(sample.text) or not (html is None or sample.html is None or html.is_plain(sample.html)):
        return None
    nonce = boundary.rpartition("x")[0]
    cut = re.split(f"({nonce}x[0-9]+z)", emit(sample.letter, own, boundary).decode())
    if cut[1::2] != _in_order(sample, own, boundary):
        return None
    pieces = [""] * len(cut)
    pieces[::2] = cut[::2]
    cut[1::2] = ["X: x\r\n" if mark in (own.recipients, own.identity, own.others) else "x" for mark in cut[1::2]]
    return MessageSkeleton(pieces, text, html, _have_plain_lines("".join(cut)))


def _marked(letter: LetterInStretches) -> tuple[LetterInStretches, OwnHeaders, str]:
    """The letter with a mark for each value, the headers and the boundary that go with it: each mark once."""
    digest = hashlib.sha256(f"{letter.text}{letter.html}".encode(errors="surrogatepass")).hexdigest()
    marks = (f"q{digest[:8]}x{number}z" for number in count())

    def mark_values(text: Stretches) -> Stretches:
        return Stretches(text.fixed, [next(marks) for _ in text.values])

    html = None if letter.html is None else mark_values(letter.html)
    sample = LetterInStretches(letter.subject, mark_values(letter.text), html, letter.lang)
    return sample, OwnHeaders(next(marks), next(marks), next(marks)), next(marks)


def _in_order(letter: LetterInStretches, own: OwnHeaders, boundary: str) -> list[str]:
    """What is the letter's own, in the order in which it stands in the message."""
    first = [own.recipients, own.identity, own.others]
    if letter.html is None:
        return [*first, *letter.text.values]
    return [*first, boundary, boundary, *letter.text.values, boundary, *letter.html.values, boundary]


def _have_plain_lines(text: str) -> bool:
    return _end_with_crlf(text) and not text.startswith(".") and "\n." not in text


def _end_with_crlf(text: str) -> bool:
    return text.endswith("\r\n") and text.count("\n") == text.count("\r\n") == text.count("\r")
