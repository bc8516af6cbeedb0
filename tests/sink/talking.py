"""A client of bare sockets: it says what it is told, in the packets it is told, and reads what comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from outreach.sink.record import Kind
from outreach.sink.server import Sink

_SECONDS = 5.0

MESSAGE = b"MAIL FROM:<a@letters.example>\r\nRCPT TO:<%s>\r\nDATA\r\n"
CONTENT = b"Subject: Hello\r\n\r\nText.\r\n"


class Talker:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self) -> bytes:
        """The next reply, with all its lines."""
        lines = []
        async with asyncio.timeout(_SECONDS):
            while True:
                line = await self.reader.readline()
                lines.append(line)
                if line[3:4] != b"-":
                    return b"".join(lines)

    async def replies(self, number: int) -> list[int]:
        """The codes of the next replies."""
        return [int((await self.reply())[:3]) for _ in range(number)]

    async def ask(self, line: bytes) -> bytes:
        """Send a line and read its reply."""
        await self.say(line + b"\r\n")
        return await self.reply()

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        async with asyncio.timeout(_SECONDS):
            return await self.reader.read()

    async def send(self, recipient: bytes = b"b@y.example", content: bytes = CONTENT) -> bytes:
        """Hand over one message; the reply to its dot."""
        await self.say(MESSAGE % recipient)
        assert await self.replies(3) == [250, 250, 354]
        await self.say(content + b".\r\n")
        return await self.reply()


@asynccontextmanager
async def connect(sink: Sink) -> AsyncIterator[Talker]:
    """A connection to the sink on which nothing has been read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
    try:
        yield Talker(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def greeted(sink: Sink) -> AsyncIterator[Talker]:
    """A connection to the sink, after EHLO."""
    async with connect(sink) as talker:
        assert (await talker.reply())[:3] == b"220"
        assert (await talker.ask(b"EHLO letters.example"))[:3] == b"250"
        yield talker


def details(sink: Sink, kind: Kind) -> list[str]:
    """What the record says of this kind."""
    return [event.detail for event in sink.record if event.kind is kind]
