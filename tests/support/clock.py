"""A clock that tests own: it stands still until somebody sleeps or a test moves it."""

from __future__ import annotations

import asyncio


class FakeClock:
    """Time passes only by sleeping; sleeping takes no time."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.time = now
        self.slept: list[float] = []

    def now(self) -> float:
        """The wall clock, in seconds since the epoch (UTC)."""
        return self.time

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Move the time on and let others run."""
        if seconds > 0:
            self.slept.append(seconds)
            self.time += seconds
        await asyncio.sleep(0)
