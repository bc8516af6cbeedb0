"""Whether the relay's addresses have names that lead back to them (PTR), as large receivers ask of whoever delivers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from outreach.errors import Problem
from outreach.preflight.network.request import NetworkRequest
from outreach.resolver.answers import Kind, Resolver
from outreach.smtp.providers import provider_of

_MOST = 4  # addresses of one relay

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


async def examine_reverse_names(request: NetworkRequest, resolver: Resolver) -> list[Problem]:
    """An info for each of the relay's public addresses whose name is missing or does not lead back.

    A known provider's are its own to care for, and it delivers from others.
    """
    relay = request.relay_host
    if provider_of(relay) is not None:
        return []
    problems = []
    for address in await _addresses(resolver, relay):
        answer = await resolver.ask(address.reverse_pointer, Kind.PTR)
        if answer.is_void:
            problems.append(_problem(relay, f"{address}, an address of {relay}, has no name in DNS (PTR)"))
        elif answer.records and not await _leads_back(resolver, answer.records, address):
            name = answer.records[0]
            problems.append(_problem(relay, f"the name of {address}, {name} (PTR), does not lead back to this address"))
    return problems


async def _addresses(resolver: Resolver, relay: str) -> list[_Address]:
    """The relay's addresses that others see."""
    try:
        found = [ipaddress.ip_address(relay.strip("[]"))]
    except ValueError:
        texts = [text for kind in (Kind.A, Kind.AAAA) for text in (await resolver.ask(relay, kind)).records]
        found = [ipaddress.ip_address(text) for text in texts]
    return [address for address in found if address.is_global][:_MOST]


async def _leads_back(resolver: Resolver, names: tuple[str, ...], address: _Address) -> bool:
    """Whether a name has the address; also where that is not known."""
    kind = Kind.A if address.version == 4 else Kind.AAAA
    for name in names[:_MOST]:
        answer = await resolver.ask(name, kind)
        if not answer.is_known or address in _parsed(answer.records):
            return True
    return False


def _parsed(texts: tuple[str, ...]) -> Iterator[_Address]:
    return (ipaddress.ip_address(text) for text in texts)


def _problem(relay: str, fault: str) -> Problem:
    return Problem(
        "I05",
        "[relay] host",
        fault,
        f"If {relay} delivers the letters itself, ask whoever gave it the address to set its name; "
        "receivers refuse mail from addresses without one. If it hands them on to others, nothing is to be done.",
        level="info",
    )
