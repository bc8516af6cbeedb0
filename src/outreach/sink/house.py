"""What all connections of one sink share: its manners, its scripts, its mailbox and its record."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outreach.sink.mailbox import Mailbox
from outreach.sink.playbook import Playbook
from outreach.sink.record import Record

if TYPE_CHECKING:
    from outreach.sink.connection import Connection

SINK_KEYWORD = "X-OUTREACH-SINK"

# In the order of the EHLO reply.
EXTENSIONS = (
    "PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "AUTH", "STARTTLS", SINK_KEYWORD,
)  # fmt: skip


@dataclass(slots=True)
class House:
    """The rules of the house, and who is in."""

    name: str
    extensions: tuple[str, ...]  # upper case; those that are not ours are announced as they stand
    max_size: int  # bytes of content
    users: Mapping[str, str] | None  # None: any login is welcome, and none is asked for
    tls: ssl.SSLContext | None
    mechanisms: tuple[str, ...]  # of AUTH
    clock: Callable[[], float]
    book: Playbook
    mailbox: Mailbox
    record: Record
    connections: int = 0  # so far
    open: set[Connection] = field(default_factory=set)

    def announce(self, *, tls: bool) -> list[str]:
        """The lines of the EHLO reply behind the first; STARTTLS is not offered twice."""
        arguments = {"SIZE": f" {self.max_size}", "AUTH": f" {' '.join(self.mechanisms)}"}
        extensions = (extension for extension in self.extensions if not (tls and extension == "STARTTLS"))
        return [extension + arguments.get(extension, "") for extension in extensions]

    def rank(self, connection: Connection) -> int:
        """How many are in that are not younger than this one."""
        return sum(other.number <= connection.number for other in self.open)

    def offers(self, extension: str) -> bool:
        """Whether the EHLO reply names it."""
        return extension in self.extensions
