"""The settings of the relay: the section [relay]."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from outreach.model import SecretReference


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for each answer (RFC 5321, 4.5.3.2), in seconds."""

    connect: float = 30.0
    greeting: float = 300.0
    command: float = 300.0
    final: float = 600.0  # RFC 5321, 4.5.3.2.6: 10 minutes; giving up earlier makes duplicates


@dataclass(frozen=True, slots=True)
class OAuth2Options:
    """Where access tokens come from: a place that holds one, or a server that gives one for a refresh token."""

    token: SecretReference | None = None  # a fresh one each time; the rest is then empty
    client_id: str = ""
    client_secret: SecretReference | None = None  # None: a public client
    refresh_token: SecretReference | None = None
    token_url: str = ""
    scope: str = ""  # empty: what was consented to


@dataclass(frozen=True, slots=True)
class DailyHours:
    """A window of the day in a time zone, over midnight where it ends before it starts."""

    start_minute: int  # of the day
    end_minute: int  # of the day, 1440 for its end
    zone: str  # IANA name


@dataclass(frozen=True, slots=True)
class RelayOptions:
    """Which relay, how to reach it, and how fast letters may leave."""

    host: str
    port: int = 465
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: SecretReference | None = None
    ca_file: Path | None = None
    ehlo_name: str = ""  # default: the machine's name
    allow_plaintext: bool = False  # security = "none" off loopback
    connections: int = 5  # per process
    rate: float | None = None  # messages per second; None: no limit
    quota: tuple[tuple[int, float], ...] = ()  # (limit, window in seconds)
    quota_counts: Literal["messages", "recipients"] = "messages"
    per_domain: Mapping[str, float] = field(default_factory=dict)  # domain: messages per second
    timeouts: Timeouts = Timeouts()
    pipelining: bool = True
    hours: DailyHours | None = None  # when letters may leave; None: at any time
    days: tuple[int, ...] = ()  # of the week, Monday is 0; empty: every day
    oauth2: OAuth2Options | None = None  # a token in place of the password


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name alone: nothing is looked up."""
    name = host.lower().rstrip(".").strip("[]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
