"""How many connections at once a relay allows, and how many letters on each: learnt from what it refuses.

**How many at once.** `relay.connections` is the most. A run begins with one and at most doubles what it has. A refusal
while n are open means that n are allowed: no more are opened, and one more is tried after 2, 10 and 20 s, then every
40 s. Such a try costs no letter anything. When it works the limit was lifted or was never there, and the number grows
by one each half second up to the next refusal: 20 again within a minute, whenever the limit is lifted.

**How many letters on each.** Where the relay says so, or ends three connections in a row after the same number of
letters, the next ones are ended by us, politely, before it has to.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

_RESTS = (2.0, 10.0, 20.0, 40.0)  # seconds, the last again and again; at first a connection may just be closing
_GROWTH_SECONDS = 0.5
_ENOUGH_ALIKE = 3


@dataclass(slots=True)
class _Refused:
    """What is known of a number of connections at which one more was refused."""

    times: int = 0
    again_at: float = -inf


class ConnectionLimit:
    """How many connections there may be at once. Times are those of a clock that never jumps."""

    def __init__(self, most: int) -> None:
        """`most` is what the settings allow."""
        self.allowed = most
        self._most = most
        self._reach = 1  # until connections were had, no more than twice as many are tried
        self._refused: dict[int, _Refused] = {}  # by the number that was open
        self._grow_at = -inf

    def room_in(self, *, opened: int, trying: int, now: float) -> float:
        """Seconds until one more may be opened; infinite: not before another one is opened, closed or refused."""
        if opened + trying < min(self.allowed, self._reach):
            return 0.0
        if trying or opened != self.allowed or opened == self._most:
            return inf
        refused = self._refused.get(opened)
        return max(0.0, self._grow_at - now, refused.again_at - now if refused else 0.0)

    def opened(self, opened: int) -> None:
        """So many are open now."""
        self._reach = max(self._reach, 2 * opened)

    def proven(self, opened: int, *, now: float) -> None:
        """The newest of so many has carried a letter: so many are allowed."""
        if opened <= self.allowed:
            return
        self.allowed = min(self._most, opened)
        self._refused = {level: refused for level, refused in self._refused.items() if level >= self.allowed}
        self._grow_at = now + _GROWTH_SECONDS

    def refused(self, opened: int, *, now: float, hint: float | None = None) -> None:
        """One more was refused while so many were open. `hint`: the seconds that the relay wants us to wait."""
        level = min(self.allowed, max(1, opened))
        self.allowed = level
        refused = self._refused.setdefault(level, _Refused())
        if now < refused.again_at:
            return  # several that were tried together are refused together
        rest = _RESTS[min(refused.times, len(_RESTS) - 1)]
        refused.times += 1
        refused.again_at = now + max(rest, hint or 0.0)

    def gone(self) -> None:
        """None is open, and none is to be had: begin again with one."""
        self._reach = 1


class LettersPerConnection:
    """How many letters the relay takes on one connection."""

    def __init__(self) -> None:
        self.most: int | None = None  # None: nothing is known
        self._last = 0
        self._alike = 0

    def ended(self, letters: int, *, told: bool) -> None:
        """The relay ended a connection between two letters, after so many; `told`: it said that this is why."""
        self._alike = self._alike + 1 if letters == self._last else 1
        self._last = letters
        if letters and (told or self._alike >= _ENOUGH_ALIKE):
            self.most = letters if self.most is None else min(self.most, letters)
