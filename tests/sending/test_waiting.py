"""Waiting for the time that a user named: by the wall clock, for a machine may sleep meanwhile."""

from __future__ import annotations

from outreach.sending.events import Event, WaitingToStart
from outreach.sending.parts import Interruption
from outreach.sending.stop import Ended
from outreach.sending.waiting import wait_to_start
from tests.support.clock import FakeClock

NINE = 1_697_414_400.0  # 2023-10-16 09:00 in Seoul
HOUR = 3600.0


class SleepyClock(FakeClock):
    """A machine that falls asleep when this time has come: one short wait takes hours by the wall clock."""

    def __init__(self, now: float, *, asleep_at: float, hours: float) -> None:
        super().__init__(now)
        self._asleep_at = asleep_at
        self._hours = hours

    async def sleep(self, seconds: float) -> None:
        """Move the time on, and far on when the lid closes."""
        awake = self.time < self._asleep_at
        await super().sleep(seconds)
        if awake and self.time >= self._asleep_at:
            self.time += self._hours * HOUR


async def test_it_returns_at_that_very_time() -> None:
    """It looks at the clock every 30 s at least, and says each time that it waits."""
    clock, told = FakeClock(NINE - 14 * HOUR - 10.5), list[Event]()

    stop = await wait_to_start(NINE, clock, Interruption(), told.append)

    assert stop is None
    assert clock.time == NINE
    assert max(clock.slept) == 30
    assert set(told) == {WaitingToStart(NINE)}
    assert len(told) == len(clock.slept)


async def test_a_machine_that_woke_in_time_starts_on_time() -> None:
    """A sleep that is over before the time changes nothing."""
    clock = SleepyClock(NINE - 14 * HOUR, asleep_at=NINE - 13 * HOUR, hours=12)

    stop = await wait_to_start(NINE, clock, Interruption(), lambda event: None)

    assert stop is None
    assert clock.time == NINE


async def test_a_little_late_is_not_too_late() -> None:
    """Half an hour after the time the letters still leave."""
    clock = SleepyClock(NINE - HOUR, asleep_at=NINE, hours=0.5)

    assert await wait_to_start(NINE, clock, Interruption(), lambda event: None) is None


async def test_a_machine_that_overslept_sends_nothing(seoul: None) -> None:
    """More than half an hour after the time it refuses, and says why."""
    clock = SleepyClock(NINE - HOUR, asleep_at=NINE, hours=1.2)

    stop = await wait_to_start(NINE, clock, Interruption(), lambda event: None)

    assert stop is not None
    assert (stop.ended, stop.exit_code) == (Ended.STOPPED, 3)
    assert stop.what == "It is 10:12, 72 min past the time to start: this machine was asleep or busy."
    assert stop.remedy == "Nothing was sent. Run outreach send when it is right."


async def test_an_interrupt_ends_the_waiting() -> None:
    """Ctrl-C while waiting: nothing was sent, all is planned; afterwards nobody waits any more."""
    clock, interruption = FakeClock(NINE - HOUR), Interruption()

    def interrupt(event: Event) -> None:
        assert interruption.heard
        interruption()

    stop = await wait_to_start(NINE, clock, interruption, interrupt)

    assert stop is not None
    assert (stop.ended, stop.exit_code) == (Ended.INTERRUPTED, 130)
    assert stop.what == "Interrupted while waiting: nothing was sent."
    assert clock.time < NINE - HOUR + 31
    assert not interruption.heard
