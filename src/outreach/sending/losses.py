"""Tells a letter that breaks connections from a relay that does: the first must not keep the others waiting."""

from __future__ import annotations

from collections import Counter

from outreach.model import Kind, Lost, Outcome, Stage

_MOST_LOSSES = 3
_WITH_A_LETTER = (Stage.RCPT, Stage.DATA, Stage.BODY)


class Losses:
    """Counts, by letter, the connections that were lost after it was named."""

    def __init__(self) -> None:
        self._by_delivery: Counter[int] = Counter()

    def too_many(self, delivery_id: int, outcome: Outcome) -> bool:
        """Whether this loss is one too many for this letter."""
        answer = outcome.answer
        if outcome.kind is not Kind.UNTRIED or not isinstance(answer, Lost) or answer.stage not in _WITH_A_LETTER:
            return False
        self._by_delivery[delivery_id] += 1
        return self._by_delivery[delivery_id] >= _MOST_LOSSES
