"""How tuples travel between the processes: each pickled, behind its length. Both ends are ours, on one machine."""

from __future__ import annotations

import pickle
import struct
from typing import Any

HEADER = struct.Struct("!I")


def pack(value: tuple[Any, ...]) -> bytes:
    """A tuple as it travels."""
    payload = pickle.dumps(value, protocol=5)
    return HEADER.pack(len(payload)) + payload


class FrameReader:
    """Puts tuples together from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0  # bytes in the pieces
        self._wanted = HEADER.size  # bytes until there is something to look at

    def feed(self, data: bytes) -> list[tuple[Any, ...]]:
        """The tuples that are whole now."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size < self._wanted:
            return []
        buffer = memoryview(b"".join(self._pieces))
        values: list[tuple[Any, ...]] = []
        start = 0
        while (end := self._end(buffer, start)) <= len(buffer):
            values.append(pickle.loads(buffer[start + HEADER.size : end]))  # noqa: S301 - from a process of our own
            start = end
        rest = bytes(buffer[start:])
        self._pieces, self._size, self._wanted = [rest], len(rest), end - start
        return values

    @staticmethod
    def _end(buffer: memoryview, start: int) -> int:
        """Where the frame that begins at `start` ends; behind the buffer while that can't be told."""
        if start + HEADER.size > len(buffer):
            return start + HEADER.size
        return start + HEADER.size + int(HEADER.unpack_from(buffer, start)[0])
