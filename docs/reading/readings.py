"""How a text of the source can read: its pieces, what is only known when the program runs, and what goes together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

MOST_READINGS = 24
MOST_OF_A_PART = 4


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in a text that is filled when the program runs."""

    name: str
    is_parameter: bool = False  # of the function that makes the error: its callers may say more
    is_carried: bool = False  # a message that was made elsewhere


Piece = str | Hole
Choice = tuple[tuple[object, object], ...]  # which branch of which condition a text belongs to


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which an expression can read."""

    pieces: tuple[Piece, ...]
    choice: Choice = ()

    @property
    def parameter(self) -> str:
        """The parameter that is all of it; empty where it is more, or something else."""
        only = self.pieces[0] if len(self.pieces) == 1 else ""
        return only.name if isinstance(only, Hole) and only.is_parameter else ""

    @property
    def is_carried(self) -> bool:
        """Whether it is, or holds, a message that was made elsewhere."""
        return any(isinstance(piece, Hole) and piece.is_carried for piece in self.pieces)

    @property
    def is_readable(self) -> bool:
        """Whether there is more to it than one hole."""
        return len(self.pieces) > 1 or (bool(self.pieces) and isinstance(self.pieces[0], str))


@dataclass(frozen=True, slots=True)
class Message:
    """What a user may be told, and how the program ends with it."""

    module: str
    exit_code: str
    code: str  # of a finding; else empty
    what: tuple[Piece, ...]
    remedy: tuple[Piece, ...]


def agree(readings: Iterable[Reading]) -> bool:
    """Whether no two of them belong to different branches of one condition."""
    taken: dict[object, object] = {}
    return all(taken.setdefault(key, branch) == branch for reading in readings for key, branch in reading.choice)


def product(choices: Sequence[Sequence[Reading]]) -> list[Reading]:
    """One after the other, in every combination; where those are too many, with holes for what varies."""
    while _size(choices) > MOST_READINGS:
        widest = max(choices, key=len)
        choices = [[Reading((Hole("…"),))] if choice is widest else choice for choice in choices]
    return distinct(
        Reading(tuple(p for r in combination for p in r.pieces), tuple(c for r in combination for c in r.choice))
        for combination in itertools.product(*choices)
        if agree(combination)
    )


def _size(choices: Sequence[Sequence[Reading]]) -> int:
    size = 1
    for choice in choices:
        size *= len(choice)
    return size


def distinct(readings: Iterable[Reading]) -> list[Reading]:
    """Each once."""
    return list(dict.fromkeys(readings))


def tagged(readings: Iterable[Reading], key: object, branch: object) -> list[Reading]:
    """The readings as those of a branch of a condition."""
    return [replace(reading, choice=(*reading.choice, (key, branch))) for reading in readings]


def has_words(reading: Reading) -> bool:
    """Whether there is more to it than holes and signs."""
    return any(sum(map(str.isalpha, piece)) > 1 for piece in reading.pieces if isinstance(piece, str))


def is_sentence(reading: Reading) -> bool:
    """Whether it ends as a sentence does, or is empty."""
    return not reading.pieces or (isinstance(last := reading.pieces[-1], str) and last.rstrip().endswith((".", "?")))


def joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """The pieces, with neighbours of one kind as one."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(last, str) and isinstance(piece, str):
            joined[-1] = last + piece
        elif isinstance(last, Hole) and isinstance(piece, Hole):
            joined[-1] = piece if last.name == "…" else last
        else:
            joined.append(piece)
    return tuple(joined)
