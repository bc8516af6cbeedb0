"""Lets one task through at a time, the last to come first, so that few connections stay busy and the others close."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Turnstile:
    """A lock whose waiters are served in reverse order."""

    def __init__(self) -> None:
        self._taken = False
        self._waiters: list[asyncio.Future[None]] = []

    def enter_at_once(self) -> bool:
        """Enter if nobody is in it; whoever does must leave."""
        if self._taken:
            return False
        self._taken = True
        return True

    async def __aenter__(self) -> None:
        if self.enter_at_once():
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiters.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # our turn had come already: it must not be lost
            else:
                self._waiters.remove(turn)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Let the next one in."""
        while self._waiters:
            turn = self._waiters.pop()
            if not turn.done():
                turn.set_result(None)
                return
        self._taken = False
