"""The filters of our own: date, count, join and listed."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sized
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from babel.lists import format_list
from jinja2 import Environment, pass_context, pass_environment
from jinja2.filters import make_attrgetter

from outreach.letter.complaints import EmptyError, UnfitError, shorten
from outreach.letter.context import RenderContext
from outreach.letter.language import find_locale


@lru_cache(maxsize=1024)
def write_date(day: datetime.date, fmt: str, language: str) -> str:
    """A date in words of the language: full, long, medium, short, or a pattern such as "d MMMM y"."""
    try:
        return format_date(day, format=fmt, locale=find_locale(language))
    except (KeyError, ValueError, AttributeError):
        hint = 'Use "full", "long", "medium", "short", or a pattern such as "d MMMM y".'
        raise UnfitError("E20", f'"{shorten(fmt)}" is not a date format', hint) from None


@pass_context
def date(context: RenderContext, value: object, fmt: str = "long", lang: str | None = None) -> str:
    """A date, or a text such as 2023-10-16, in words of the letter's language or another.

    `{{ date | date("full") }}`
    """
    return write_date(_as_date(value), fmt, lang or context.language)


def _as_date(value: object) -> datetime.date:
    if isinstance(value, datetime.date):
        return value
    text = str(value).strip()
    if not text:
        raise EmptyError
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        hint = "Write dates as year-month-day: 2023-10-16."
        message = f'"{shorten(text)}" is not a date that can be read'
        raise UnfitError("E25", message, hint, several="hold no date where the letter prints one") from None


def count(value: Iterable[object]) -> int:
    """`{{ signatories | count }}`: how many there are."""
    return len(value) if isinstance(value, Sized) else sum(1 for _ in value)


@pass_environment
def join(
    environment: Environment,
    value: Iterable[Any],
    sep: str = ", ",
    attribute: str | None = None,
    last: str | None = None,
) -> str:
    """All in one line, with another separator before the last if wanted.

    `{{ signatories | join(attribute="name", last=" and ") }}`
    """
    items = _texts(environment, value, attribute)
    if last is None or len(items) < 2:
        return str(sep).join(items)
    return str(sep).join(items[:-1]) + str(last) + items[-1]


@pass_context
def listed(context: RenderContext, value: Iterable[Any], attribute: str | None = None, lang: str | None = None) -> str:
    """`{{ names | listed }}`: all in one line, as the letter's language lists things: A, B, and C."""
    items = _texts(context.environment, value, attribute)
    return format_list(items, locale=find_locale(lang or context.language))


def _texts(environment: Environment, value: Iterable[Any], attribute: str | None) -> list[str]:
    """The items as text. EmptyError where one is empty: it would leave two separators side by side."""
    read: Callable[[Any], Any] = make_attrgetter(environment, attribute) if attribute else lambda item: item
    texts = ["" if item is None else str(item) for item in map(read, value)]
    if not all(texts):
        raise EmptyError
    return texts


FILTERS: dict[str, Callable[..., Any]] = {
    "date": date,
    "count": count,
    "length": count,
    "join": join,
    "listed": listed,
    # Values are escaped for where they stand, in any case: to ask for it must not do it twice.
    "e": str,
    "escape": str,
    "forceescape": str,
    "safe": str,
}

# These draw random numbers or write HTML, which would arrive as text.
REMOVED_FILTERS = ("random", "urlize", "xmlattr", "pprint")
