"""The proxy delays what passes, each way, and does not throttle it."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.benchmarks.delay_proxy import start_proxy

pytestmark = pytest.mark.wire


async def test_round_trip_takes_both_delays_however_much_passes() -> None:
    """A megabyte comes back whole, after one round trip and not after one for each piece."""
    ended = asyncio.Event()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()
        await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = await start_proxy(server.sockets[0].getsockname()[1], 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.sockets[0].getsockname()[1])
    sent = bytes(range(256)) * 4096
    began = time.monotonic()
    writer.write(sent)

    received = await reader.readexactly(len(sent))

    assert received == sent
    assert 0.1 <= time.monotonic() - began < 2
    writer.close()
    await asyncio.wait_for(ended.wait(), 2)  # the end is passed on, too
    await asyncio.sleep(0.1)  # and back again, to the other end of the proxy
    proxy.close()
    server.close()
