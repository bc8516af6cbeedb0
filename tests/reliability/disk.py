"""A disk as a log of what was done to it, and what is left on it when the power goes at some moment in that log.

Only what was synced is sure to be there. Of the rest, sectors survive one by one, and names in the order in which
they were made: as disks and journalling file systems have it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

SECTOR = 512  # what a disk writes as a whole


@dataclass(frozen=True, slots=True)
class Create:
    """A file gets a name."""

    path: str


@dataclass(frozen=True, slots=True)
class MakeFolder:
    """A folder gets a name."""

    path: str


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes are written at a place of a file."""

    path: str
    offset: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file is cut to a size."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """All that was written to a file is on the disk."""

    path: str


@dataclass(frozen=True, slots=True)
class Delete:
    """A file loses its name."""

    path: str


@dataclass(frozen=True, slots=True)
class Rename:
    """A file gets another name, in place of whichever had it."""

    path: str
    to: str


@dataclass(frozen=True, slots=True)
class SyncFolder:
    """The names in a folder are on the disk; the folder's own name is not thereby."""

    path: str


Named = Create | MakeFolder | Delete | Rename
Operation = Named | Write | Truncate | Sync | SyncFolder


class Loss(Enum):
    """What becomes of what was not synced when the power goes."""

    UNDONE = "undone"  # all of it is gone
    TORN = "torn"  # some sectors of it are there, whichever they may be
    CUT = "cut"  # it is there up to some moment, the last of it torn


@dataclass(slots=True)
class _File:
    """What of a file is durable, and what waits to be."""

    durable: bytearray = field(default_factory=bytearray)
    waiting: list[Write | Truncate] = field(default_factory=list)

    def sync(self) -> None:
        for operation in self.waiting:
            _apply(self.durable, operation)
        self.waiting.clear()

    def after(self, loss: Loss, chance: random.Random) -> bytes:
        content = bytearray(self.durable)
        for operation in _surviving(self.waiting, loss, chance):
            _apply(content, operation)
        return bytes(content)


@dataclass(slots=True)
class _Names:
    """Which file has which name: durably, and as the programs see it."""

    durable: dict[str, _File] = field(default_factory=dict)
    seen: dict[str, _File] = field(default_factory=dict)
    waiting: list[tuple[Named, _File]] = field(default_factory=list)

    def do(self, operation: Named) -> None:
        file = self.seen[operation.path] if isinstance(operation, Delete | Rename) else _File()
        self.waiting.append((operation, file))
        _name(self.seen, operation, file)

    def sync(self, folder: str) -> None:
        for operation, file in self.waiting:
            if _folder(operation.path) == folder:
                _name(self.durable, operation, file)
        self.waiting = [one for one in self.waiting if _folder(one[0].path) != folder]

    def after(self, loss: Loss, chance: random.Random) -> dict[str, _File]:
        names = dict(self.durable)
        kept = 0 if loss is Loss.UNDONE else chance.randint(0, len(self.waiting))
        for operation, file in self.waiting[:kept]:
            _name(names, operation, file)
        return names


def left_on_disk(log: Sequence[object], loss: Loss, chance: random.Random) -> dict[str, bytes]:
    """The files, by name, after the power went at the end of this log. What is no operation in it is passed over."""
    names = _Names()
    for entry in log:
        match entry:
            case Create() | MakeFolder() | Delete() | Rename():
                names.do(entry)
            case Write(path) | Truncate(path):
                names.seen[path].waiting.append(entry)
            case Sync(path):
                names.seen[path].sync()
            case SyncFolder(path):
                names.sync(path)
    left = names.after(loss, chance)
    folders = {"", *(entry.path for entry in log if isinstance(entry, MakeFolder) and entry.path in left)}
    return {
        path: file.after(loss, chance)
        for path, file in left.items()
        if path not in folders and _folder(path) in folders  # what a folder holds is lost with its name
    }


def _surviving(waiting: list[Write | Truncate], loss: Loss, chance: random.Random) -> Iterator[Write | Truncate]:
    if loss is Loss.TORN:
        for operation in waiting:
            yield from (part for part in _sectors(operation) if chance.random() < 0.5)
    elif loss is Loss.CUT and waiting:
        kept = chance.randrange(len(waiting))
        yield from waiting[:kept]
        parts = list(_sectors(waiting[kept]))
        yield from parts[: chance.randint(0, len(parts))]


def _sectors(operation: Write | Truncate) -> Iterator[Write | Truncate]:
    """The parts that are written as a whole."""
    if isinstance(operation, Truncate):
        yield operation
        return
    start, end = operation.offset, operation.offset + len(operation.content)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield Write(operation.path, start, operation.content[start - operation.offset : stop - operation.offset])
        start = stop


def _apply(content: bytearray, operation: Write | Truncate) -> None:
    size = operation.size if isinstance(operation, Truncate) else operation.offset
    if len(content) < size:
        content.extend(bytes(size - len(content)))  # a gap reads as zeros
    if isinstance(operation, Truncate):
        del content[size:]
    else:
        content[size : size + len(operation.content)] = operation.content


def _name(names: dict[str, _File], operation: Named, file: _File) -> None:
    match operation:
        case Create(path) | MakeFolder(path):
            names[path] = file
        case Delete(path):
            names.pop(path, None)
        case Rename(path, to):
            names.pop(path, None)
            names[to] = file


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
