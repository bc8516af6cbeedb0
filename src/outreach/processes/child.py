"""The child: reads batches from the socket it was given, handles them, and ends when its parent does.

It is started as `python -P -m outreach.processes.child DESCRIPTOR`; the pool does that.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from outreach.processes.frames import FrameReader, pack

_CHUNK = 1 << 18
Handler = Callable[[Any], Any]


def load_handler(setup: str, argument: object) -> Handler:
    """What handles batches: the function `module:name`, called with the argument, returns it."""
    module, _, name = setup.partition(":")
    handler: Handler = getattr(import_module(module), name)(argument)
    return handler


def serve(connection: socket.socket) -> None:
    """Handle batch after batch until the other end is closed. The first value says what handles them."""
    reader = FrameReader()
    handler: Handler | None = None
    while data := connection.recv(_CHUNK):
        for value in reader.feed(data):
            if handler is None:
                setup, argument = value
                handler = load_handler(setup, argument)
                gc.freeze()  # what is there now stays
                continue
            number, batch = value
            connection.sendall(_handle(handler, number, batch))


def _handle(handler: Handler, number: int, batch: object) -> bytes:
    """What became of the batch, as it travels; an exception too, and also that a result can't travel."""
    try:
        return pack((number, handler(batch), None))
    except Exception as error:
        try:
            return pack((number, None, error))
        except Exception:
            return pack((number, None, RuntimeError(f"{type(error).__name__}: {error}")))


def main() -> None:
    """Run until the parent closes its end or is gone."""
    # A terminal, and who stops a service, tell the whole group; the parent decides, and its end is ours.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    with contextlib.suppress(ConnectionError), socket.socket(fileno=int(sys.argv[1])) as connection:
        serve(connection)


if __name__ == "__main__":
    main()
