"""Every setting in force as `outreach config` prints it: name, value as in TOML, origin. Secrets are masked."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from outreach.config.hours import show_days, show_hours
from outreach.config.oauth2 import show_oauth2
from outreach.config.schema import SECTIONS, TABLES, known_settings
from outreach.config.values import show_duration, show_quota, show_rate, show_secret, show_timeouts
from outreach.config.wording import show_by_language

if TYPE_CHECKING:
    from outreach.config.settings import Settings

_WRITERS: Mapping[str, Callable[[Any], object]] = {
    "relay.rate": show_rate,
    "relay.quota": show_quota,
    "relay.per_domain": lambda rates: {domain: show_rate(rate) for domain, rate in rates.items()},
    "relay.timeouts": show_timeouts,
    "relay.password": lambda reference: reference and show_secret(reference),
    "relay.oauth2": lambda options: options and show_oauth2(options),
    "relay.hours": show_hours,
    "relay.days": show_days,
    "retry.first_wait": show_duration,
    "retry.give_up_after": show_duration,
    "campaign.reason": show_by_language,
    "unsubscribe.key": lambda reference: reference and show_secret(reference),
}


def shown_settings(settings: Settings) -> list[tuple[str, str, str]]:
    """Name ("relay.port"), value as TOML writes it, and origin of each setting; an empty value where there is none."""
    shown: list[tuple[str, str, str]] = []
    for section in SECTIONS:
        options = getattr(settings, section)
        if section == TABLES:
            shown += [
                (f"data.{name}", as_toml(file), settings.origins[f"data.{name}"])
                for name, file in settings.data.tables.items()
            ]
        for name, known in known_settings().items():
            if name.startswith(f"{section}."):
                value = getattr(options, known.attribute, None)
                shown.append((name, _written(name, value, missing=options is None), settings.origins[name]))
    return shown


def as_toml(value: object) -> str:
    """The value on one line, as it would stand in a settings file; empty for None."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(name)} = {as_toml(item)}" for name, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, int | float | datetime.date):
        return str(value).lower() if isinstance(value, bool) else str(value)
    # A TOML basic string escapes as JSON does.
    return json.dumps(str(value), ensure_ascii=False)


def _written(name: str, value: object, *, missing: bool) -> str:
    if missing:
        return ""
    writer = _WRITERS.get(name)
    return as_toml(writer(value) if writer else value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
