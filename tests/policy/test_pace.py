"""Even pace, as arithmetic."""

from __future__ import annotations

import bisect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.policy.pace import tolerance_seconds


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(0.1, 0.020), (1.0, 0.020), (50.0, 0.005), (100.0, 0.0025), (200.0, 0.00375), (1000.0, 0.00475)],
)
def test_tolerance_fits_the_rate(rate: float, expected: float) -> None:
    """A quarter of an interval up to 100 a second, above that half a hundredth of a second's letters; 20 ms at most."""
    assert tolerance_seconds(rate) == pytest.approx(expected)


@given(st.integers(10, 100), st.lists(st.floats(0.0, 1.0), min_size=100, max_size=200))
def test_no_second_holds_more_than_the_rate_allows(rate: int, lateness: list[float]) -> None:
    """However late within the tolerance, any second holds at most the rate, one more, and one in a hundred."""
    times = sorted(turn / rate + late * tolerance_seconds(rate) for turn, late in enumerate(lateness))

    busiest = max(bisect.bisect_left(times, start + 1) - first for first, start in enumerate(times))

    assert busiest <= rate + max(1.0, 0.01 * rate)
