"""Even pace: when the next letter may leave, in seconds on any clock (GCRA with a burst of one)."""

from __future__ import annotations

from dataclasses import dataclass

_MOST_TOLERANCE = 0.020  # timers and commits are late by less; more would be a burst


@dataclass(frozen=True, slots=True)
class Slot:
    """A letter's turn."""

    at: float  # when it may leave
    next_due: float  # when the one after it is due


def interval_seconds(rate: float) -> float:
    """The time between two letters at this many a second."""
    return 1.0 / rate


def tolerance_seconds(rate: float) -> float:
    """How late a letter may be while the next one still keeps to the old beat.

    Without it every late timer would slow the whole run down. Half an interval at a low rate, so that two letters are
    never closer than half a beat; at a high rate what adds one letter in a hundred to the busiest second.
    """
    interval = interval_seconds(rate)
    return min(_MOST_TOLERANCE, interval * (max(1.0, 0.01 * rate) - 0.5))


def take_slot(due: float | None, *, now: float, rate: float) -> Slot:
    """The next turn; `due` is what the slot before said, None at the start."""
    interval = interval_seconds(rate)
    if due is None or now - due > tolerance_seconds(rate):
        return Slot(now, now + interval)
    return Slot(max(due, now), due + interval)
