"""Whether a domain takes mail, as far as DNS tells (RFC 5321, 5.1; RFC 7505)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from outreach.resolver.answers import Found, Kind, Resolver, ask_addresses
from outreach.resolver.bounded import AT_A_TIME


class Takes(Enum):
    """What DNS says of a domain's mail."""

    MAIL = "has mail servers"
    IMPLICIT = "has no MX record, but an address"  # which then stands for one (RFC 5321, 5.1)
    REFUSED = "says that it takes no mail (null MX)"
    NOTHING = "has no mail server: neither MX nor address records"
    NO_NAME = "does not exist"
    UNKNOWN = "could not be looked up"


UNREACHABLE = (Takes.REFUSED, Takes.NOTHING, Takes.NO_NAME)


@dataclass(frozen=True, slots=True)
class MailHosts:
    """What became of looking for a domain's mail servers."""

    takes: Takes
    why: str = ""  # why it is not known


async def find_mail_hosts(resolver: Resolver, domain: str) -> MailHosts:
    """Whether the domain (A-labels) takes mail."""
    exchanges = await resolver.ask(domain, Kind.MX)
    if exchanges.found is Found.UNKNOWN:
        return MailHosts(Takes.UNKNOWN, exchanges.why)
    if exchanges.found is Found.NO_NAME:
        return MailHosts(Takes.NO_NAME)
    if exchanges.found is Found.RECORDS:
        return MailHosts(Takes.MAIL if any(exchanges.records) else Takes.REFUSED)
    addresses = await ask_addresses(resolver, domain)
    if not addresses.is_known:
        return MailHosts(Takes.UNKNOWN, addresses.why)
    return MailHosts(Takes.IMPLICIT if addresses.records else Takes.NOTHING)


async def find_all_mail_hosts(
    resolver: Resolver, domains: Collection[str], *, on_progress: Callable[[int], None] = lambda _: None
) -> Mapping[str, MailHosts]:
    """The same for many domains, each once, some of them at a time; `on_progress` is told how many are done."""
    found: dict[str, MailHosts] = {}

    async def work(waiting: Iterator[str]) -> None:
        for domain in waiting:
            found[domain] = await find_mail_hosts(resolver, domain)
            on_progress(len(found))

    waiting = iter(domains)
    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_A_TIME, len(domains))):
            group.create_task(work(waiting))
    return found
