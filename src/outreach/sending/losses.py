"""Tells a letter that breaks connections, or whose recipient's server is busy, from a relay that does or is."""

from __future__ import annotations

from collections import Counter

from outreach.model import Kind, Lost, Outcome, Reply, Stage

_MOST_TIMES = 3
_WITH_A_LETTER = (Stage.RCPT, Stage.DATA, Stage.BODY)


class Losses:
    """Counts, by letter, the connections that were lost after it was named, and the limits that only it met."""

    def __init__(self) -> None:
        self._by_delivery: Counter[int] = Counter()
        self._accepted = 0
        self._accepted_at_limit: dict[int, int] = {}  # how many letters were accepted when this one met a limit last

    def accepted(self) -> None:
        """Another letter was accepted."""
        self._accepted += 1

    def too_many(self, delivery_id: int, outcome: Outcome) -> bool:
        """Whether this is one too many for this letter.

        A limit that a recipient met counts once other letters have passed since it did so last: then it may be that
        recipient's server which says so, through the relay, and would for ever.
        """
        if outcome.kind is not Kind.UNTRIED:
            return False
        if _met_a_limit(outcome):
            before = self._accepted_at_limit.get(delivery_id, -1)
            self._accepted_at_limit[delivery_id] = self._accepted
            if before >= self._accepted:
                return False
        elif not lost_with_letter(outcome):
            return False
        self._by_delivery[delivery_id] += 1
        return self._by_delivery[delivery_id] >= _MOST_TIMES


def lost_with_letter(outcome: Outcome) -> bool:
    """Whether the connection was lost after a letter was named, and before its end."""
    answer = outcome.answer
    return outcome.kind is Kind.UNTRIED and isinstance(answer, Lost) and answer.stage in _WITH_A_LETTER


def _met_a_limit(outcome: Outcome) -> bool:
    answer = outcome.answer
    return outcome.limit is not None and isinstance(answer, Reply) and answer.stage is Stage.RCPT
