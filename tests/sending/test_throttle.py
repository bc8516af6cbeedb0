"""Slower for a while: what the user is told, and when a run stops instead."""

from __future__ import annotations

from typing import cast

import pytest

from outreach.ledger.interface import Ledger
from outreach.model import Kind, Limit, Outcome, Reply, Stage
from outreach.policy.outcome import judge
from outreach.sending.events import Event, Throttled
from outreach.sending.pacing import Pacing
from outreach.sending.stop import StopSignal
from outreach.sending.throttle import Throttle
from tests.support.clock import FakeClock


class Run:
    """A throttle with all that it needs."""

    def __init__(self, *, rate: float | None = 8.0, wait_seconds: float = 900.0) -> None:
        self.clock = FakeClock()
        self.stop = StopSignal()
        self.events: list[Event] = []
        self.throttle = Throttle(
            self.clock, self.stop, self.events.append, connections=5, rate=rate, wait_seconds=wait_seconds
        )

    def flow(self, seconds: float, *, rate: float) -> None:
        """Letters are accepted for so long."""
        for _ in range(int(seconds * rate)):
            self.clock.time += 1 / rate
            self.throttle.accepted()

    def pacing(self) -> Pacing:
        """What hands out sending times by this throttle."""
        return Pacing(cast(Ledger, Reserving()), self.clock, self.stop, throttle=self.throttle, per_domain={})


class Reserving:
    """A ledger that remembers the last time it reserved, and nothing else."""

    def __init__(self) -> None:
        self.free_at = 0.0

    async def reserve(self, key: str, *, interval: float, count: int, now: float) -> float:
        """The next time."""
        first = max(self.free_at, now)
        self.free_at = first + count * interval
        return first


def too_fast(more: str = "") -> Outcome:
    """What a relay says that wants letters more slowly."""
    return judge(Reply(Stage.MAIL, 450, "4.7.1", f"message delivery request rate limit exceeded{more}"))


def test_the_user_is_told_of_a_lower_pace_and_of_its_end() -> None:
    """Once when it begins, with the reason and the time, and once when all is as before."""
    run = Run()
    run.flow(10, rate=8)

    run.throttle.slow_down(too_fast())
    for _ in range(30):
        run.throttle.slow_down(too_fast())
    run.flow(150, rate=4)

    first, last = run.events
    assert isinstance(first, Throttled)
    assert first.reason == "the relay wants letters to come more slowly"
    assert first.rate == pytest.approx(4, rel=0.02)
    assert first.until is not None
    assert last == Throttled(connections=None, rate=None, reason="", until=None)
    assert run.throttle.rate == 8.0


@pytest.mark.parametrize(("wait_seconds", "stops"), [(900.0, False), (60.0, True)])
def test_a_rest_longer_than_the_run_may_wait_stops_it(wait_seconds: float, stops: bool) -> None:
    """With 5 and the time that the relay named; otherwise the run rests."""
    run = Run(wait_seconds=wait_seconds)
    began = run.clock.time

    run.throttle.slow_down(too_fast(", try again in 5 minutes"))

    assert run.stop.is_set is stops
    assert run.throttle.rest_seconds == 300
    if run.stop.reason is not None:
        assert run.stop.reason.exit_code == 5
        assert run.stop.reason.resume_at == began + 300


def test_a_relay_that_never_takes_another_letter_stops_the_run() -> None:
    """Rests without an accepted letter in between add up to what the run may wait."""
    run = Run(wait_seconds=100.0)
    began = run.clock.time

    while not run.stop.is_set:
        run.throttle.slow_down(too_fast())
        run.clock.time += run.throttle.rest_seconds

    assert 60 < run.clock.time - began < 200
    assert run.stop.reason is not None
    assert run.stop.reason.exit_code == 5


def test_letters_put_off_with_the_same_words_are_not_to_blame() -> None:
    """The fifth is untried, and slows the run down like a word about the rate."""
    run = Run()
    busy = judge(Reply(Stage.DOT, 451, "4.3.0", "Server busy"))

    judged = [run.throttle.not_its_fault(number, busy) for number in range(6)]

    assert judged[:4] == [None] * 4
    assert [(one.kind, one.limit) for one in judged[4:] if one] == [(Kind.UNTRIED, Limit.PACE)] * 2


async def test_no_sending_time_falls_into_a_rest() -> None:
    """The next turn comes after it, and then at the lower pace."""
    run = Run(rate=None)
    pacing = run.pacing()
    run.flow(10, rate=2)
    unpaced = await pacing.turn()
    run.throttle.slow_down(too_fast())
    began = run.clock.time

    turns = [await pacing.turn() for _ in range(3)]

    assert unpaced is None
    assert [turn - began for turn in turns if turn is not None] == pytest.approx([1, 2, 3], rel=0.05)


async def test_a_turn_from_before_a_rest_is_no_use_in_it() -> None:
    """A letter that was about to leave waits with the others."""
    run = Run()
    pacing = run.pacing()
    turn = await pacing.turn()
    before = pacing.missed(turn)

    run.throttle.slow_down(too_fast())

    assert (before, pacing.missed(turn), pacing.missed(None)) == (False, True, True)
