"""Even pace: how late a letter may be and still keep to the beat (GCRA with a burst of one)."""

from __future__ import annotations

_MOST_SECONDS = 0.020  # timers and commits are late by less; more would be a burst


def tolerance_seconds(rate: float) -> float:
    """How late a letter may leave, at this many letters a second, while the next one still keeps its time.

    Without it every late timer would slow the whole run down. A letter that is later loses its turn. A quarter of an
    interval at a low rate, so that no second, begun anywhere, holds more than one letter above the rate, with as much
    again to spare for what happens between our clock and the relay's; at a high rate what adds one letter in two
    hundred.
    """
    return min(_MOST_SECONDS, 0.5 * (max(1.0, 0.01 * rate) - 0.5) / rate)
