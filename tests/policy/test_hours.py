"""When letters may leave, by the clock on the wall; every time below was worked out by hand."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from outreach.policy.hours import Hours, done_at, is_open, opens_at

EVERY_DAY = "0123456"
WORKDAYS = "01234"


def hours(window: str, zone: str = "UTC", days: str = EVERY_DAY) -> Hours:
    """The hours of a window such as 0900-1800."""
    start, end = window.split("-")
    minutes = [int(time[:2]) * 60 + int(time[2:]) for time in (start, end)]
    return Hours(minutes[0], minutes[1], ZoneInfo(zone), frozenset(map(int, days)), window)


def at(text: str) -> float:
    """Seconds since the epoch, from ISO 8601 with its offset."""
    moment = datetime.datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return moment.timestamp()


def utc(seconds: float) -> str:
    """ISO 8601 in UTC, to the second."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("window", "zone", "days", "now", "opens"),
    [
        # 2023-10-16 is a Monday; Seoul is nine hours ahead.
        ("0900-1800", "Asia/Seoul", EVERY_DAY, "2023-10-16T08:59:59+09:00", "2023-10-16T00:00:00Z"),
        ("0900-1800", "Asia/Seoul", EVERY_DAY, "2023-10-16T09:00:00+09:00", "2023-10-16T00:00:00Z"),
        ("0900-1800", "Asia/Seoul", EVERY_DAY, "2023-10-16T17:59:59+09:00", "2023-10-16T08:59:59Z"),
        ("0900-1800", "Asia/Seoul", EVERY_DAY, "2023-10-16T18:00:00+09:00", "2023-10-17T00:00:00Z"),
        ("0900-1800", "Asia/Seoul", WORKDAYS, "2023-10-20T18:00:00+09:00", "2023-10-23T00:00:00Z"),
        ("0900-1800", "Asia/Seoul", "6", "2023-10-16T12:00:00+09:00", "2023-10-22T00:00:00Z"),
        # Monday morning in Seoul is Sunday in UTC: the zone's day counts.
        ("0700-0800", "Asia/Seoul", "0", "2023-10-15T22:30:00+00:00", "2023-10-15T22:30:00Z"),
        # Over midnight: Friday's window ends on Saturday; Saturday's own does not begin.
        ("2200-0600", "UTC", WORKDAYS, "2023-10-21T05:59:00+00:00", "2023-10-21T05:59:00Z"),
        ("2200-0600", "UTC", WORKDAYS, "2023-10-21T06:00:00+00:00", "2023-10-23T22:00:00Z"),
        ("2200-0600", "UTC", WORKDAYS, "2023-10-16T05:00:00+00:00", "2023-10-16T22:00:00Z"),
        ("1800-0000", "UTC", "0", "2023-10-16T23:59:59+00:00", "2023-10-16T23:59:59Z"),
        ("1800-0000", "UTC", "0", "2023-10-17T00:00:00+00:00", "2023-10-23T18:00:00Z"),
        # Whole days.
        ("0000-2400", "UTC", WORKDAYS, "2023-10-20T23:59:59+00:00", "2023-10-20T23:59:59Z"),
        ("0000-2400", "UTC", WORKDAYS, "2023-10-21T00:00:00+00:00", "2023-10-23T00:00:00Z"),
        ("0000-2400", "UTC", EVERY_DAY, "2023-10-21T00:00:00+00:00", "2023-10-21T00:00:00Z"),
    ],
)
def test_letters_may_leave_next(window: str, zone: str, days: str, now: str, opens: str) -> None:
    """The hours open at their start by the zone's clock, on their days; while they are open, that is now."""
    time = at(now)

    assert utc(opens_at(hours(window, zone, days), time)) == opens
    assert is_open(hours(window, zone, days), time) == (utc(time) == opens)


@pytest.mark.parametrize(
    ("window", "now", "opens"),
    [
        # Berlin, Sunday 2023-03-26: at 02:00 (01:00 UTC) clocks show 03:00. An hour is left out.
        ("0900-1800", "2023-03-25T17:00:00Z", "2023-03-26T07:00:00Z"),  # 09:00 is an hour earlier in UTC from then on
        ("0215-0245", "2023-03-26T00:00:00Z", "2023-03-27T00:15:00Z"),  # that window does not exist on this day
        ("0200-0300", "2023-03-26T00:00:00Z", "2023-03-27T00:00:00Z"),  # nor does this one
        ("0230-0400", "2023-03-26T00:00:00Z", "2023-03-26T01:00:00Z"),  # begins when clocks show 03:00
        ("0230-0400", "2023-03-26T01:59:59Z", "2023-03-26T01:59:59Z"),
        ("0230-0400", "2023-03-26T02:00:00Z", "2023-03-27T00:30:00Z"),
        ("0100-0230", "2023-03-26T00:59:59Z", "2023-03-26T00:59:59Z"),
        ("0100-0230", "2023-03-26T01:00:00Z", "2023-03-26T23:00:00Z"),  # 03:00 already: over
        ("2200-0230", "2023-03-26T00:59:59Z", "2023-03-26T00:59:59Z"),
        ("2200-0230", "2023-03-26T01:00:00Z", "2023-03-26T20:00:00Z"),
        # Berlin, Sunday 2023-10-29: at 03:00 (01:00 UTC) clocks show 02:00. An hour comes twice.
        ("0900-1800", "2023-10-28T16:00:00Z", "2023-10-29T08:00:00Z"),
        ("0215-0245", "2023-10-29T00:00:00Z", "2023-10-29T00:15:00Z"),
        ("0215-0245", "2023-10-29T00:45:00Z", "2023-10-29T01:15:00Z"),  # once more
        ("0215-0245", "2023-10-29T01:45:00Z", "2023-10-30T01:15:00Z"),
        ("0100-0300", "2023-10-29T01:59:59Z", "2023-10-29T01:59:59Z"),
        ("0100-0300", "2023-10-29T02:00:00Z", "2023-10-30T00:00:00Z"),
        ("2200-0230", "2023-10-29T00:30:00Z", "2023-10-29T01:00:00Z"),  # 02:30, then 02:00 again
    ],
)
def test_clocks_that_are_changed(window: str, now: str, opens: str) -> None:
    """The wall clock counts: what it leaves out does not exist, what it shows twice counts twice."""
    berlin = hours(window, "Europe/Berlin")

    assert utc(opens_at(berlin, at(now))) == opens
    assert is_open(berlin, at(now)) == (now == opens)


def test_a_window_that_clocks_leave_out_comes_a_week_later() -> None:
    """On Sundays from 02:15 to 02:45 in Berlin, nothing leaves on the day on which that hour does not exist."""
    sundays = hours("0215-0245", "Europe/Berlin", "6")

    assert utc(opens_at(sundays, at("2023-03-20T00:00:00Z"))) == "2023-04-02T00:15:00Z"


def test_clocks_that_go_back_over_midnight() -> None:
    """In Havana, Sunday 2023-11-05 had its first hour twice; both belong to it."""
    sundays = hours("0000-0030", "America/Havana", "6")

    assert utc(opens_at(sundays, at("2023-11-05T03:00:00Z"))) == "2023-11-05T04:00:00Z"
    assert utc(opens_at(sundays, at("2023-11-05T04:30:00Z"))) == "2023-11-05T05:00:00Z"


@pytest.mark.parametrize(
    ("window", "days", "start", "letters", "rate", "done"),
    [
        ("", "", "2023-10-16T08:00:00Z", 3600, 1.0, "2023-10-16T09:00:00Z"),
        ("0900-1800", WORKDAYS, "2023-10-16T09:00:00Z", 3600, 1.0, "2023-10-16T10:00:00Z"),
        ("0900-1800", WORKDAYS, "2023-10-16T06:00:00Z", 3600, 1.0, "2023-10-16T10:00:00Z"),
        ("0900-1800", WORKDAYS, "2023-10-16T17:30:00Z", 3600, 1.0, "2023-10-17T09:30:00Z"),
        ("0900-1800", WORKDAYS, "2023-10-20T17:30:00Z", 3600, 1.0, "2023-10-23T09:30:00Z"),
        ("0900-1800", WORKDAYS, "2023-10-16T09:00:00Z", 32400, 1.0, "2023-10-16T18:00:00Z"),
        ("0900-1800", WORKDAYS, "2023-10-16T09:00:00Z", 32401, 1.0, "2023-10-17T09:00:01Z"),
        ("2200-0600", EVERY_DAY, "2023-10-16T23:00:00Z", 8, 1 / 3600, "2023-10-17T23:00:00Z"),
        ("0000-2400", EVERY_DAY, "2023-10-16T12:00:00Z", 48, 1 / 3600, "2023-10-18T12:00:00Z"),
    ],
)
def test_letters_at_a_pace_are_done(window: str, days: str, start: str, letters: int, rate: float, done: str) -> None:
    """Time passes for them only while the hours are open."""
    when = hours(window, days=days) if window else None

    assert utc(done_at(when, at(start), letters=letters, rate=rate)) == done


def test_the_end_of_what_takes_years_is_about_right() -> None:
    """A million letters at one a minute take 1852 windows of nine hours; nobody waits for the answer."""
    done = done_at(hours("0900-1800"), at("2023-10-16T09:00:00Z"), letters=1_000_000, rate=1 / 60)

    assert abs(done - at("2028-11-10T00:00:00Z")) < 86400 * 2
