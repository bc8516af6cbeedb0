"""A relay on loopback that does what a test tells it, stage by stage, and is polite where it is told nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Reaction = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_POLITE: dict[str, Reaction] = {
    "greeting": b"220 relay.test ESMTP\r\n",
    "ehlo": b"250-relay.test\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250 ENHANCEDSTATUSCODES\r\n",
    "auth": b"235 2.7.0 welcome\r\n",
    "mail": b"250 2.1.0 ok\r\n",
    "rcpt": b"250 2.1.5 ok\r\n",
    "data": b"354 go on\r\n",
    "dot": b"250 2.0.0 queued as 1\r\n",
    "rset": b"250 2.0.0 ok\r\n",
    "quit": b"221 2.0.0 bye\r\n",
}


class ScriptedRelay:
    """Reacts to each command with the next reaction of its list; the last one stays."""

    def __init__(self, **reactions: Reaction | list[Reaction]) -> None:
        self._reactions: dict[str, list[Reaction]] = {stage: [reaction] for stage, reaction in _POLITE.items()}
        for stage, given in reactions.items():
            self._reactions[stage] = list(given) if isinstance(given, list) else [given]
        self.asked = asyncio.Event()  # set by each command
        self.commands: list[str] = []  # as received, over all connections
        self.letters: list[bytes] = []  # as received, still dot-stuffed, without the final dot
        self.unfinished = b""  # what came of a letter whose dot never came
        self.connections = 0
        self.hung_up = asyncio.Event()  # set when a client has closed
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await self._talk(reader, writer)
        except asyncio.IncompleteReadError as end:
            self.unfinished = end.partial
        except (OSError, asyncio.CancelledError):
            pass  # the client, the script or the test has ended it
        self.hung_up.set()
        writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._react("greeting", reader, writer)
        while line := await reader.readline():
            self.commands.append(line.decode().rstrip("\r\n"))
            self.asked.set()
            verb = line.split()[0].decode().lower()
            data_reply = await self._react(verb, reader, writer)
            if verb == "data" and data_reply.startswith(b"354"):
                if "body" in self._reactions:
                    await self._react("body", reader, writer)
                    continue
                letter = await reader.readuntil(b"\r\n.\r\n")
                self.letters.append(letter.removesuffix(b".\r\n"))
                await self._react("dot", reader, writer)

    async def _react(self, stage: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        queue = self._reactions[stage]
        reaction = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(reaction, bytes):
            writer.write(reaction)
            return reaction
        await reaction(reader, writer)
        return b""

    def stop(self) -> None:
        """End what still talks."""
        for task in self._tasks:
            task.cancel()


@contextlib.asynccontextmanager
async def running(
    relay: ScriptedRelay, *, tls: ssl.SSLContext | None = None, limit: int = 1 << 20
) -> AsyncIterator[ScriptedRelay]:
    """The relay on a free port; it takes letters up to the limit and buffers twice as much."""
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0, limit=limit, ssl=tls)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        relay.stop()
        await server.wait_closed()


async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close in good order without a word."""
    raise ConnectionAbortedError


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close with a TCP reset."""
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionAbortedError


async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read and say nothing, until the client closes."""
    while await reader.read(1 << 16):
        pass
    raise ConnectionAbortedError


async def freeze(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Neither read nor answer, until the test is over."""
    await asyncio.Event().wait()


def drip(reply: bytes, *, seconds: float) -> Reaction:
    """Answer one byte at a time."""

    async def react(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in reply:
            if writer.transport.is_closing():
                raise ConnectionAbortedError
            writer.write(bytes([byte]))
            await asyncio.sleep(seconds)

    return react


def in_parts(*parts: bytes) -> Reaction:
    """Answer in several packets."""

    async def react(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.005)

    return react


def after_reading(octets: int, reply: bytes) -> Reaction:
    """Answer once a part of the letter is here, and fall silent."""

    async def react(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(octets)
        writer.write(reply)
        await freeze(reader, writer)

    return react


def upgrade(tls: ssl.SSLContext, *, slipped_in: bytes = b"") -> Reaction:
    """Go on in TLS after the 220, with something in clear text slipped in behind it."""

    async def react(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 go\r\n" + slipped_in)
        await writer.drain()
        await writer.start_tls(tls)

    return react


def then_drop(reply: bytes) -> Reaction:
    """Answer and close."""

    async def react(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)
        await writer.drain()
        raise ConnectionAbortedError

    return react
