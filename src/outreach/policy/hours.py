"""The hours in which letters may leave, by the wall clock of one time zone: whether now, when next, and until when."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

_DAY = 86400
_DAYS_AHEAD = 30  # a window comes once a week at least; one that falls into an hour that is left out, a week later
_MOST_PERIODS = 400  # looked at one by one; what lies beyond is a year away, where an hour does not matter


@dataclass(frozen=True, slots=True)
class Hours:
    """A window of the day, on some days of the week. One over midnight belongs to the day on which it begins."""

    start_minute: int  # of the day
    end_minute: int  # of the day, 1440 for its end; below the start: of the day after
    zone: ZoneInfo
    weekdays: frozenset[int]  # Monday is 0; those on which a window begins
    shown: str  # as the settings write it


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, in seconds since the epoch; the end does not belong to it."""

    begin: float
    end: float


def open_period(hours: Hours, time: float) -> Period:
    """The stretch in which letters may leave that holds this time, or else the next one."""
    return next(_periods(hours, time))


def is_open(hours: Hours, time: float) -> bool:
    """Whether letters may leave at this time."""
    return open_period(hours, time).begin <= time


def opens_at(hours: Hours, time: float) -> float:
    """When letters may leave next; this time itself while they may."""
    return max(time, open_period(hours, time).begin)


def done_at(hours: Hours | None, time: float, *, letters: int, rate: float) -> float:
    """When so many letters, at this rate a second, are done if the first leaves as soon as it may from this time on."""
    left = letters / rate
    if hours is None:
        return time + left
    start, worked = opens_at(hours, time), 0.0
    for number, period in enumerate(_periods(hours, start)):
        begin = max(start, period.begin)
        length = period.end - begin
        if left <= length:
            return begin + left
        if number == _MOST_PERIODS:
            return begin + left * (begin - start) / worked
        left -= length
        worked += length
    raise AssertionError("a window comes every week")


def _periods(hours: Hours, time: float) -> Iterator[Period]:
    """The stretches that end after this time, the earliest first."""
    today = datetime.datetime.fromtimestamp(time, hours.zone).date()
    ahead = -2  # a window of yesterday may still be open, and clocks may be put back over midnight
    unseen = 0
    while unseen < _DAYS_AHEAD:
        unseen += 1
        for period in _periods_of(hours, today + datetime.timedelta(days=ahead)):
            if period.end > time:
                unseen = 0
                yield period
        ahead += 1
    raise AssertionError("a window comes every week")


def _periods_of(hours: Hours, day: datetime.date) -> Iterator[Period]:
    """The stretches of the window that begins on this day: none, one, or two where clocks are put back in between.

    The clock on the wall counts: an hour that it leaves out does not exist, an hour that it shows twice counts twice.
    """
    if day.weekday() not in hours.weekdays:
        return
    midnight = (day - datetime.date(1970, 1, 1)).days * _DAY
    over_midnight = hours.end_minute <= hours.start_minute
    start = midnight + hours.start_minute * 60
    end = midnight + hours.end_minute * 60 + (_DAY if over_midnight else 0)
    for span, offset in _offsets(hours.zone, start - _DAY, end + _DAY):
        begin = max(span.begin, start - offset)
        until = min(span.end, end - offset)
        if begin < until:
            yield Period(begin, until)


def _offsets(zone: ZoneInfo, begin: int, end: int) -> Iterator[tuple[Period, int]]:
    """The stretches between these times that have one offset from UTC each, with that offset in seconds."""
    first, last = _offset(zone, begin), _offset(zone, end)
    if first == last:  # within three days clocks do not change twice
        yield Period(begin, end), first
        return
    before, after = begin, end
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == first:
            before = middle
        else:
            after = middle
    yield Period(begin, after), first
    yield Period(after, end), last


def _offset(zone: ZoneInfo, time: int) -> int:
    offset = datetime.datetime.fromtimestamp(time, zone).utcoffset()
    if offset is None:
        raise AssertionError("every zone has an offset")
    return int(offset.total_seconds())
