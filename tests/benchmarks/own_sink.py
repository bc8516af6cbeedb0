"""Our own sink in a process of its own, with TLS or without; it prints its port.

Run it: python -m tests.benchmarks.own_sink [FOLDER], a folder for TLS: the CA's certificate comes to ca.pem there.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from outreach.sink.server import Sink
from tests.support.sinks import tls_contexts


async def _serve(folder: Path | None) -> None:
    context = tls_contexts(folder)[0] if folder else None
    async with Sink(keep="count", tls=context, implicit_tls=context is not None, record_limit=0) as sink:
        print(sink.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
