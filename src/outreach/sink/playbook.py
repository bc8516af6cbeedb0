"""The scripts of one sink and how often each has come up: which of them is played now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from fnmatch import fnmatchcase

from outreach.sink.script import Script
from outreach.sink.stage import Stage


class Playbook:
    """Picks the script for each occasion, counted over all connections of the sink."""

    def __init__(self, scripts: Iterable[Script]) -> None:
        self.played: Counter[str] = Counter()
        self.put(scripts)

    def put(self, scripts: Iterable[Script]) -> None:
        """These are played from now on, counted from the beginning; the others no more."""
        self._tallies: dict[Stage, list[_Tally]] = {}
        for script in scripts:
            self._tallies.setdefault(script.stage, []).append(_Tally(script))
        self.stages = frozenset(self._tallies)

    def pick(
        self, stage: Stage, addresses: Collection[str], level: int, rank: Callable[[], int] = int
    ) -> Script | None:
        """The first script that is due here. `level` is how many there are of what a limit may limit.

        `rank` tells how many connections are open that are not younger than this one.
        """
        # All of them count this occasion, also those that another one forestalls.
        due = [
            tally
            for tally in self._tallies.get(stage, ())
            if tally.is_due(addresses, rank() if tally.script.counts_connections else level)
        ]
        if not due:
            return None
        due[0].played += 1
        self.played[due[0].script.text] += 1
        return due[0].script


class _Tally:
    """A script, and how often it has come up."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.matched = 0
        self.played = 0
        self._tried: set[str] = set()

    def is_due(self, addresses: Collection[str], level: int) -> bool:
        """Count the occasion if it fits; whether the script wants to be played."""
        script = self.script
        if script.above is not None and level <= script.above:
            return False
        if script.address != "*" and not any(fnmatchcase(address.lower(), script.address) for address in addresses):
            return False
        if script.first_try and not self._is_first_try(addresses):
            return False
        self.matched += 1
        place = self.matched - script.after
        return place > 0 and place % script.every == 0 and (script.times is None or self.played < script.times)

    def _is_first_try(self, addresses: Collection[str]) -> bool:
        fresh = {address.lower() for address in addresses} - self._tried
        self._tried |= fresh
        return bool(fresh)
