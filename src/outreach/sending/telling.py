"""Telling letters: the few that show most of what a campaign does, picked while the list goes by."""

from __future__ import annotations

from dataclasses import dataclass, field

from outreach.letter.language import canonical_tag
from outreach.model import Contact

_KINDS_MOST = 1000  # of letters; more languages than that are no longer told apart


@dataclass(frozen=True, slots=True)
class _Candidate:
    """The row that stands for all of its kind: the one with the longest name."""

    position: int  # in the list
    key: str
    name_length: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a letter tells beside its name."""

    lang: str
    has_copies: bool
    has_attachments: bool

    def tells(self) -> set[str]:
        """What one letter of this kind shows, as words to be collected."""
        told = {f"lang {self.lang}"}
        return told | ({"copies"} if self.has_copies else set()) | ({"attachments"} if self.has_attachments else set())


@dataclass(slots=True)
class Telling:
    """Picks at most `most` rows: each language, the longest name, one with copies, one with an attachment of its own.

    One letter may tell several of these. What is left is filled up with the first rows. The same list gives the
    same rows, and a list of a million leaves no more in memory than a handful of keys.
    """

    most: int
    default_lang: str
    _seen: int = 0
    _first: list[tuple[int, str]] = field(default_factory=list)  # positions and keys
    _kinds: dict[_Kind, _Candidate] = field(default_factory=dict)

    def hear(self, contact: Contact) -> None:
        """Take the next row in."""
        position, self._seen = self._seen, self._seen + 1
        if len(self._first) < self.most:
            self._first.append((position, contact.key))
        kind = self._kind(contact)
        length = max(len(mailbox.name) for mailbox in contact.to)
        known = self._kinds.get(kind)
        if known is None and len(self._kinds) >= _KINDS_MOST:
            return
        if known is None or length > known.name_length:
            self._kinds[kind] = _Candidate(position, contact.key, length)

    def chosen(self) -> frozenset[str]:
        """The keys of the rows to take, of those heard so far."""
        picked = self._pick()
        for position, key in self._first:
            if len(picked) < self.most:
                picked.setdefault(position, key)
        return frozenset(picked.values())

    def _pick(self) -> dict[int, str]:
        """Greedily the letter that tells most of what is untold; of several such, the first in the list."""
        telling = self._telling()
        untold = set[str]().union(*(told for _, told in telling))
        picked: dict[int, str] = {}
        while untold and len(picked) < self.most:
            candidate, told = max(telling, key=lambda one: (len(one[1] & untold), -one[0].position))
            untold -= told
            picked[candidate.position] = candidate.key
        return picked

    def _telling(self) -> list[tuple[_Candidate, set[str]]]:
        longest = max((candidate.name_length for candidate in self._kinds.values()), default=0)
        return [
            (candidate, kind.tells() | ({"longest name"} if 0 < longest == candidate.name_length else set()))
            for kind, candidate in self._kinds.items()
        ]

    def _kind(self, contact: Contact) -> _Kind:
        return _Kind(
            lang=canonical_tag(contact.lang or self.default_lang),
            has_copies=bool(contact.cc or contact.bcc),
            has_attachments=bool(contact.attachments),
        )
