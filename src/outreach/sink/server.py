"""The sink: an SMTP server of our own that listens on loopback, swallows mail, and misbehaves when asked to."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from outreach.sink.connection import Connection
from outreach.sink.house import EXTENSIONS, House
from outreach.sink.login import MECHANISMS
from outreach.sink.mailbox import Keep, Mailbox, Received, open_mailbox
from outreach.sink.playbook import Playbook
from outreach.sink.record import Event, Record
from outreach.sink.script import Script

_BACKLOG = 4096


class Sink:
    """Listens while it is entered: `async with Sink() as sink: …`. Every port it uses is `sink.port`.

    `users` are the logins it knows, by password or token: one of them is then needed before MAIL; without, any login
    is welcome. `mechanisms` are those of AUTH that it offers.
    `extensions` are what its EHLO offers, all by default; unknown ones are announced as they stand.
    Without `X-OUTREACH-SINK` among them nobody can tell it from a relay.
    `record_limit` bounds its record: the latest events are kept; 0 is for benchmarks, None for all.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        keep: Keep | Path | Mailbox = "memory",
        scripts: Iterable[Script] = (),
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        offer_starttls: bool | None = None,
        users: Mapping[str, str] | None = None,
        mechanisms: Collection[str] = MECHANISMS,
        extensions: Collection[str] | None = None,
        max_size: int = 50_000_000,
        name: str = "sink.outreach.example",
        record_limit: int | None = 100_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if implicit_tls and tls is None:
            raise ValueError("implicit TLS needs a TLS context")
        starttls = (tls is not None and not implicit_tls) if offer_starttls is None else offer_starttls
        offered = EXTENSIONS if extensions is None else tuple(extension.upper() for extension in extensions)
        self._host = host
        self._port = port
        self._implicit_tls = tls if implicit_tls else None
        self._server: asyncio.Server | None = None
        self._house = House(
            name=name,
            extensions=tuple(extension for extension in offered if extension != "STARTTLS" or starttls),
            max_size=max_size,
            users=users,
            tls=tls,
            mechanisms=tuple(mechanism.upper() for mechanism in mechanisms),
            clock=clock,
            book=Playbook(scripts),
            mailbox=open_mailbox(keep),
            record=Record(clock, record_limit),
        )

    async def __aenter__(self) -> Self:
        """Listen. OSError if the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self._house), self._host, self._port, ssl=self._implicit_tls, backlog=_BACKLOG
        )
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and close every connection at once."""
        if self._server is None:
            return
        self._server.close()
        connections = tuple(self._house.open)
        self._abort_all()
        await self._server.wait_closed()
        await asyncio.gather(*(connection.lost.wait() for connection in connections))

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def count(self) -> int:
        """How many messages it has kept, counted or dropped."""
        return self._house.mailbox.count

    @property
    def messages(self) -> list[Received]:
        """The messages in the order of their final dots; empty unless they are kept in memory."""
        return self._house.mailbox.messages

    @property
    def record(self) -> list[Event]:
        """What happened, in order."""
        return list(self._house.record.events)

    @property
    def faults(self) -> Counter[str]:
        """How often each script was played, by its text; never cut short."""
        return self._house.book.played

    @property
    def connections(self) -> int:
        """How many connections there were."""
        return self._house.connections

    @property
    def open_connections(self) -> int:
        """How many connections there are."""
        return len(self._house.open)

    def accepted_by_recipient(self) -> Counter[str]:
        """How many copies each address has got, as it was written; not counted when mail is dropped."""
        return self._house.mailbox.accepted

    def hang_up(self) -> None:
        """Break every connection, from any thread, as a relay that has waited too long; new ones are welcome."""
        if self._server is not None:
            self._server.get_loop().call_soon_threadsafe(self._abort_all)

    def play(self, scripts: Iterable[Script]) -> None:
        """Misbehave like this from now on, and no longer as before."""
        self._house.book.put(scripts)

    def _abort_all(self) -> None:
        for connection in tuple(self._house.open):
            connection.abort()
