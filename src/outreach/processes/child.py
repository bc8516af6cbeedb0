"""The child: reads batches from the socket it was given, handles them, and ends when its parent does.

It is started as `python -P -m outreach.processes.child DESCRIPTOR`; the pool does that.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any

from outreach.processes.frames import FrameReader, pack
from outreach.processes.memory import keep_freed_memory

_CHUNK = 1 << 18
Handler = Callable[[Any], Any]


def load_handler(setup: str, argument: object) -> Any:  # noqa: ANN401 - the caller knows the function
    """What handles batches: the function `module:name`, called with the argument, returns it."""
    module, _, name = setup.partition(":")
    return getattr(import_module(module), name)(argument)


def serve(connection: socket.socket) -> None:
    """Handle batch after batch until the other end is closed. The first value says what handles them.

    Where that comes with a second function, no answer goes out before this has returned; see `_Settling`.
    """
    reader = FrameReader()
    handler: Handler | None = None
    settling: _Settling | None = None
    while data := connection.recv(_CHUNK):
        for value in reader.feed(data):
            if handler is None:
                handler = load_handler(*value)
                if isinstance(handler, tuple):
                    handler, settle = handler
                    settling = _Settling(connection, settle)
                gc.freeze()  # what is there now stays
                continue
            number, batch = value
            packed = _handle(handler, number, batch)
            if settling is None:
                connection.sendall(packed)
            else:
                settling.put(number, packed)
    if settling is not None:
        settling.finish()


class _Settling:
    """Sends answers when they are final: a thread settles, once for all that wait, while the next batch is handled."""

    def __init__(self, connection: socket.socket, settle: Callable[[], None]) -> None:
        self._connection = connection
        self._settle = settle
        self._queue: SimpleQueue[tuple[int, bytes] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="settling", daemon=True)
        self._thread.start()

    def put(self, number: int, packed: bytes) -> None:
        """A batch is handled, and this is the answer."""
        self._queue.put((number, packed))

    def finish(self) -> None:
        """Return when all are settled."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while waiting := self._take():
            try:
                self._settle()
                answers = [packed for _, packed in waiting]
            except Exception as error:
                answers = [pack((number, None, error)) for number, _ in waiting]
            with contextlib.suppress(ConnectionError):
                self._connection.sendall(b"".join(answers))

    def _take(self) -> list[tuple[int, bytes]]:
        """All that wait; nothing at the end."""
        first = self._queue.get()
        waiting = [] if first is None else [first]
        while waiting:
            try:
                one = self._queue.get_nowait()
            except Empty:
                break
            if one is None:
                self._queue.put(None)
                break
            waiting.append(one)
        return waiting


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
    keep_freed_memory()
    with contextlib.suppress(ConnectionError), socket.socket(fileno=int(sys.argv[1])) as connection:
        serve(connection)


if __name__ == "__main__":
    main()
