"""A relay that is far away: a proxy on loopback that holds back what passes, each way, for half a round trip.

It delays and does not throttle: whatever arrives is passed on just so much later, however much of it there is.
Run it: python -m tests.benchmarks.delay_proxy PORT_BEHIND SECONDS_EACH_WAY; it prints its own port.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
from collections import deque
from typing import cast


class _Way(asyncio.Protocol):
    """One end; what it receives is written at the other end after the delay, in order."""

    def __init__(self, seconds: float) -> None:
        self.other: _Way | None = None
        self.transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._due: deque[tuple[float, bytes]] = deque()  # empty bytes: the end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if self.other is not None:
            self.other.pass_on()

    def data_received(self, data: bytes) -> None:
        self._hold(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._hold(b"")

    def _hold(self, data: bytes) -> None:
        self._due.append((self._loop.time() + self._seconds, data))
        if len(self._due) == 1:
            self._loop.call_later(self._seconds, self.pass_on)

    def pass_on(self) -> None:
        """Write what is due by now, once there is somebody to write to."""
        if self.other is None or self.other.transport is None:
            return
        now = self._loop.time()
        while self._due and self._due[0][0] <= now:
            _, data = self._due.popleft()
            if data:
                self.other.transport.write(data)
            else:
                self.other.transport.close()
        if self._due:
            self._loop.call_at(self._due[0][0], self.pass_on)


class _Front(_Way):
    """The end that clients come to; it opens the other one."""

    def __init__(self, port_behind: int, seconds: float) -> None:
        super().__init__(seconds)
        self._port_behind = port_behind

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.other = _Way(self._seconds)
        self.other.other = self
        self._opening = self._loop.create_task(self._open(self.other))

    async def _open(self, back: _Way) -> None:
        await self._loop.create_connection(lambda: back, "127.0.0.1", self._port_behind)


async def start_proxy(port_behind: int, seconds: float) -> asyncio.Server:
    """A listening proxy in front of that port."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: _Front(port_behind, seconds), "127.0.0.1", 0, backlog=256)


async def _serve(port_behind: int, seconds: float) -> None:
    server = await start_proxy(port_behind, seconds)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    # Other loops wait in whole milliseconds, which would make each way longer than it was asked to be.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
