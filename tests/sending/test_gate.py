"""The gate lets letters leave from a time on and within the hours, waits where that is soon, and else ends the run."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from outreach.policy.hours import Hours
from outreach.sending.events import Event, Waiting
from outreach.sending.gate import Gate, GateTerms
from outreach.sending.stop import Ended, StopSignal
from tests.support.clock import FakeClock

MONDAY = 1_697_382_000.0  # 2023-10-16 in Seoul, midnight
HOUR = 3600.0
OFFICE = Hours(9 * 60, 18 * 60, ZoneInfo("Asia/Seoul"), frozenset(range(5)), "09:00-18:00 Asia/Seoul, Mon-Fri")


def gate_at(
    now: float, terms: GateTerms, *, wait_seconds: float = 900.0
) -> tuple[Gate, FakeClock, StopSignal, list[Event]]:
    """A gate, and what it works with."""
    clock, stop, told = FakeClock(now), StopSignal(), list[Event]()
    return Gate(terms, clock, stop, told.append, wait_seconds=wait_seconds), clock, stop, told


@pytest.mark.parametrize(
    ("hour", "not_before", "opens"),
    [
        (8, None, 9),
        (10, None, 10),
        (8, 10, 10),
        (8, 8.5, 9),  # the later of the two counts
        (10, 20, 24 + 9),
        (18, None, 24 + 9),
        (4 * 24 + 18, None, 7 * 24 + 9),  # Friday evening
    ],
)
def test_both_must_allow_it(hour: float, not_before: float | None, opens: float) -> None:
    """Letters leave when the campaign's time has come and the relay's hours are open."""
    terms = GateTerms(None if not_before is None else MONDAY + not_before * HOUR, OFFICE)
    gate, *_ = gate_at(MONDAY, terms)

    assert terms.opens_at(MONDAY + hour * HOUR) == MONDAY + opens * HOUR
    assert gate.is_open(MONDAY + hour * HOUR) == (opens == hour)
    assert gate.is_open(MONDAY + opens * HOUR)


def test_without_terms_it_is_open() -> None:
    """Who states nothing may send at any time."""
    gate, _, stop, _ = gate_at(MONDAY, GateTerms())

    assert gate.check()
    assert not stop.is_set


async def test_it_waits_where_it_opens_soon() -> None:
    """A quarter of an hour ahead it is waited for, told once, looked at every 30 s, without idle connections."""
    gate, clock, stop, told = gate_at(MONDAY + 8.75 * HOUR, GateTerms(hours=OFFICE))

    while not gate.check():
        await gate.wait()

    assert clock.time == MONDAY + 9 * HOUR
    assert told == [Waiting(MONDAY + 9 * HOUR, "letters may leave from")]
    assert max(clock.slept) == 30
    assert gate.resting.is_set()
    assert not stop.is_set


async def test_a_connection_is_kept_for_a_moment() -> None:
    """For less than a minute nobody hangs up."""
    gate, clock, _, _ = gate_at(MONDAY + 9 * HOUR - 59, GateTerms(hours=OFFICE))

    assert not gate.check()
    await gate.wait()

    assert clock.time == MONDAY + 9 * HOUR - 29
    assert not gate.resting.is_set()


@pytest.mark.parametrize(
    ("terms", "what"),
    [
        (GateTerms(hours=OFFICE), "Nothing may leave before 2023-10-17 09:00 (hours under [relay])"),
        (
            GateTerms(not_before=MONDAY + 34 * HOUR, hours=OFFICE),
            "Nothing may leave before 2023-10-17 10:00 (not_before under [campaign])",
        ),
        (
            GateTerms(not_before=MONDAY + 20 * HOUR, hours=OFFICE),
            "Nothing may leave before 2023-10-17 09:00 (hours under [relay])",
        ),
    ],
)
def test_it_ends_the_run_where_it_stays_closed(terms: GateTerms, what: str, seoul: None) -> None:
    """Beyond what the run waits for, it is stopped: resumable, with the time and the setting in words."""
    gate, _, stop, _ = gate_at(MONDAY + 18 * HOUR, terms)

    assert not gate.check()
    assert stop.reason is not None
    assert (stop.reason.ended, stop.reason.exit_code) == (Ended.STOPPED, 5)
    assert stop.reason.what == what
    assert stop.reason.resume_at == terms.opens_at(MONDAY + 18 * HOUR)
    opens = what[25:41].replace(" ", "T")
    assert stop.reason.remedy == f"Run outreach send then; or leave it waiting: outreach send --at {opens}+09:00"


def test_who_waits_for_long_waits_over_night() -> None:
    """With a day's patience closed hours do not end the run."""
    gate, _, stop, _ = gate_at(MONDAY + 18 * HOUR, GateTerms(hours=OFFICE), wait_seconds=86400)

    assert not gate.check()
    assert not stop.is_set


def test_a_clock_that_jumps_back_closes_it_again() -> None:
    """What was looked up before does not count for another time."""
    gate, *_ = gate_at(MONDAY, GateTerms(hours=OFFICE))

    assert gate.is_open(MONDAY + 10 * HOUR)
    assert not gate.is_open(MONDAY + 8 * HOUR)
    assert gate.is_open(MONDAY + 34 * HOUR)
    assert not gate.is_open(MONDAY + 19 * HOUR)
