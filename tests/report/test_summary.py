"""Durations in words."""

from __future__ import annotations

import pytest

from outreach.report.summary import spell_duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "now"),
        (0.4, "now"),
        (45, "in 45 s"),
        (59.7, "in 1 min"),
        (90, "in 2 min"),
        (3599, "in 1 h"),
        (3600, "in 1 h"),
        (51119.5, "in 14 h 12 min"),
        (86399, "in 1 d"),
        (273600, "in 3 d 4 h"),
        (172800, "in 2 d"),
    ],
)
def test_how_far_ahead_something_is(seconds: float, words: str) -> None:
    """Two units at the most, rounded to the smaller one."""
    assert spell_duration(seconds) == words
