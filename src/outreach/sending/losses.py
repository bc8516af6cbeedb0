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
        if not lost_with_letter(outcome):
            return False
        self._by_delivery[delivery_id] += 1
        return self._by_delivery[delivery_id] >= _MOST_LOSSES


def lost_with_letter(outcome: Outcome) -> bool:
    """Whether the connection was lost after a letter was named, and before its end."""
    answer = outcome.answer
    return outcome.kind is Kind.UNTRIED and isinstance(answer, Lost) and answer.stage in _WITH_A_LETTER
