"""Stops a run whose letters, one after the other, meet what is not about the recipient and will meet the next too."""

from __future__ import annotations

from outreach.model import Concern, Kind, Outcome
from outreach.policy.outcome import refuses_content
from outreach.sending.losses import lost_with_letter
from outreach.sending.stop import StopSignal
from outreach.sending.stop_reasons import answers_lost, content_refused, distrusted, unreachable

_MOST_IN_A_ROW = 5
_MOST_LOSSES_IN_A_ROW = 20  # more: each may have been one letter's fault, and that letter is put off by itself


class Alarm:
    """Counts, over all connections, such answers in a row, and answers that were lost."""

    def __init__(self, stop: StopSignal) -> None:
        self._stop = stop
        self._content = 0
        self._account = 0
        self._unsure = 0
        self._lost = 0

    def hear(self, outcome: Outcome) -> None:
        """An attempt ended so. An accepted letter ends every row; what is about one recipient counts for nothing."""
        if outcome.kind is Kind.ACCEPTED:
            self._content = self._account = self._unsure = self._lost = 0
        elif lost_with_letter(outcome):
            self._lost += 1
            if self._lost >= _MOST_LOSSES_IN_A_ROW:
                self._stop.set(unreachable(outcome.reason))
        elif outcome.kind is Kind.UNSURE:
            self._unsure += 1
            if self._unsure >= _MOST_IN_A_ROW:
                self._stop.set(answers_lost(outcome, self._unsure))
        elif refuses_content(outcome):
            self._content += 1
            if self._content >= _MOST_IN_A_ROW:
                self._stop.set(content_refused(outcome, self._content))
        elif outcome.kind is Kind.DEFERRED and outcome.concern is Concern.ACCOUNT:
            self._account += 1
            if self._account >= _MOST_IN_A_ROW:
                self._stop.set(distrusted(outcome, self._account))
