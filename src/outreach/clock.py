"""The time and how to wait for it: passed in wherever it is needed, so that tests own it."""

from __future__ import annotations

import asyncio
import datetime
import re
import time
from typing import Protocol

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """The wall clock, in seconds since the epoch (UTC)."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump, for measuring."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; returns at once for zero or less, after letting others run."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """The wall clock, in seconds since the epoch (UTC)."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never jump, for measuring."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; returns at once for zero or less, after letting others run."""
        await asyncio.sleep(max(0.0, seconds))


def local_time(seconds: float) -> datetime.datetime:
    """The moment in this machine's own time zone."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone()


def local_iso(seconds: float) -> str:
    """ISO 8601 in this machine's own time zone, with its offset, as short as it can be: 2023-10-16T09:00+09:00."""
    moment = local_time(round(seconds))
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def parse_duration(text: str) -> float:
    """Seconds from `30s`, `5m`, `24h`, `7d` or a run of these (`1h30m`). ValueError says what was expected."""
    matches = _DURATION.findall(text)
    if not matches or "".join(number + unit for number, unit in matches) != text.strip():
        raise ValueError(f'"{text}" is not a duration; write it as 30s, 5m, 24h or 7d')
    return float(sum(float(number) * _UNITS[unit] for number, unit in matches))
