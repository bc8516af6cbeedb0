"""What a relay account may still send: reserved sending times (pace), and units left in sliding windows (quota)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import apsw

from outreach.ledger.queries import fetch_row, sql
from outreach.ledger.run_values import Quota

_DISBELIEF_SECONDS = 60  # a stored time further ahead than this comes from a clock that has jumped back since
_DISBELIEF_INTERVALS = 1000


def reserve_times(db: apsw.Connection, place: tuple[str, str], *, interval: float, count: int, now: float) -> float:
    """Reserve `count` sending times of this (account, key); returns the first. GCRA with burst 1."""
    row = fetch_row(db, "find_pace", place)
    stored = float(row[0]) if row else now
    horizon = now + (count + _DISBELIEF_INTERVALS) * interval + _DISBELIEF_SECONDS
    first = max(now, stored) if stored <= horizon else now
    db.execute(sql("store_pace"), (*place, first + count * interval))
    return first


class Budget:
    """The quotas of one account within one transaction. A second counts fully until it has left the window."""

    def __init__(self, db: apsw.Connection, account: str, quotas: Sequence[Quota]) -> None:
        self._db = db
        self._account = account
        self._quotas = quotas
        self._spent = 0
        self._spent_at = 0
        self._left: float | None = None  # counted once a transaction, then kept by subtraction

    def allows(self, units: int, *, now: float) -> bool:
        """Whether so much is left in every window."""
        if not self._quotas:
            return True
        if self._left is None:
            self._left = self.left(now)[0]
        return self._left is None or units <= self._left

    def spend(self, units: int, *, now: float) -> None:
        """Count these units; `store` makes it last."""
        self._spent += units
        self._spent_at = max(self._spent_at, int(now))
        if self._left is not None:
            self._left -= units

    def store(self) -> None:
        """Write down what was spent, all in one second."""
        if self._spent:
            second, total = self._newest(self._spent_at)
            second = max(second, self._spent_at)
            self._db.execute(sql("store_spend"), (self._account, second, total + self._spent))
            self._spent = 0

    def left(self, now: float, *, units: int = 1) -> tuple[int | None, float]:
        """What is left in the tightest window (None without quotas), and when so many units are free."""
        if not self._quotas:
            return None, now
        self.store()
        newest = self._newest(now)[1]
        left, free_at = [], [now]
        for quota in self._quotas:
            gone = math.floor(now - quota.window_seconds) - 1  # the last second that has left the window
            row = fetch_row(self._db, "spent_until", (self._account, gone))
            rest = quota.limit - (newest - (int(row[0]) if row else 0))
            left.append(max(0, rest))
            if rest < (wanted := min(units, quota.limit)):
                free_at.append(self._free_at(quota, gone, newest + wanted - 1))
        return min(left), max(free_at)

    def _free_at(self, quota: Quota, gone: int, newest: int) -> float:
        row = fetch_row(self._db, "first_to_leave", (self._account, gone, newest - quota.limit))
        return float(row[0]) + 1 + quota.window_seconds if row else math.inf

    def _newest(self, now: float) -> tuple[int, int]:
        """The last second in which anything was spent, and the running total; (0, 0) where nothing was.

        What lies in the future was written by a clock that has jumped back since: it counts as spent now.
        """
        row = fetch_row(self._db, "newest_spend", (self._account,))
        if not row:
            return 0, 0
        second, total = int(row[0]), int(row[1])
        if second <= now + _DISBELIEF_SECONDS:
            return second, total
        self._db.execute(sql("forget_future_spend"), (self._account, int(now)))
        self._db.execute(sql("store_spend"), (self._account, int(now), total))
        return int(now), total
