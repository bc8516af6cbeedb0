"""How fast letters may leave when the relay wants them to come more slowly.

`relay.rate` is the most. A complaint about the rate halves the pace, measured where none is set, and lets everything
rest: as long as the relay says, else 1 s, then 2, 4 and so on up to 5 minutes as long as no letter is accepted in
between. Then the pace grows evenly, by a two-hundredth of what it was each second. No letter is charged.

A 4xx to MAIL, DATA or the letter, or a 421 to RCPT, with one and the same text, to five different letters of the last
ten, is such a complaint too: from the fifth on it is not the letters' fault. What is said of recipients (greylisting,
full mailboxes) counts for nothing here.
"""

from __future__ import annotations

import re
from collections import deque
from math import inf

from outreach.model import Concern, Kind, Outcome, Reply, Stage

_FIRST_REST, _LONGEST_REST = 1.0, 300.0
_RECOVERY_SECONDS = 200.0
_SLOWEST = 1 / 60
_UNMEASURED = 10.0  # letters a second, where too few were accepted to tell and the settings set none
_ENOUGH_LETTERS = 10
_MEASURED_SECONDS = 10.0
_MEASURED_LETTERS = 500
_REMEMBERED, _MANY = 10, 5
_OF_ALL_LETTERS = (Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT)
_VARYING = re.compile(r"\S*[\d@]\S*")  # numbers, ids, addresses


class PaceLimit:
    """The pace in letters per second. Times are those of a clock that never jumps."""

    def __init__(self, configured: float | None) -> None:
        """`configured` is what the settings allow; None: no limit."""
        self._configured = configured
        self._accepted_at: deque[float] = deque(maxlen=_MEASURED_LETTERS)
        self._usual = 0.0  # the pace before the first complaint
        self._slow = inf  # the pace after the last one
        self._slow_since = -inf
        self._complaints = 0  # since a letter was accepted
        self._complained_at = -inf  # the first of these
        self._rest_until = -inf

    def rate(self, now: float) -> float | None:
        """The pace now; None: no limit."""
        slow = self._slow + max(0.0, now - self._slow_since) * self._usual / _RECOVERY_SECONDS
        return slow if slow < self._usual else self._configured

    def is_slow(self, now: float) -> bool:
        """Whether the pace is lower than usual, or everything rests."""
        return self.rate(now) != self._configured or self.rest_in(now) > 0

    def rest_in(self, now: float) -> float:
        """For how many seconds nothing may leave."""
        return max(0.0, self._rest_until - now)

    def accepted(self, now: float) -> None:
        """A letter was accepted."""
        self._accepted_at.append(now)
        if now >= self._rest_until:
            self._complaints = 0

    def complaint(self, now: float, *, hint: float | None) -> float:
        """The relay wants letters to come more slowly; returns for how long it has wanted so when the rest is over."""
        if now < self._rest_until:  # said of a letter that was under way when we began to rest
            self._rest_until = max(self._rest_until, now + (hint or 0.0))
            return self._rest_until - self._complained_at
        if not self._complaints:
            self._complained_at = now
            self._halve(now)
        rest = hint or min(_LONGEST_REST, _FIRST_REST * 2.0 ** min(self._complaints, 30))
        self._complaints += 1
        self._rest_until = self._slow_since = now + rest
        return self._rest_until - self._complained_at

    def _halve(self, now: float) -> None:
        rate = self.rate(now)
        pace = min(self._measured(now), inf if rate is None else rate)
        if rate == self._configured:
            self._usual = pace
        self._slow = max(_SLOWEST, pace / 2)

    def _measured(self, now: float) -> float:
        """Letters per second that were accepted of late."""
        times = [time for time in self._accepted_at if now - time <= _MEASURED_SECONDS]
        if len(times) < _ENOUGH_LETTERS:
            return self._configured or _UNMEASURED
        return len(times) / max(now - times[0], 0.1)


class Repeats:
    """Notices that different letters are put off with one and the same text."""

    def __init__(self) -> None:
        self._recent: deque[tuple[int, str]] = deque(maxlen=_REMEMBERED)

    def hear(self, delivery_id: int, outcome: Outcome) -> bool:
        """Take in how an attempt ended; whether it was put off like half of the last ones."""
        text = _text(outcome)
        self._recent.append((delivery_id, text))
        return bool(text) and len({one for one, said in self._recent if said == text}) >= _MANY


def _text(outcome: Outcome) -> str:
    """What was said, without what varies; empty where it is no 4xx to a whole letter.

    A letter that had waited too long for another try has failed with a 4xx.
    """
    answer = outcome.answer
    if (
        outcome.kind not in (Kind.DEFERRED, Kind.FAILED)
        or outcome.concern is Concern.RECIPIENT
        or not isinstance(answer, Reply)
    ):
        return ""
    if answer.stage not in _OF_ALL_LETTERS or not 400 <= answer.code < 500:
        return ""
    return f"{answer.code} {answer.enhanced} {_VARYING.sub('', answer.text).strip().lower()}"
