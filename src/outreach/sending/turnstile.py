"""Lets one task through at a time, the last to come first, so that few connections stay busy and the others close."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Turnstile:
    """A lock whose waiters are served in reverse order."""

    def __init__(self) -> None:
        self._taken = False
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def is_taken(self) -> bool:
        """Whether somebody is in it."""
        return self._taken

    async def __aenter__(self) -> None:
        if not self._taken:
            self._taken = True
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiters.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # our turn had come already: it must not be lost
            else:
                self._waiters.remove(turn)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        while self._waiters:
            turn = self._waiters.pop()
            if not turn.done():
                turn.set_result(None)
                return
        self._taken = False
