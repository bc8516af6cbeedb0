"""W18: more letters, or faster ones, than a provider's plan allows, or than receivers are used to from this sender."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outreach.composing.sealed import Sealed
from outreach.errors import Problem
from outreach.ledger.interface import Ledger
from outreach.model import State
from outreach.preflight.codes import level_for
from outreach.preflight.examine import CheckRequest
from outreach.preflight.tally import Tally
from outreach.smtp.providers import GMAIL, WORKSPACE, Provider, provider_of

_NOTICED = 100  # letters: what is less is no volume
_EARLIER = 5  # campaigns that are looked at
_ARRIVED = (State.ACCEPTED, State.BOUNCED, State.COMPLAINED)
_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}


async def note_volume(tally: Tally, sealed: Sealed, ledger: Ledger) -> None:
    """Compare what would be sent with the provider's plan and with earlier campaigns in the ledger."""
    letters = tally.rows - tally.bad_rows
    level = level_for(sealed.purpose)
    for problem in _over_plan(tally.request, sealed, letters, level):
        tally.note_whole(problem)
    if letters < _NOTICED:
        return
    earlier = [record for record in await ledger.campaigns() if record.name != sealed.campaign][:_EARLIER]
    most = 0
    for record in earlier:
        counts = (await ledger.balance(record.id)).counts
        most = max(most, sum(counts[state] for state in _ARRIVED))
    if most and letters > 2 * most:
        message = f"{letters} letters are more than twice the {most} of any recent campaign of yours"
        hint = "Receivers distrust a sudden rise: send some with --limit first, and the rest over some days."
        tally.note_whole(Problem("W18", tally.request.source.contacts.file, message, hint, level=level))


def _over_plan(request: CheckRequest, sealed: Sealed, letters: int, level: str) -> Iterator[Problem]:
    provider = provider_of(request.relay_host)
    if provider is None or not provider.quota:
        return
    if provider is GMAIL and sealed.sender.from_.domain not in ("gmail.com", "googlemail.com"):
        provider = WORKSPACE
    most, window = _read(provider.quota)
    planned = min((quota.limit for quota in request.quotas if quota.window_seconds >= window), default=letters)
    if min(letters, planned) > most:
        yield _problem(provider, f"{min(letters, planned)} letters", provider.quota, "quota", level)
    most, window = _read(provider.rate)
    if request.rate is not None and request.rate > 1.01 * most / window:
        yield _problem(provider, f"{request.rate:g} letters a second", provider.rate, "rate", level)


def _problem(provider: Provider, planned: str, allowed: str, setting: str, level: str) -> Problem:
    message = f"{planned} are planned, and {provider.title} takes {allowed.replace('/', ' a ')}"
    hint = f'Set {setting} = "{allowed}" under [relay], or what your plan says.'
    return Problem("W18", f"[relay] {setting}", message, hint, level=level)


def _read(limit: str) -> tuple[int, float]:
    """500/day as a number and seconds."""
    number, unit = re.fullmatch(r"(\d+)/(\w+)", limit).groups()  # type: ignore[union-attr]
    return int(number), _UNITS[unit]
