"""How values are written that TOML has no type for: rates, quotas, durations, references to secrets.

Each `read_…` raises ValueError that says what is expected; each `show_…` writes what its counterpart reads.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import asdict, fields

from outreach.clock import parse_duration
from outreach.model import SecretReference
from outreach.smtp.options import Timeouts

_WINDOWS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
_RATE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*/\s*(second|minute|hour|day)\s*")
_QUOTA = re.compile(r"\s*(\d+)\s*/\s*(second|minute|hour|day)\s*")
_DOMAIN = re.compile(r"((?!-)[a-z0-9_-]{1,63}(?<!-)\.)+(?!-)[a-z0-9-]{2,63}(?<!-)")
_LONGEST_DOMAIN = 253  # RFC 1035, 2.3.4
_NONE = "none"


def read_rate(value: object) -> float | None:
    """Messages per second from "50/minute"; None from "none"."""
    if value == _NONE:
        return None
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None or float(match[1]) == 0:
        raise ValueError('a pace such as "1/second", "50/minute", "600/hour", or "none"')
    return float(match[1]) / _WINDOWS[match[2]]


def show_rate(rate: float | None) -> str:
    """The pace in the shortest time in which it is a whole number, else as a fraction of one a second."""
    if rate is None:
        return _NONE
    for unit, seconds in _WINDOWS.items():
        count = round(rate * seconds, 9)
        if count >= 1 and count == int(count):
            return f"{int(count)}/{unit}"
    return f"{rate:.9f}".rstrip("0") + "/second"


def read_quota(value: object) -> tuple[tuple[int, float], ...]:
    """Limits and their windows in seconds, from ["2000/day", "100/hour"]."""
    written = [value] if isinstance(value, str) else value
    matches = [_QUOTA.fullmatch(str(item)) for item in written] if isinstance(written, list | tuple) else [None]
    if not all(match and int(match[1]) for match in matches):
        raise ValueError('a list such as ["2000/day", "100/hour"]')
    return tuple((int(match[1]), _WINDOWS[match[2]]) for match in matches if match)


def show_quota(quota: tuple[tuple[int, float], ...]) -> list[str]:
    """The quotas as they are written."""
    units = {seconds: unit for unit, seconds in _WINDOWS.items()}
    return [f"{limit}/{units[window]}" for limit, window in quota]


def read_domain_rates(value: object) -> Mapping[str, float]:
    """Messages per second for each domain, from { "gmail.com" = "1/second" }."""
    if not isinstance(value, dict):
        raise ValueError('a table such as { "gmail.com" = "1/second" }')  # noqa: TRY004 - readers raise one kind
    rates: dict[str, float] = {}
    for domain, written in value.items():
        rate = read_rate(written)
        if rate is None:
            raise ValueError(f'a pace for {domain}, such as "1/second"; leave the domain out for none')
        rates[_a_labels(domain)] = rate
    return rates


def read_domain(value: object) -> str:
    """A domain, in A-labels and small letters; empty for none."""
    domain = _a_labels(value.strip()) if isinstance(value, str) else ""
    if value != "" and (_DOMAIN.fullmatch(domain) is None or len(domain) > _LONGEST_DOMAIN):
        raise ValueError('a domain such as "coalition.example"')
    return domain


def _a_labels(domain: str) -> str:
    """The domain as addresses are compared by it (RFC 5890)."""
    if domain.isascii():
        return domain.lower()
    import idna

    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise ValueError(f"a domain that can exist; {domain} can't") from None


def read_date(value: object) -> datetime.date:
    """The day, from a TOML date or the same as text; a time of day has no meaning here."""
    try:
        day = datetime.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        day = None
    if not isinstance(day, datetime.date) or isinstance(day, datetime.datetime):
        raise ValueError("a date such as 2023-10-16")  # noqa: TRY004 - readers raise one kind
    return day


def read_duration(value: object) -> float:
    """Seconds, more than none, from "30s"."""
    try:
        seconds = parse_duration(value) if isinstance(value, str) else 0.0
    except ValueError:
        seconds = 0.0
    if seconds <= 0:
        raise ValueError('a duration such as "30s", "5m", "24h" or "7d"')
    return seconds


def show_duration(seconds: float) -> str:
    """The duration in the largest unit that it is whole in."""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{int(seconds // length)}{unit}"
    return f"{seconds:g}s"


def read_timeouts(value: object) -> Timeouts:
    """The timeouts from { connect = "30s" }; those that are not named keep their defaults."""
    names = [field.name for field in fields(Timeouts)]
    if not isinstance(value, dict) or not set(value) <= set(names):
        raise ValueError(f'a table such as {{ connect = "30s" }}, with {", ".join(names)}')
    return Timeouts(**{name: read_duration(written) for name, written in value.items()})


def show_timeouts(timeouts: Timeouts) -> dict[str, str]:
    """The timeouts as they are written."""
    return {name: show_duration(seconds) for name, seconds in asdict(timeouts).items()}


def read_secret(value: object) -> SecretReference:
    """Where the password is kept; a password itself is refused, so that it does not stay in a file that is shared."""
    if isinstance(value, SecretReference):
        return value
    match value:
        case {"env": str(name), **rest} if name and not rest:
            return SecretReference("env", name)
        case {"file": str(path), **rest} if path and not rest:
            return SecretReference("file", path)
        case {"command": [str(), *_] as words, **rest} if not rest and all(isinstance(word, str) for word in words):
            return SecretReference("command", tuple(words))
        case {"ask": True, **rest} if not rest:
            return SecretReference("ask")
        case {"keyring": str(entry), **rest} if not rest and re.fullmatch(r"[^/]+/.+", entry):
            return SecretReference("keyring", entry)
        case _:
            raise ValueError(
                'not the password but where it is kept: { env = "SMTP_PASSWORD" }, { file = "PATH" }, '
                '{ command = ["PROGRAM", "ARGUMENT"] }, { ask = true } or { keyring = "SERVICE/USER" }'
            )


def read_key(value: object) -> SecretReference:
    """Where a key is kept. One that is typed anew each time would not be the same for long."""
    expected = 'where the key is kept: { env = "UNSUBSCRIBE_KEY" }, { file = "PATH" } or { command = ["PROGRAM"] }'
    try:
        reference = read_secret(value)
    except ValueError:
        raise ValueError(f"not the key but {expected}") from None
    if reference.kind == "ask":
        raise ValueError(expected)
    return reference


def show_secret(reference: SecretReference) -> dict[str, object]:
    """The place without anything secret: a command's arguments may hold a key, so they are masked."""
    if reference.kind == "ask":
        return {"ask": True}
    if isinstance(reference.value, tuple):
        return {reference.kind: [reference.value[0], *("***" for _ in reference.value[1:])]}
    return {reference.kind: reference.value}
