"""Ctrl-C and SIGTERM during a send: once, finish what has left; twice, stop now."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator

from outreach.sending.parts import Interruption


@contextlib.contextmanager
def signals_handled(interruption: Interruption) -> Iterator[None]:
    """Within the block a signal goes to whoever waits or sends; before, it cancels the command."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def handle() -> None:
        if interruption.heard:
            interruption()
        elif task is not None:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError):  # Windows has no handlers in the loop
            loop.add_signal_handler(number, handle)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
