"""Turns one written value into what the options expect, or says what is expected."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from outreach.config.hours import read_days, read_hours, read_moment
from outreach.config.oauth2 import read_oauth2
from outreach.config.schema import TABLES, Setting
from outreach.config.values import (
    read_date,
    read_domain,
    read_domain_rates,
    read_duration,
    read_key,
    read_quota,
    read_rate,
    read_secret,
    read_timeouts,
)
from outreach.config.wording import is_list_id, is_plain_address, is_web_address, read_by_language

SQLITE = "sqlite:///"

_READERS: Mapping[str, Callable[[object], object]] = {
    "campaign.date": read_date,
    "campaign.not_before": read_moment,
    "relay.rate": read_rate,
    "relay.quota": read_quota,
    "relay.per_domain": read_domain_rates,
    "relay.timeouts": read_timeouts,
    "relay.password": read_secret,
    "relay.oauth2": read_oauth2,
    "relay.hours": read_hours,
    "relay.days": read_days,
    "retry.first_wait": read_duration,
    "retry.give_up_after": read_duration,
    "campaign.reason": read_by_language,
    "unsubscribe.key": read_key,
    "dkim.domain": read_domain,
}

_SELECTOR = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.IGNORECASE)  # RFC 6376, 3.1
_A_SELECTOR = (
    lambda name: name == "" or _SELECTOR.fullmatch(name) is not None,
    'letters, digits, hyphens and dots, such as "s1"',
)

# What a value must also be, and the words for it.
_LIMITS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "campaign.name": (lambda name: name.strip() == name and name.isprintable() and name != "", "a name of one line"),
    "relay.host": (lambda host: host.strip() == host != "" and not set(host) & set("/ @"), "the name of a host"),
    "relay.port": (lambda port: 1 <= port <= 65535, "a port from 1 to 65535"),
    "relay.connections": (lambda count: 1 <= count <= 1000, "a number from 1 to 1000"),
    "unsubscribe.url": (
        lambda url: not url or is_web_address(url),
        'an address such as "https://letters.coalition.example/u": in ASCII, without blanks and without #',
    ),
    "unsubscribe.mailto": (
        lambda address: not address or is_plain_address(address),
        'one address such as "unsubscribe@coalition.example", in ASCII',
    ),
    "unsubscribe.list_id": (
        lambda name: not name or is_list_id(name),
        'a name such as "news.coalition.example": words of ASCII letters, digits and -, with dots between',
    ),
    "dkim.selector": _A_SELECTOR,
    "dkim.ed25519_selector": _A_SELECTOR,
    "ledger.url": (
        lambda url: not url or (url.startswith(SQLITE) and len(url) > len(SQLITE)),
        f'a file as "{SQLITE}PATH", from the campaign\'s folder',
    ),
}


def convert(name: str, known: Setting, written: object) -> object:
    """The value for the options; ValueError says what is expected instead."""
    reader = _READERS.get(name)
    value = reader(written) if reader else _validated(known, written)
    fits, expected = _LIMITS.get(name, (None, ""))
    if fits and not fits(value):
        raise ValueError(expected)
    table = name.removeprefix(f"{TABLES}.")
    if table != name and not table.isidentifier():
        raise ValueError(f'the table a name that a letter can use, of letters, digits and _; "{table}" is not one')
    return value


def _validated(known: Setting, written: object) -> object:
    """The value as the type asks for it. Only text is converted, since variables and flags have no other form."""
    # Imported here because it takes longer than all else that `outreach --help` needs.
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(known.type).validate_python(written, strict=not isinstance(written, str | list | dict))
    except ValidationError:
        raise ValueError(_in_words(known)) from None


def _in_words(known: Setting) -> str:
    """What a value of this type looks like."""
    if typing.get_origin(known.type) is typing.Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in typing.get_args(known.type))
    words: Mapping[object, str] = {
        str: "a text in quotes",
        int: "a whole number",
        bool: "true or false",
        Path | None: "a path in quotes",
        tuple[str, ...]: 'a list such as ["a", "b"]',
        Mapping[str, str]: 'a table such as { a = "b" }',
    }
    return words[known.type]
