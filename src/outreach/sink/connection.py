"""One connection as bytes: lines and content in, replies out, and the ways to be a bad server.

Lines end with CRLF and nothing else, so that what a client smuggles past a lenient server becomes visible here.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from typing import cast

from outreach.sink.dialogue import Dialogue
from outreach.sink.house import House
from outreach.sink.record import Kind

# RFC 4954 §4 asks for this much in a line of AUTH; the other commands have 512 and what extensions add.
_LINE_BYTES = 12_288
_HELD_BYTES = 1_000_000
_END_OF_CONTENT = b"\r\n.\r\n"
_LINE_TOO_LONG = b"500 5.5.6 Line too long\r\n"


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, house: House) -> None:
        self.number = 0
        self.lost = asyncio.Event()
        self._house = house
        self._dialogue = Dialogue(house, self)
        self._transport: asyncio.Transport
        self._buffer = bytearray()
        self._position = 0  # what lies before is done with
        self._replies: list[bytes] = []
        self._reads_content = False
        self._content_begun = False
        self._content_is_too_big = False
        self._scanned = 0  # bytes from the position that hold no end of content
        self._skips_line = False
        self._stopped = False  # held, silent or closed: nothing in the buffer is looked at
        self._silent = False
        self._when_free: Callable[[], None] | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        self._handshake: asyncio.Task[None] | None = None

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the client."""
        transport = cast("asyncio.Transport", transport)  # TCP and TLS give these; those of uvloop are no subclasses
        self._transport = transport
        self._house.connections += 1
        self.number = self._house.connections
        self._house.open.add(self)
        self._house.record.note(Kind.CONNECTED, self.number, str(transport.get_extra_info("peername")))
        self._dialogue.tls = transport.get_extra_info("ssl_object") is not None
        self._dialogue.greet()
        self._work()

    def data_received(self, data: bytes) -> None:
        """Answer whatever is complete."""
        if self._silent:
            return
        self._buffer += data
        if self._stopped:
            if len(self._buffer) > _HELD_BYTES:
                self.pause_writing()
            return
        self._work()

    def pause_writing(self) -> None:
        """A client that does not read its replies is not read from either."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the client."""
        for timer in self._timers:
            timer.cancel()
        self._stopped = self._silent = True
        if not self.lost.is_set():
            self.lost.set()
            self._house.open.discard(self)
            self._house.record.note(Kind.CLOSED, self.number, str(error or ""))

    # What the dialogue and the faults call.

    def send(self, reply: bytes) -> None:
        """Put a reply behind those that leave together."""
        if not reply:
            return
        self._replies.append(reply)
        self._house.record.note(Kind.REPLY, self.number, reply)

    def close(self) -> None:
        """Send what is waiting, and close."""
        self._flush()
        self._stopped = self._silent = True
        self._transport.close()

    def reset(self) -> None:
        """Close with a TCP reset; what is waiting may or may not arrive."""
        self._flush()
        self._stopped = self._silent = True
        # Lingering for no time at all is how a socket is asked for RST instead of FIN.
        linger = struct.pack("ii", 1, 0)
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()

    def abort(self) -> None:
        """Close at once."""
        self._stopped = self._silent = True
        self._transport.abort()
        if self._handshake and not self._handshake.done():
            self._handshake.cancel()
            self.connection_lost(None)  # during a handshake nobody else says so

    def fall_silent(self) -> None:
        """Read on, and never answer again."""
        self._stopped = self._silent = True
        self._buffer.clear()
        self._position = 0

    def stop_reading(self) -> None:
        """Read no more and answer no more; the client's writes fill the buffers between us, and then block."""
        self.fall_silent()
        self.pause_writing()

    def read_bytewise(self, seconds: float) -> None:
        """Read one byte every so many seconds from now on. Under TLS none: a single one means nothing there."""
        self.pause_writing()
        if self._transport.get_extra_info("ssl_object") is None:
            self.later(seconds, lambda: self._read_one(seconds))

    def hold(self) -> None:
        """Look at nothing more until released."""
        self._stopped = True

    def release(self) -> None:
        """Go on where it was held."""
        self._stopped = False
        self.resume_writing()
        if self._when_free:
            call, self._when_free = self._when_free, None
            call()

    def when_free(self, call: Callable[[], None]) -> None:
        """Do something once the reply is out, which is now unless the connection is held."""
        if self._silent:
            return
        if self._stopped:
            self._when_free = call
        else:
            call()

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Do something in some seconds, if the connection lives that long."""

        def run() -> None:
            self._timers.discard(timer)
            if not self._silent:
                call()
                self._work()

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)

    def expect_content(self) -> None:
        """What follows is content, up to the dot that stands alone."""
        # The line end of DATA stays in front, so that an empty content ends like every other.
        self._position -= 2
        self._reads_content = True
        self._content_begun = self._content_is_too_big = False
        self._scanned = 0

    def has_more(self) -> bool:
        """Whether bytes have come behind the line that is being answered."""
        return len(self._buffer) > self._position

    def start_tls(self) -> None:
        """Begin the handshake; what came in clear behind STARTTLS is forgotten (RFC 3207 §4.2)."""
        assert self._house.tls is not None  # noqa: S101 - for the type checker; without it there is no such command
        self._flush()
        self._buffer.clear()
        self._position = 0
        self.hold()
        self.pause_writing()
        self._handshake = asyncio.get_running_loop().create_task(self._shake_hands())

    # How it works.

    def _work(self) -> None:
        while not self._stopped and (self._take_content() if self._reads_content else self._take_line()):
            pass
        if self._position:
            del self._buffer[: self._position]
            self._position = 0
        self._flush()

    def _read_one(self, seconds: float) -> None:
        """Take a byte past the event loop, which can only read as much as there is."""
        try:
            byte = os.read(self._transport.get_extra_info("socket").fileno(), 1)
        except BlockingIOError:
            byte = None
        except OSError:
            byte = b""
        if byte == b"":
            self.abort()
            return
        self._buffer += byte or b""
        self.later(seconds, lambda: self._read_one(seconds))

    def _flush(self) -> None:
        if self._replies:
            self._transport.write(b"".join(self._replies))
            self._replies.clear()

    def _take_line(self) -> bool:
        """Answer the next line; whether there was one."""
        end = self._buffer.find(b"\r\n", self._position)
        if end < 0:
            self._forget_long_line()
            return False
        line = bytes(self._buffer[self._position : end])
        self._position = end + 2
        if self._skips_line or len(line) > _LINE_BYTES:
            self._skips_line = False
            self.send(_LINE_TOO_LONG)
        else:
            self._dialogue.take_line(line)
        return True

    def _forget_long_line(self) -> None:
        if len(self._buffer) - self._position > _LINE_BYTES:
            self._skips_line = True
            self._position = len(self._buffer) - 1  # it may be the CR of the line's end

    def _take_content(self) -> bool:
        """Hand over the content if it is complete; whether it was."""
        if not self._content_begun and len(self._buffer) > self._position + 2:
            self._content_begun = True
            self._dialogue.begin_content()
            if self._stopped:
                return False
        end = self._buffer.find(_END_OF_CONTENT, self._position + self._scanned)
        if end < 0:
            self._bound_content()
            return False
        content = b"" if self._content_is_too_big else bytes(self._buffer[self._position : end + 2])
        self._position = end + len(_END_OF_CONTENT)
        self._reads_content = False
        # RFC 5321 §4.5.2: the first dot of a line was put there by the client.
        self._dialogue.take_content(content.replace(b"\r\n.", b"\r\n")[2:], is_too_big=self._content_is_too_big)
        return True

    def _bound_content(self) -> None:
        """Remember how far we have looked, and keep no more than may be sent, with its dots doubled."""
        length = len(self._buffer) - self._position
        if length > 2 * self._house.max_size + len(_END_OF_CONTENT):
            self._content_is_too_big = True
        if self._content_is_too_big:
            self._position = max(self._position, len(self._buffer) - len(_END_OF_CONTENT))
            length = len(self._buffer) - self._position
        self._scanned = max(0, length - len(_END_OF_CONTENT))

    async def _shake_hands(self) -> None:
        loop = asyncio.get_running_loop()
        assert self._house.tls is not None  # noqa: S101 - for the type checker, as above
        try:
            transport = await loop.start_tls(self._transport, self, self._house.tls, server_side=True)
        except OSError as error:
            self._house.record.note(Kind.TLS, self.number, f"failed: {error}")
            self._transport.abort()
            self.connection_lost(error)
            return
        if transport is None or self._silent:
            return
        self._transport = transport
        self._house.record.note(Kind.TLS, self.number, str(transport.get_extra_info("cipher")))
        self._dialogue.forget_clear_text()
        self.release()
        self._work()
