"""The headers of a message, read from its bytes: strictly, since what is wrong with them must be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(rb"[!-9;-~]+")


@dataclass(frozen=True, slots=True)
class Fields:
    """The header fields of one message, in their order."""

    names: tuple[bytes, ...]  # in lower case
    values: tuple[bytes, ...]  # still folded

    def value(self, name: bytes) -> bytes | None:
        """The value of the first field of this name, unfolded."""
        try:
            return unfold(self.values[self.names.index(name)])
        except ValueError:
            return None


def read_fields(block: bytes) -> Fields:
    """The fields of a header block that ends with the CRLF of its last line."""
    names: list[bytes] = []
    values: list[bytes] = []
    for line in block[:-2].split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and names:
            values[-1] += b"\r\n" + line
            continue
        name, _, value = line.partition(b":")
        names.append(name.lower())
        values.append(value[1:] if value[:1] == b" " else value)
    return Fields(tuple(names), tuple(values))


def is_name(name: bytes) -> bool:
    """Whether a field may be called so (RFC 5322, 2.2)."""
    return _NAME.fullmatch(name) is not None


def unfold(value: bytes) -> bytes:
    """The value on one line (RFC 5322, 2.2.3)."""
    return value.replace(b"\r\n", b"") if b"\r\n" in value else value
