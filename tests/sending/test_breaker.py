"""The breaker counts failures in a row and stops the run."""

from __future__ import annotations

from outreach.sending.breaker import Breaker
from outreach.sending.events import Event, RelayFailing
from outreach.sending.stop import StopSignal
from tests.support.clock import FakeClock


async def test_six_failures_in_a_row_end_the_run_with_5() -> None:
    """The waits double, and the sixth failure stops the run."""
    clock, stop, events = FakeClock(), StopSignal(), list[Event]()
    breaker = Breaker(clock, stop, events.append)

    for _ in range(5):
        breaker.failed("connection refused")
        await clock.sleep(breaker.wait_seconds)
    stopped_after_five = stop.is_set
    breaker.failed("connection refused")

    assert stopped_after_five is False
    assert stop.reason is not None
    assert stop.reason.exit_code == 5
    assert "connection refused" in stop.reason.what
    assert clock.slept == [1, 2, 4, 8, 16]
    assert len([event for event in events if isinstance(event, RelayFailing)]) == 5


async def test_a_success_forgets_the_failures() -> None:
    """Only failures in a row count."""
    clock, stop = FakeClock(), StopSignal()
    breaker = Breaker(clock, stop, lambda _: None)

    for _ in range(10):
        breaker.failed("reset")
        await clock.sleep(breaker.wait_seconds)
        breaker.succeeded()

    assert stop.is_set is False


async def test_lanes_that_fail_together_count_once() -> None:
    """Twenty connections lost at one moment are one failure."""
    stop = StopSignal()
    breaker = Breaker(FakeClock(), stop, lambda _: None)

    for _ in range(20):
        breaker.failed("reset")

    assert stop.is_set is False
