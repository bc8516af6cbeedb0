"""What DNS says about the sender's domains, in the order in which a receiver asks."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.contacts.reserved import is_reserved
from outreach.errors import Problem
from outreach.message.sender import Sender
from outreach.preflight.network.authentication import examine_dmarc, examine_keys
from outreach.preflight.network.mail_hosts import UNREACHABLE, MailHosts, Takes, find_mail_hosts
from outreach.preflight.network.request import NetworkRequest, not_known
from outreach.preflight.network.reverse import examine_reverse_names
from outreach.preflight.network.spf_findings import examine_spf
from outreach.resolver.answers import Resolver

_FROM = "[sender] from"
_ENVELOPE_FROM = "[sender] envelope_from"
_REPLY_TO = "[sender] reply_to"


async def examine_sender(request: NetworkRequest, resolver: Resolver, sender: Sender) -> list[Problem]:
    """All findings on the sender's domains and on the relay; those at reserved domains have nothing in DNS."""
    own, envelope = sender.from_.domain, _domain(sender.return_path)
    envelope_place = _FROM if sender.return_path == sender.from_.wire else _ENVELOPE_FROM
    problems: list[Problem] = []
    if is_reserved(own) or is_reserved(envelope):
        problems.append(_reserved(own if is_reserved(own) else envelope))
    else:
        hosts = await find_mail_hosts(resolver, envelope)
        problems += _envelope_host(envelope_place, envelope, hosts)
        if own != envelope:
            problems += _from_host(own, await find_mail_hosts(resolver, own))
        elif not problems:
            problems += _answers_host(_FROM, own, hosts)
        problems += await examine_spf(request, resolver, envelope, envelope_place)
        problems += await examine_keys(request, resolver)
        problems += await examine_dmarc(request, resolver, own, envelope)
    for domain in dict.fromkeys(mailbox.domain for mailbox in sender.reply_to):
        if domain not in (own, envelope) and not is_reserved(domain):
            problems += _answers_host(_REPLY_TO, domain, await find_mail_hosts(resolver, domain))
    if not request.relay_on_loopback and not is_reserved(request.relay_host.lower()):
        problems += await examine_reverse_names(request, resolver)
    return list(dict.fromkeys(problems))


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _reserved(domain: str) -> Problem:
    return Problem(
        "I04",
        _FROM,
        f"{domain} is reserved for examples, so DNS was not asked about the sender",
        "Before a real send name your own addresses under [sender].",
        level="info",
    )


def _envelope_host(where: str, domain: str, hosts: MailHosts) -> Iterator[Problem]:
    """An error where bounces can't be delivered: receivers refuse mail that can't be answered (RFC 7505, 4.2)."""
    if hosts.takes is Takes.UNKNOWN:
        yield not_known(where, f"MX {domain}", hosts.why)
    elif hosts.takes in UNREACHABLE:
        yield Problem(
            "E16",
            where,
            f"{domain} {hosts.takes.value}, so bounces have nowhere to go, and receivers refuse the letters",
            f"Add an MX record for {domain} that names your mail server, or write from another domain.",
        )


def _from_host(domain: str, hosts: MailHosts) -> Iterator[Problem]:
    """An error where the domain of From does not exist; a warning where it takes no answers."""
    if hosts.takes is Takes.NO_NAME:
        yield Problem(
            "E16",
            _FROM,
            f"{domain} does not exist, and receivers refuse letters from it",
            "Correct from under [sender], or register the domain.",
        )
    else:
        yield from _answers_host(_FROM, domain, hosts)


def _answers_host(where: str, domain: str, hosts: MailHosts) -> Iterator[Problem]:
    """A warning where answers would not arrive."""
    if hosts.takes is Takes.UNKNOWN:
        yield not_known(where, f"MX {domain}", hosts.why)
    elif hosts.takes is not Takes.MAIL:
        yield Problem(
            "W15",
            where,
            f"{domain} {hosts.takes.value}, so answers may not arrive",
            f"Add an MX record for {domain} that names your mail server, or give an address that can be answered.",
            level="warning",
        )
