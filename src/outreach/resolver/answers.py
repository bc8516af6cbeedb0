"""What DNS can answer, and the seam to whoever asks it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """The types of records that we ask for (RFC 1035, 3.2.2; RFC 3596)."""

    A = "A"
    AAAA = "AAAA"
    MX = "MX"
    TXT = "TXT"
    PTR = "PTR"


class Found(StrEnum):
    """What became of a question."""

    RECORDS = "records"  # there are some
    NOTHING = "nothing"  # the name exists, without such a record
    NO_NAME = "no name"  # the name does not exist (NXDOMAIN)
    UNKNOWN = "unknown"  # no answer in time, or none that can be used: nothing follows from it


@dataclass(frozen=True, slots=True)
class Answer:
    """What DNS said to one question."""

    found: Found
    records: tuple[str, ...] = ()
    """An address, a host in small letters without its last dot ("" is the root), or a text, by the kind.

    Exchanges in order of preference. The strings of a text joined; bytes beyond ASCII as \\x escapes.
    """
    why: str = ""  # why it is not known: no answer within 5 s
    ttl: float = 0.0  # seconds for which it may be remembered

    @property
    def is_void(self) -> bool:
        """Whether there is surely nothing: what RFC 7208, 4.6.4 counts as a void lookup."""
        return self.found in (Found.NOTHING, Found.NO_NAME)

    @property
    def is_known(self) -> bool:
        """Whether anything follows from it."""
        return self.found is not Found.UNKNOWN


class Resolver(Protocol):
    """Whoever asks DNS."""

    async def ask(self, name: str, kind: Kind) -> Answer:
        """The records of a name (A-labels). Never raises for what DNS says or leaves unsaid."""
        ...


async def ask_addresses(resolver: Resolver, name: str) -> Answer:
    """The IPv4 addresses of a host, else its IPv6 addresses; void only where both are."""
    four = await resolver.ask(name, Kind.A)
    if four.found in (Found.RECORDS, Found.NO_NAME):
        return four
    six = await resolver.ask(name, Kind.AAAA)
    return six if six.found is Found.RECORDS or four.is_known else four
