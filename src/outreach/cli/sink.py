"""`outreach sink`: an SMTP server that swallows mail."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from outreach.cli.common import wait_for
from outreach.cli.terminal import say, talk
from outreach.errors import UsageError


def sink(
    *,
    port: Annotated[int, Parameter(help="Where to listen; 0 picks a free one.", show_default=True)] = 2525,
    script: Annotated[
        tuple[str, ...], Parameter(help="Misbehave: greylist, reject:rcpt:*@a.example, …", negative_iterable="")
    ] = (),
    keep: Annotated[Path | None, Parameter(help="Write each message into this folder.")] = None,
) -> int:
    """Listen on loopback, accept letters, deliver them to nobody. Ctrl-C ends it and prints the count."""
    return wait_for(lambda: _serve(port, script, keep))


async def _serve(port: int, names: tuple[str, ...], keep: Path | None) -> int:
    from outreach.sink.script import parse_script
    from outreach.sink.server import Sink

    try:
        scripts = [parse_script(name) for name in names]
    except ValueError as error:
        raise UsageError(f"--script: {error}", "Write it as reject:rcpt:*@a.example or drop:dot:every=10.") from error
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    try:
        async with Sink(port=port, keep=keep or "count", scripts=scripts) as server:
            say(talk(), f"The sink listens on 127.0.0.1:{server.port}. It delivers to nobody. Ctrl-C ends it.")
            await ended.wait()
            say(talk(), f"{server.count} messages swallowed.")
    except OSError as error:
        raise UsageError(f"--port {port}: {error.strerror or error}", "Choose another port, or 0.") from error
    return 0
