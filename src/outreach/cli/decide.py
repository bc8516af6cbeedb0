"""`outreach resolve` and `outreach retry`: what a person decides about deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from outreach.cli.common import Common, address_key, read_settings, wait_for
from outreach.cli.terminal import data, say
from outreach.cli.unsure import list_unsure, print_unsure
from outreach.errors import UsageError
from outreach.sending.decide import Verdict, decide

_DONE = {
    Verdict.RESEND: "planned again. Run outreach send to send them.",
    Verdict.SENT: "counted as accepted.",
    Verdict.RETRY: "planned again. Run outreach send to send them.",
}

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.ledger.record_values import Decided, Undecided


def resolve(
    *addresses: str,
    resend: Annotated[bool, Parameter(negative="", help="They did not get it: plan them again.")] = False,
    sent: Annotated[bool, Parameter(negative="", help="They got it: count them as accepted.")] = False,
    all_: Annotated[bool, Parameter(name="--all", negative="", help="Decide all that are unsure.")] = False,
    json: Annotated[bool, Parameter(negative="", help="What is unsure as JSON, one object a line.")] = False,
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """List the letters whose final answer was lost, or decide what became of them.

    Parameters
    ----------
    addresses
        Whose letters to decide.

    """
    if resend and sent:
        raise UsageError("--resend and --sent do not go together", "Choose what is true of these letters.")
    if json and (resend or sent):
        raise UsageError("--json lists and decides nothing", "Leave out --json, or --resend and --sent.")
    if not resend and not sent:
        unsure = wait_for(lambda: _undecided(read_settings(common)))
        if json:
            print_unsure(unsure)
        else:
            list_unsure(unsure)
        return 0
    verdict = Verdict.RESEND if resend else Verdict.SENT
    _need_some(addresses, all_=all_, command=verdict.value.what)
    _say(wait_for(lambda: _decide(read_settings(common), verdict, addresses)), verdict)
    return 0


def retry(
    *addresses: str,
    all_: Annotated[bool, Parameter(name="--all", negative="", help="All that failed.")] = False,
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Plan failed deliveries again; the next `outreach send` sends them.

    Parameters
    ----------
    addresses
        Whose letters to plan again.

    """
    _need_some(addresses, all_=all_, command="retry")
    _say(wait_for(lambda: _decide(read_settings(common), Verdict.RETRY, addresses)), Verdict.RETRY)
    return 0


def _need_some(addresses: tuple[str, ...], *, all_: bool, command: str) -> None:
    if bool(addresses) == all_:
        raise UsageError(
            f"{command}: whose letters?", f"Name addresses, or say --all: outreach {command} ADDRESS … or --all."
        )


async def _undecided(settings: Settings) -> tuple[Undecided, ...]:
    from outreach.assembly.ledgers import ledger_of_decisions, opened_ledger

    place = await ledger_of_decisions(settings)
    async with opened_ledger(settings, read_only=True, place=place) as ledger:
        record = await ledger.campaign(settings.require_campaign().name)
        return () if record is None else await ledger.undecided(record.id)


async def _decide(settings: Settings, verdict: Verdict, addresses: tuple[str, ...]) -> Decided:
    from outreach.assembly.ledgers import ledger_of_decisions, opened_ledger
    from outreach.assembly.parts import identity
    from outreach.clock import SystemClock

    keys = tuple(address_key(address) for address in addresses)
    place = await ledger_of_decisions(settings)
    async with opened_ledger(settings, read_only=False, place=place) as ledger:
        return await decide(
            ledger,
            verdict,
            name=settings.require_campaign().name,
            address_keys=keys,
            who=identity().who,
            now=SystemClock().now(),
        )


def _say(decided: Decided, verdict: Verdict) -> None:
    console = data()
    for address in decided.addresses:
        say(console, address)
    if decided.moved > len(decided.addresses):
        say(console, f"… and {decided.moved - len(decided.addresses)} more")
    say(console, f"{decided.moved} {_DONE[verdict]}")
