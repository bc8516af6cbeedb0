"""What a check of DNS needs to know: whom to ask, who sends, and which keys of ours are to stand there."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.clock import Clock
from outreach.errors import Problem
from outreach.resolver.answers import Resolver

AGAIN = "Nothing follows from it. Run outreach check --network again later, or ask whoever runs your nameserver."


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """What is to stand in DNS of a key that we sign with."""

    name: str  # s1._domainkey.coalition.example
    algorithm: str  # rsa or ed25519, as k= has it
    public: str  # base64, as p= has it
    record: str  # the whole record, for the remedy


@dataclass(frozen=True, slots=True)
class NetworkRequest:
    """Whom to ask, and about what beside the campaign's own addresses."""

    resolver: Resolver
    clock: Clock
    relay_host: str
    relay_on_loopback: bool
    signing_domain: str = ""  # the d= of our signatures, as A-labels; empty: nobody signs here
    keys: tuple[PublishedKey, ...] = ()
    seconds: float = 120.0  # for all of it


def not_known(where: str, name: str, why: str) -> Problem:
    """An info: DNS did not answer, and nothing follows from it."""
    return Problem("I04", where, f"{name} could not be looked up: {why}", AGAIN, level="info")
