"""A sender over a zone: a good one, and ways to spoil it."""

from __future__ import annotations

from outreach.contacts.address import parse_mailbox
from outreach.errors import Problem
from outreach.message.sender import Sender
from outreach.preflight.network.request import NetworkRequest, PublishedKey
from outreach.preflight.network.sender import examine_sender
from tests.support.clock import FakeClock
from tests.support.nameserver import Nameserver

Zone = dict[str, list[str]]

KEY = PublishedKey("s1._domainkey.own.kr", "rsa", "MIIBIjANBg==", 's1._domainkey.own.kr. IN TXT "v=DKIM1; …"')
GOOD: Zone = {
    "own.kr": ["MX 10 mail.own.kr", 'TXT "v=spf1 a:mail.own.kr -all"'],
    "mail.own.kr": ["A 198.41.0.4"],
    "4.0.41.198.in-addr.arpa": ["PTR mail.own.kr."],
    "_dmarc.own.kr": ['TXT "v=DMARC1; p=none"'],
    "s1._domainkey.own.kr": ['TXT "v=DKIM1; k=rsa; " "p=MIIB IjANBg=="'],
    "office.kr": ["MX 10 mail.own.kr"],
}


async def examine(
    zone: Zone,
    *,
    from_: str = "letters@own.kr",
    envelope_from: str = "",
    reply_to: str = "office@office.kr",
    relay: str = "mail.own.kr",
    key: PublishedKey | None = KEY,
    signing_domain: str = "own.kr",
    servfail: list[str] | None = None,
) -> list[Problem]:
    """The findings on a sender over a zone."""
    own = parse_mailbox(from_)
    sender = Sender(own, (parse_mailbox(reply_to),) if reply_to else (), envelope_from or own.wire, "")
    async with Nameserver(zone, servfail=servfail or []) as server:
        resolver = server.resolver()
        request = NetworkRequest(
            resolver,
            FakeClock(),
            relay_host=relay,
            relay_on_loopback=relay == "localhost",
            signing_domain=signing_domain if key else "",
            keys=(key,) if key else (),
        )
        return await examine_sender(request, resolver, sender)


def without(*names: str) -> Zone:
    """The good zone without these names."""
    return {name: records for name, records in GOOD.items() if name not in names}


def said(problems: list[Problem]) -> list[tuple[str, str, str, str]]:
    """Level, code, place and message of each."""
    return [(problem.level, problem.code, problem.where, problem.message) for problem in problems]


def with_spf(*texts: str, **more: list[str]) -> Zone:
    """The good zone with these SPF records."""
    return {**GOOD, **more, "own.kr": ["MX 10 mail.own.kr", *(f'TXT "v=spf1 {text}"' for text in texts)]}
