"""The connection as we use it for mail: bytes out, whole replies in, and no trust left after the first disorder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from outreach.model import Lost, Reply, Stage
from outreach.smtp.replies import MalformedReply, ReplyReader, WholeReply, build_reply, show


class Wire(asyncio.Protocol):
    """Takes over a connected transport. One reply is awaited at a time; whatever else arrives ends the connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._reader = ReplyReader()
        self._awaiting = False
        self._arrived: WholeReply | None = None
        self._flushed = True
        self.dot_written = False  # of the letter last begun: whoever writes letters keeps this
        self._lost = ""
        self._closed = False
        self._waiter: asyncio.Future[None] | None = None
        # A buffer with anything in it counts as full, so "flushed" means that the kernel has every byte. Under TLS
        # the limit is inclusive and counts only what is not yet with the transport below.
        encrypted = transport.get_extra_info("sslcontext") is not None
        transport.set_write_buffer_limits(high=1 if encrypted else 0, low=0)
        transport.set_protocol(self)

    @property
    def lost(self) -> str:
        """Why the connection can't be used any more; empty while it can."""
        return self._lost

    @property
    def flushed(self) -> bool:
        """Whether everything written has left for the kernel. After a loss: whether it had left by then."""
        return self._flushed

    @property
    def answered(self) -> bool:
        """Whether the awaited reply is here."""
        return self._arrived is not None

    def write(self, data: bytes | memoryview) -> None:
        """Send bytes, after which one reply is awaited."""
        self._awaiting = True
        if not self._lost and not self._transport.is_closing():
            self._transport.write(data)
        # A connection that broke before or in this very write says so to us only later; these bytes went nowhere.
        if self._lost or self._transport.is_closing():
            self._flushed = False

    async def drain(self, seconds: float) -> None:
        """Wait until all is flushed, a reply is here, or the connection is lost; a stall ends the connection."""
        if not await self._wait_for(lambda: self._flushed or self.answered or bool(self._lost), seconds):
            self.abort(f"the relay took no data for {seconds:g} s")

    async def read_reply(self, stage: Stage, seconds: float) -> Reply | Lost:
        """The reply to what was written, whole by the deadline: single bytes that drip in don't extend it."""
        if not await self._wait_for(lambda: self.answered or bool(self._lost), seconds):
            self.abort(f"no reply within {seconds:g} s")
        if self._arrived is None:
            return Lost(stage, self._lost)
        whole, self._arrived = self._arrived, None
        return build_reply(stage, whole.code, whole.lines)

    async def ask(self, command: bytes, stage: Stage, seconds: float) -> Reply | Lost:
        """Send a command and wait for its reply."""
        self.write(command)
        return await self.read_reply(stage, seconds)

    def abort(self, reason: str) -> None:
        """Close at once; what is still buffered is dropped."""
        self._lost = self._lost or reason
        self._transport.abort()
        self._wake()

    async def close(self, seconds: float) -> None:
        """Close in good order, or at once if that takes longer."""
        self._lost = self._lost or "closed by us"
        self._transport.close()
        if not await self._wait_for(lambda: self._closed, seconds):
            self._transport.abort()

    # --- what the event loop calls ------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """A piece of a reply, or something nobody asked for."""
        if self._lost:
            return
        if not self._awaiting:
            self.abort(f'malformed reply: the relay spoke unasked, "{show(data[:200]).strip()}"')
            return
        try:
            self._arrived = self._reader.feed(data)
        except MalformedReply as problem:
            self.abort(f"malformed reply: {problem}")
            return
        if self._arrived is not None:
            self._awaiting = False
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The relay, the network or we have ended the connection."""
        self._closed = True
        self._lost = self._lost or self._describe_loss(exc)
        self._wake()

    def pause_writing(self) -> None:
        """The kernel did not take everything."""
        self._flushed = False

    def resume_writing(self) -> None:
        """The kernel has everything."""
        self._flushed = True
        self._wake()

    # ------------------------------------------------------------------------------------------------------------------

    def _describe_loss(self, exc: Exception | None) -> str:
        if self._reader.midway:
            return "connection closed in the middle of a reply"
        if exc is None:
            return "connection closed by the relay"
        return "connection reset" if isinstance(exc, ConnectionError) else f"connection lost: {exc}"

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait_for(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Whether it happened in time."""
        try:
            async with asyncio.timeout(seconds):
                while not happened():
                    self._waiter = asyncio.get_running_loop().create_future()
                    await self._waiter
        except TimeoutError:
            return False
        return True
