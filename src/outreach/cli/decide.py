"""`outreach resolve` and `outreach retry`: what a person decides about deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from outreach.cli.ask import clock_time
from outreach.cli.common import Common, read_settings, wait_for
from outreach.cli.terminal import data, printable
from outreach.errors import UnsafeError, UsageError
from outreach.model import State

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.ledger.interface import Undecided


def resolve(
    *addresses: str,
    resend: Annotated[bool, Parameter(negative="", help="They did not get it: plan them again.")] = False,
    sent: Annotated[bool, Parameter(negative="", help="They got it: count them as accepted.")] = False,
    all_: Annotated[bool, Parameter(name="--all", negative="", help="Decide all that are unsure.")] = False,
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
    if not resend and not sent:
        _list_unsure(wait_for(lambda: _undecided(read_settings(common))))
        return 0
    _need_some(addresses, all_=all_, command="resolve --resend" if resend else "resolve --sent")
    state, what = (State.PLANNED, "resolve --resend") if resend else (State.ACCEPTED, "resolve --sent")
    moved = wait_for(lambda: _decide(read_settings(common), (State.UNSURE,), state, addresses=addresses, what=what))
    _say_moved(moved, "planned again" if resend else "counted as accepted")
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
    moved = wait_for(
        lambda: _decide(read_settings(common), (State.FAILED,), State.PLANNED, addresses=addresses, what="retry")
    )
    _say_moved(moved, "planned again")
    return 0


def _need_some(addresses: tuple[str, ...], *, all_: bool, command: str) -> None:
    if bool(addresses) == all_:
        raise UsageError(f"{command}: name addresses, or say --all", f"outreach {command} ADDRESS … or --all")


def _list_unsure(unsure: tuple[Undecided, ...]) -> None:
    from rich.markup import escape

    console = data()
    if not unsure:
        console.print("Nothing is unsure.")
        return
    for one in unsure:
        console.print(
            f"[magenta]{escape(printable(one.address))}[/] {escape(printable(one.name))} (row {one.row}): "
            f"attempt {one.attempts} at {clock_time(one.at)} through {escape(one.relay)}",
            soft_wrap=True,
        )
        console.print(f"  {escape(printable(one.reason))}; Message-ID {escape(one.message_id)}", soft_wrap=True)
    console.print(
        "Ask the recipient or the relay's log for the Message-ID, then: outreach resolve --sent ADDRESS, "
        "or outreach resolve --resend ADDRESS.",
        soft_wrap=True,
    )


async def _undecided(settings: Settings) -> tuple[Undecided, ...]:
    from outreach.assembly import opened_ledger

    async with opened_ledger(settings, read_only=True) as ledger:
        record = await ledger.campaign(settings.require_campaign().name)
        return () if record is None else await ledger.undecided(record.id)


async def _decide(
    settings: Settings, from_states: tuple[State, ...], to_state: State, *, addresses: tuple[str, ...], what: str
) -> tuple[str, ...]:
    from outreach.assembly import identity, opened_ledger
    from outreach.clock import SystemClock
    from outreach.ledger.interface import Decision

    keys = _keys(addresses)
    async with opened_ledger(settings, read_only=False) as ledger:
        name = settings.require_campaign().name
        async with ledger.lock(name, holder=identity().who):
            record = await ledger.campaign(name)
            if record is None:
                raise UsageError(f'The ledger knows no campaign "{name}"', "Send it first.")
            now = SystemClock().now()
            if what == "resolve --resend":
                _refuse_too_early(await ledger.undecided(record.id), keys, now)
            moved = await ledger.decide(
                Decision(record.id, from_states, to_state, keys, who=identity().who, what=what, now=now)
            )
    if keys and len(moved) < len(keys):
        state = from_states[0].value
        raise UsageError(
            f"{len(moved)} of {len(keys)} addresses were {state} and are changed; the others are not {state}",
            "outreach log tells how each delivery stands.",
        )
    return moved


def _keys(addresses: tuple[str, ...]) -> tuple[str, ...]:
    from outreach.contacts.address import AddressError, parse_mailbox

    keys = []
    for address in addresses:
        try:
            keys.append(parse_mailbox(address).key)
        except AddressError as error:
            raise UsageError(f"{address}: {error}", "Give addresses as the log shows them.") from error
    return tuple(keys)


def _refuse_too_early(unsure: tuple[Undecided, ...], keys: tuple[str, ...], now: float) -> None:
    """A second copy is planned only once no reply to the first can come."""
    for one in unsure:
        until = max(one.lease_until, 0.0)
        if (not keys or one.address.casefold() in keys) and until > now:
            raise UnsafeError(
                f"{one.address}: another worker may still hear the relay's answer, until {clock_time(until)}.",
                "Decide it then.",
            )


def _say_moved(moved: tuple[str, ...], what: str) -> None:
    console = data()
    for address in moved:
        console.print(printable(address), markup=False)
    console.print(f"{len(moved)} {what}." + (" Run outreach send to send them." if "planned" in what else ""))
