"""When a deferred letter comes again."""

from __future__ import annotations

import pytest

from outreach.policy.options import RetryOptions
from outreach.policy.retry import next_time

OPTIONS = RetryOptions(first_wait=400.0, give_up_after=86400.0)
FIRST = 1_000_000.0


def due(attempt: int, *, after: float, chance: float = 0.5, hint: float | None = None) -> float | None:
    """Seconds from the first attempt to the next, when the last was `after` seconds behind the first."""
    at = next_time(
        attempt=attempt, first_attempt_at=FIRST, now=FIRST + after, options=OPTIONS, chance=chance, hint=hint
    )
    return None if at is None else at - FIRST


@pytest.mark.parametrize(("attempt", "expected"), [(1, 400.0), (2, 1600.0), (3, 3600.0), (4, 6400.0)])
def test_waits_grow_with_the_square(attempt: int, expected: float) -> None:
    """The n-th retry is due n² first waits behind the first attempt."""
    assert due(attempt, after=0.0) == expected


@pytest.mark.parametrize(("chance", "expected"), [(0.0, 1280.0), (0.25, 1440.0), (0.75, 1760.0)])
def test_chance_spreads_by_a_fifth(chance: float, expected: float) -> None:
    """Letters refused together come back spread over two fifths of the wait."""
    assert due(2, after=0.0, chance=chance) == pytest.approx(expected)


def test_a_late_attempt_is_not_followed_at_once() -> None:
    """After an attempt that came late there are at least four fifths of the first wait."""
    assert due(1, after=5000.0) == 5320.0


@pytest.mark.parametrize(("hint", "expected"), [(None, 400.0), (100.0, 400.0), (1000.0, 1010.0)])
def test_the_relays_wish_can_only_lengthen(hint: float | None, expected: float) -> None:
    """A hint counts from now, and never brings a letter back sooner than planned."""
    assert due(1, after=10.0, hint=hint) == expected


def test_giving_up_is_measured_from_the_first_attempt() -> None:
    """A next time behind the limit is none; one that meets it still is."""
    assert due(14, after=68_000.0) == 78_400.0
    assert due(15, after=78_400.0) is None
    assert due(1, after=0.0, hint=86_400.0) == 86_400.0
    assert due(1, after=0.0, hint=86_401.0) is None
