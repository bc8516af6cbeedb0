"""Adds to a campaign that was checked what DNS says about its domains; nothing else is connected to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from outreach.contacts.options import ContactsOptions
from outreach.errors import Problem
from outreach.ledger.interface import Ledger, Roster
from outreach.preflight.check import Checked
from outreach.preflight.network.recipients import examine_recipients
from outreach.preflight.network.request import NetworkRequest
from outreach.preflight.network.sender import examine_sender
from outreach.resolver.bounded import BoundedResolver


async def check_network(
    request: NetworkRequest,
    checked: Checked,
    *,
    roster: Roster,
    ledger: Ledger,
    contacts: ContactsOptions,
    on_problem: Callable[[Problem], None] | None = None,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Checked:
    """The same campaign with the findings of DNS behind the others; rows nobody can be reached by are bad ones.

    `on_progress` is told of how many domains of recipients DNS was asked about, and of how many there are.
    """
    resolver = BoundedResolver(request.resolver, request.clock, seconds=request.seconds)
    bad_places: set[str] = set()

    def note(problem: Problem) -> None:
        checked.findings.add(problem)
        if on_problem is not None:
            on_problem(problem)
        if problem.level == "error" and problem.address:
            bad_places.add(problem.where)

    for problem in await examine_sender(request, resolver, checked.sealed.sender):
        note(problem)
        if problem.level == "error":
            checked.findings.whole.append(problem)
    async for problem in examine_recipients(resolver, roster, ledger, contacts, on_progress=on_progress):
        note(problem)
    return replace(checked, bad_rows=checked.bad_rows + len(bad_places))
