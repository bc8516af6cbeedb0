"""Stops a run whose letters, one after the other, meet what is not about the recipient and will meet the next too."""

from __future__ import annotations

from outreach.model import Concern, Kind, Outcome
from outreach.policy.outcome import refuses_content, speaks_of_content, words_of_refusal
from outreach.sending.losses import lost_with_letter
from outreach.sending.stop import StopSignal
from outreach.sending.stop_reasons import answers_lost, content_refused, distrusted, refused_alike, unreachable

_MOST_IN_A_ROW = 5
_MOST_LOSSES_IN_A_ROW = 20  # more: each may have been one letter's fault, and that letter is put off by itself
_FIRST_LETTERS = 50  # among these, as many refusals as in a row are too many: later a list may have its odd rows


class Alarm:
    """Counts, over all connections, such answers in a row, and answers that were lost."""

    def __init__(self, stop: StopSignal) -> None:
        self._stop = stop
        self._content = 0
        self._account = 0
        self._unsure = 0
        self._accepted_left_at = float("-inf")  # when the body left of the last letter that was accepted
        self._lost = 0
        self._answered = 0  # letters, in the whole run
        self._content_of_first = 0
        self._accepted_any = False
        self._words = ""  # of the last refusals that explain nothing
        self._alike = 0

    def hear(self, outcome: Outcome, *, left_at: float) -> None:
        """An attempt ended so, whose body left then, in monotonic seconds, if it did.

        An accepted letter ends every row; what is about one recipient counts for nothing. An answer is found to be lost
        only after a long wait, so that such letters end together with others that left much later: those that left
        before an accepted one are no row.
        """
        if outcome.kind is Kind.ACCEPTED:
            self._hear_accepted(left_at)
            return
        self._answered += outcome.kind in (Kind.DEFERRED, Kind.FAILED)
        self._compare_words(outcome)
        if lost_with_letter(outcome):
            self._lost += 1
            if self._lost >= _MOST_LOSSES_IN_A_ROW:
                self._stop.set(unreachable(outcome.reason))
        elif outcome.kind is Kind.UNSURE:
            self._unsure += left_at >= self._accepted_left_at
            if self._unsure >= _MOST_IN_A_ROW:
                self._stop.set(answers_lost(outcome, self._unsure))
        elif refuses_content(outcome):
            self._count_content(outcome)
        elif outcome.kind is Kind.DEFERRED and outcome.concern is Concern.ACCOUNT:
            self._account += 1
            if self._account >= _MOST_IN_A_ROW:
                self._stop.set(distrusted(outcome, self._account))

    def _hear_accepted(self, left_at: float) -> None:
        self._answered += 1
        self._content = self._account = self._unsure = self._lost = self._alike = 0
        self._words = ""
        self._accepted_any = True
        self._accepted_left_at = max(self._accepted_left_at, left_at)

    def _count_content(self, outcome: Outcome) -> None:
        self._content += 1
        if speaks_of_content(outcome) and self._answered <= _FIRST_LETTERS:
            self._content_of_first += 1
        if self._content >= _MOST_IN_A_ROW or self._content_of_first >= _MOST_IN_A_ROW:
            self._stop.set(content_refused(outcome, max(self._content, self._content_of_first)))

    def _compare_words(self, outcome: Outcome) -> None:
        """A relay that has taken nothing yet, and says the same bare words to everybody, refuses us."""
        words = words_of_refusal(outcome)
        self._alike = self._alike + 1 if words and words == self._words else int(bool(words))
        self._words = words
        if self._alike >= _MOST_IN_A_ROW and not self._accepted_any:
            self._stop.set(refused_alike(outcome, self._alike))
