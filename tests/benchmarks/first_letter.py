"""A sink that tells when its first letter came: the time of the first MAIL, by the clock all processes share.

Run it: python -m tests.benchmarks.first_letter; it prints its port, then the time (`time.monotonic()`).
"""

from __future__ import annotations

import asyncio
import time

_REPLIES = {
    b"EHLO": b"250-first.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}


async def _serve() -> None:
    told = False

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal told
        writer.write(b"220 first.example\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"MAIL" and not told:
                told = True
                print(time.monotonic(), flush=True)
            writer.write(_REPLIES.get(verb, b"250 ok\r\n"))
            if verb == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 ok\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
