"""Servers that answer while a test runs commands in the main thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")

_SECONDS = 10


@contextmanager
def entered_in_thread(server: AbstractAsyncContextManager[T], name: str) -> Iterator[T]:
    """What the server gives when it is entered, for the block; it runs in an event loop of its own, in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name=name, daemon=True)
    thread.start()
    entered = asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(timeout=_SECONDS)
    try:
        yield entered
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(timeout=_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=_SECONDS)
        loop.close()
