"""On what basis somebody is written to, where the list says so: since when it holds, and until when.

The columns are `basis`, `source`, `obtained_at` and `expires_at`. The first two are for people, in their own words.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import lru_cache

OBTAINED_AT, EXPIRES_AT = "obtained_at", "expires_at"


@lru_cache(maxsize=1024)  # lists are collected on few days
def read_moment(text: str) -> float:
    """Seconds since the epoch, from 2023-10-16 (its beginning, in this machine's time zone) or a time of ISO 8601.

    ValueError where it is neither.
    """
    moment = datetime.datetime.fromisoformat(text)
    try:
        return (moment if moment.tzinfo else moment.astimezone()).timestamp()
    except OverflowError as error:  # the years 1 and 9999, where this zone is elsewhere
        raise ValueError(str(error)) from error


def expires_at(fields: Mapping[str, str]) -> float | None:
    """When the basis of a contact ends, in seconds since the epoch; None where the list does not say."""
    text = fields.get(EXPIRES_AT)
    return read_moment(text) if text else None
