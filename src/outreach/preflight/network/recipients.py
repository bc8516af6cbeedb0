"""The domains of everybody in a list: each is asked about once; the rows at those that take no mail are told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping

from outreach.contacts.options import ContactsOptions
from outreach.contacts.reserved import is_reserved
from outreach.errors import Problem
from outreach.ledger.interface import Ledger, Roster
from outreach.model import Contact
from outreach.preflight.examine import place
from outreach.preflight.network.mail_hosts import UNREACHABLE, MailHosts, Takes, find_all_mail_hosts
from outreach.preflight.network.request import AGAIN
from outreach.resolver.answers import Resolver

_NAMED = 3


async def examine_recipients(
    resolver: Resolver,
    roster: Roster,
    ledger: Ledger,
    options: ContactsOptions,
    *,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> AsyncIterator[Problem]:
    """An error for each recipient whom no mail can reach; one info for all domains that DNS did not answer for."""
    domains: dict[str, None] = {}
    async for contacts in roster.pages():
        domains |= dict.fromkeys(
            mailbox.domain for contact in contacts for _, mailbox in contact.envelope if not is_reserved(mailbox.domain)
        )
    found = await find_all_mail_hosts(resolver, domains, on_progress=lambda done: on_progress(done, len(domains)))
    unreachable = {domain: hosts.takes for domain, hosts in found.items() if hosts.takes in UNREACHABLE}
    if unreachable:
        async for contacts in roster.pages():
            for problem in await _of_rows(contacts, unreachable, ledger, options):
                yield problem
    if unknown := {domain: hosts for domain, hosts in found.items() if hosts.takes is Takes.UNKNOWN}:
        yield _unknown(unknown, len(found), options)


async def _of_rows(
    contacts: tuple[Contact, ...], unreachable: Mapping[str, Takes], ledger: Ledger, options: ContactsOptions
) -> list[Problem]:
    """The errors of some rows; whoever is on the suppression list gets nothing, and so needs no mending."""
    concerned = [
        (contact.row, mailbox)
        for contact in contacts
        for _, mailbox in contact.envelope
        if mailbox.domain in unreachable
    ]
    if not concerned:
        return []
    suppressed = await ledger.suppressed([mailbox.key for _, mailbox in concerned])
    return [
        _problem(place(row, options), mailbox.address, unreachable[mailbox.domain])
        for row, mailbox in concerned
        if mailbox.key not in suppressed
    ]


def _problem(where: str, address: str, takes: Takes) -> Problem:
    domain = address.rpartition("@")[2]
    if takes is Takes.NO_NAME:
        several, said = "are at domains that do not exist", f"{domain} does not exist"
    else:
        several, said = "are at domains that take no mail", f"{domain} {takes.value}"
    return Problem("E16", where, said, "Correct the address, or take the row out.", address, several=several)


def _unknown(unknown: Mapping[str, MailHosts], total: int, options: ContactsOptions) -> Problem:
    named = ", ".join(f"{domain} ({hosts.why})" for domain, hosts in list(unknown.items())[:_NAMED])
    more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    return Problem(
        "I04",
        options.file,
        f"of {total} domains of recipients {len(unknown)} could not be looked up: {named}{more}",
        AGAIN,
        level="info",
    )
