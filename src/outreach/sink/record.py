"""The sink's own record of what happened, so that a test can see that a fault was played and not merely asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

_DETAIL_CHARACTERS = 500


class Kind(StrEnum):
    """What an event is about."""

    CONNECTED = "connected"
    COMMAND = "command"  # as it came, without credentials
    EARLY = "early"  # the client did not wait for this command's reply, although it had to
    REPLY = "reply"
    FAULT = "fault"  # the text of the script that is played
    MESSAGE = "message"  # kept, with the sink's number for it
    TLS = "tls"  # TLS is on, or why it failed
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened on one connection."""

    kind: Kind
    connection: int  # from 1, in the order of arrival
    detail: str
    at: float  # seconds since the epoch


class Record:
    """The latest events, at most `limit`; 0 keeps none, None all."""

    def __init__(self, clock: Callable[[], float], limit: int | None) -> None:
        self.is_kept = limit != 0
        self.events: deque[Event] = deque(maxlen=limit)
        self._clock = clock

    def note(self, kind: Kind, connection: int, detail: bytes | str) -> None:
        """Add an event; long details are cut."""
        if not self.is_kept:
            return
        detail = detail[:_DETAIL_CHARACTERS]
        if isinstance(detail, bytes):
            detail = detail.decode("utf-8", "backslashreplace")
        self.events.append(Event(kind, connection, detail.rstrip("\r\n"), self._clock()))
