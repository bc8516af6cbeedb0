"""W24: a date in the text that is another day of the week than the text says."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from babel.core import UnknownLocaleError

from outreach.errors import Problem

_DAYS = "월화수목금토일月火水木金土日"
_ASIAN = re.compile(
    r"(?:(\d{4})\s*[년年])\s*(\d{1,2})\s*[월月]\s*(\d{1,2})\s*[일日]\s*"
    rf"(?:[(（]\s*([{_DAYS}])(?:요일|曜日?)?\s*[)）]|([{_DAYS}])(?:요일|曜)|星期([一二三四五六日天]))"
)
_ASIAN_DAYS = {day: number % 7 for number, day in enumerate(_DAYS)} | {
    day: number % 7 for number, day in enumerate("一二三四五六日一二三四五六天")
}


@dataclass(frozen=True, slots=True)
class _Names:
    """How a language writes dates."""

    weekdays: Mapping[str, int]  # Monday is 0
    months: Mapping[str, int]
    forms: tuple[re.Pattern[str], ...]


def check_dates(text: str, lang: str, today: datetime.date) -> Iterator[Problem]:
    """Every date that stands with its weekday; one without a year is the nearest to `today`."""
    for said, weekday, date in _dates(text, lang, today):
        if date is not None and date.weekday() != weekday:
            right = date.strftime("%A")
            message = f'"{said}": {date.isoformat()} is a {right}'
            yield Problem("W24", said, message, "Correct the date or the day of the week.", level="warning")


def _dates(text: str, lang: str, today: datetime.date) -> Iterator[tuple[str, int, datetime.date | None]]:
    for found in _ASIAN.finditer(text):
        day = next(filter(None, found.groups()[3:]))
        yield found[0].strip(), _ASIAN_DAYS[day], _date(int(found[1]), int(found[2]), int(found[3]), today)
    for names in filter(None, (_names(one) for one in dict.fromkeys((lang, "en")))):
        for form in names.forms:
            for found in form.finditer(text):
                weekday, month = names.weekdays.get(_plain(found["weekday"])), found["month"]
                number = int(month) if month.isdecimal() else names.months.get(_plain(month), 0)
                year = int(found["year"]) if found["year"] else None
                if weekday is not None:
                    yield " ".join(found[0].split()), weekday, _date(year, number, int(found["day"]), today)


def _date(year: int | None, month: int, day: int, today: datetime.date) -> datetime.date | None:
    """The date; None where there is no such day."""
    years = [year] if year is not None else [today.year - 1, today.year, today.year + 1]
    dates = [date for one in years if (date := _day(one, month, day)) is not None]
    return min(dates, key=lambda date: abs(date - today), default=None)


def _day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _names(lang: str) -> _Names | None:
    """The names of days and months; None for a language whose dates are unknown."""
    try:
        locale = Locale.parse(lang.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return None
    weekdays, months = _read(locale.days), _read(locale.months)
    if not weekdays or not months:
        return None
    weekday, month = _one_of(weekdays, "weekday"), _one_of(months, "month")
    year = r"(?:,?\s+(?:de\s+|del\s+|of\s+|г\.\s*)?(?P<year>\d{4}))?(?!\w)"
    article = r"(?:(?:the|den|dem|le|el|o|il|de)\s+)?"
    day = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.|º|°)?"
    forms = (
        rf"{weekday}\.?[,،]?\s+{article}{day}\s+(?:(?:of|de)\s+|d[’'])?{month}\.?{year}",
        rf"{weekday}\.?,?\s+{month}\.?\s+{day}{year}",
        rf"(?<!\w){day}\s+(?:(?:of|de)\s+|d[’'])?{month}\.?{year}\s*\({weekday}\.?\)",
        rf"{weekday}\.?[,،]?\s+(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)",
    )
    return _Names(weekdays, months, tuple(re.compile(form, re.IGNORECASE) for form in forms))


def _read(names: Mapping[str, Mapping[str, Mapping[int, str]]]) -> dict[str, int]:
    """Each name with its number, in every form that the language has; those of one letter are none."""
    return {
        _plain(name): number
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in names[context][width].items()
        if len(_plain(name)) > 1 and not name.isdecimal()
    }


def _plain(name: str) -> str:
    return name.lower().rstrip(".")


def _one_of(names: Mapping[str, int], group: str) -> str:
    longest_first = sorted(names, key=len, reverse=True)
    return rf"(?<!\w)(?P<{group}>{'|'.join(map(re.escape, longest_first))})(?!\w)"
