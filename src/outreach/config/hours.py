"""How times are written in the settings: a moment with its offset, hours with their time zone, days of the week.

Each `read_…` raises ValueError that says what is expected; each `show_…` writes what its counterpart reads.
"""

from __future__ import annotations

import datetime
import difflib
import re
import zoneinfo

from outreach.smtp.options import DailyHours

_HOURS = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s+(\S+)\s*")
_MOMENT = "a time with its offset from UTC, such as 2023-10-16T09:00:00+09:00"
_EXAMPLE = '"09:00-18:00 Asia/Seoul"'
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS = {name: number for number, day in enumerate(_DAYS) for name in (day.lower(), day[:3].lower())}
_END_OF_DAY = 24 * 60
_LAST_YEAR = 2999


def read_moment(value: object) -> datetime.datetime:
    """The moment, from a TOML date and time or the same as text; without an offset it could be any of a day's."""
    try:
        moment = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, datetime.datetime) or moment.tzinfo is None or not 1970 < moment.year <= _LAST_YEAR:
        raise ValueError(_MOMENT)
    return moment


def read_hours(value: object) -> DailyHours:
    """The hours, from "09:00-18:00 Asia/Seoul"."""
    match = _HOURS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"hours with their time zone, such as {_EXAMPLE}")
    start, end = _minute(match[1], match[2]), _minute(match[3], match[4])
    if start is None or end is None or start == _END_OF_DAY:
        raise ValueError(f"hours that the day has, from 00:00 to 24:00, such as {_EXAMPLE}")
    if start == end:
        raise ValueError(f'a start and an end that differ; the whole day is "00:00-24:00 {match[5]}"')
    return DailyHours(start, end, _checked_zone(match[5]))


def _minute(hour: str, minute: str) -> int | None:
    number = int(hour) * 60 + int(minute)
    return number if int(minute) < 60 and number <= _END_OF_DAY else None


def _checked_zone(name: str) -> str:
    """The name, if there is such a zone."""
    try:
        return zoneinfo.ZoneInfo(name).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        zones = {zone.lower(): zone for zone in zoneinfo.available_timezones()}
    near = difflib.get_close_matches(name.lower(), zones, n=1)
    advice = f'perhaps "{zones[near[0]]}" for {name}' if near else f"such as in {_EXAMPLE}"
    raise ValueError(f"a time zone that exists, {advice}")


def show_hours(hours: DailyHours | None) -> str | None:
    """The hours as they are written."""
    if hours is None:
        return None
    start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (hours.start_minute, hours.end_minute))
    return f"{start}-{end} {hours.zone}"


def read_days(value: object) -> tuple[int, ...]:
    """Days of the week, Monday being 0, from "Mon-Fri" or "Mon,Wed,Fri"."""
    days: set[int] = set()
    for part in value.split(",") if isinstance(value, str) else [""]:
        first, dash, last = (name.strip().lower() for name in part.replace("–", "-").partition("-"))
        if first not in _NUMBERS or (dash and last not in _NUMBERS):
            raise ValueError('days of the week in English, such as "Mon-Fri" or "Mon,Wed,Fri"')
        begin = _NUMBERS[first]
        count = (_NUMBERS[last] - begin) % 7 if dash else 0
        days |= {(begin + ahead) % 7 for ahead in range(count + 1)}
    return tuple(sorted(days))


def show_days(days: tuple[int, ...]) -> str | None:
    """The days as they are written; None for none."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = [[_DAYS[day][:3] for day in (run[0], run[-1])] for run in runs]
    return ",".join(first if first == last else f"{first}-{last}" for first, last in names) or None
