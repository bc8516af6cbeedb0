"""Even pace, as arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.policy.pace import Slot, interval_seconds, take_slot, tolerance_seconds


@pytest.mark.parametrize(
    ("rate", "expected"), [(0.1, 0.020), (1.0, 0.020), (50.0, 0.010), (100.0, 0.005), (200.0, 0.0075), (1000.0, 0.0095)]
)
def test_tolerance_fits_the_rate(rate: float, expected: float) -> None:
    """Half an interval up to 100 a second, above that nearly a hundredth of a second's letters; 20 ms at most."""
    assert tolerance_seconds(rate) == pytest.approx(expected)


def test_the_first_letter_leaves_at_once() -> None:
    """Without an earlier letter the turn is now, and the next one interval later."""
    assert take_slot(None, now=10.0, rate=2.0) == Slot(10.0, 10.5)


def test_an_early_letter_waits_for_its_turn() -> None:
    """Before its time a letter gets the time that was due."""
    assert take_slot(10.5, now=10.1, rate=2.0) == Slot(10.5, 11.0)


def test_a_little_late_keeps_the_beat() -> None:
    """Within the tolerance the next turn is counted from the due time, so that late timers do not add up."""
    assert take_slot(10.5, now=10.51, rate=2.0) == Slot(10.51, 11.0)


def test_after_a_pause_nothing_is_made_up_for() -> None:
    """Behind the tolerance the beat starts anew: no burst follows a pause."""
    assert take_slot(10.5, now=20.0, rate=2.0) == Slot(20.0, 20.5)


@given(st.floats(0.1, 1000.0), st.lists(st.floats(0.0, 0.05), min_size=2, max_size=200))
def test_no_second_holds_more_than_the_rate_allows(rate: float, delays: list[float]) -> None:
    """However late we come, any second holds at most the rate's letters, one more, and one in a hundred."""
    now, due, times = 0.0, None, []
    for delay in delays:
        slot = take_slot(due, now=now, rate=rate)
        due = slot.next_due
        times.append(slot.at)
        now = slot.at + delay

    busiest = max(sum(start <= at < start + 1 for at in times) for start in times)
    assert busiest <= rate + 1 + max(1.0, 0.01 * rate)
    assert interval_seconds(rate) == 1 / rate
