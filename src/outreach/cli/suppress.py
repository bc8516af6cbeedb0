"""`outreach suppress` and `outreach mark`: who must not be written to, and what a person learned otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import App, Parameter

from outreach.cli.common import Common, address_key, read_settings, wait_for
from outreach.cli.tables import ADDRESS_WIDTH, Column, print_table
from outreach.cli.terminal import clock_time, data, say, talk
from outreach.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.ledger.interface import Ledger
    from outreach.ledger.record_values import HashedSource, Suppression

_Result = TypeVar("_Result")
_NAMED = 10  # addresses that a message names

suppress = App(name="suppress", help="The addresses that must not be written to, in every campaign of this ledger.")
# Loaded when they are called, as all commands are.
suppress.command("outreach.cli.suppression_files:import_", name="import", help="Add the entries of a file.")
suppress.command("outreach.cli.suppression_files:export", name="export", help="Write the list as CSV.")
mark = App(name="mark", help="Note what you learned otherwise.")


@suppress.command
def add(
    *addresses: str,
    file: Annotated[Path | None, Parameter(help="A file with one address a line.")] = None,
    token: Annotated[
        tuple[str, ...], Parameter(help="What came back from a link to unsubscribe.", negative_iterable="")
    ] = (),
    reason: Annotated[str, Parameter(help="Why.")] = "asked not to be written to",
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Add addresses; letters to them that have not left are held back, in a running send too.

    Parameters
    ----------
    addresses
        Whom not to write to.

    """
    wanted = (*addresses, *(_lines(file) if file is not None else ()))
    if not wanted and not token:
        raise UsageError("suppress add: no address", "Name some: outreach suppress add ADDRESS …, or --file FILE.")
    keys = {address_key(address): address for address in wanted}
    settings = read_settings(common, campaign_needed=False)
    at_sink: dict[str, str] = {}
    if token:
        from outreach.cli.unsubscribe import take_back

        owners, at_sink = take_back(settings, token)
        keys |= owners
    added = wait_for(lambda: _add(settings, keys, at_sink, reason))
    say(data(), f"{added} added, {len(keys) + len(at_sink) - added} on the list already.")
    return 0


@suppress.command
def remove(
    *addresses: str,
    file: Annotated[Path | None, Parameter(help="A file with one address a line.")] = None,
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Take addresses off the list; the next `outreach send` plans them again.

    Parameters
    ----------
    addresses
        Who may be written to again.

    """
    wanted = (*addresses, *(_lines(file) if file is not None else ()))
    if not wanted:
        raise UsageError(
            "suppress remove: no address", "Name some: outreach suppress remove ADDRESS …, or --file FILE."
        )
    keys = {address_key(address): address for address in wanted}
    settings = read_settings(common, campaign_needed=False)
    unlisted = wait_for(lambda: _remove(settings, keys))
    if len(unlisted) == len(keys):
        raise UsageError(
            f"Not on the suppression list: {_named(unlisted)}; nothing was taken off",
            "Look at outreach suppress list: it shows who is.",
        )
    if unlisted:
        say(talk(), f"Not on the suppression list: {_named(unlisted)}.")
    say(data(), f"{len(keys) - len(unlisted)} taken off.")
    return 0


@suppress.command(name="list")
def list_(*, common: Common = Common()) -> int:  # noqa: B008 - frozen
    """Print the list: address, reason, who put it there, since when."""
    settings = read_settings(common, campaign_needed=False)
    entries, hashed = wait_for(lambda: _all(settings))
    if entries:
        columns = (Column("Address", ADDRESS_WIDTH), Column("Since", None), Column("Reason"), Column("By"))
        rows = [(entry.address, clock_time(entry.at), entry.reason, entry.source) for entry in entries]
        print_table(data(), columns, rows)
    elif not hashed:
        say(data(), "The suppression list is empty.")
    for source in hashed:
        say(data(), f"Digests of {source.count} addresses from {source.source}, since {clock_time(source.since)}.")
    return 0


@mark.command
def bounced(
    address: str,
    *,
    reason: Annotated[str, Parameter(help="What you were told.")] = "",
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Note that an accepted letter came back after all.

    Parameters
    ----------
    address
        Whose letter.

    """
    settings = read_settings(common)
    moved = wait_for(lambda: _mark_bounced(settings, address_key(address), reason))
    say(data(), f"{moved} marked as bounced.")
    return 0


def _lines(file: Path) -> tuple[str, ...]:
    try:
        return tuple(line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip())
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{file}: not UTF-8 (byte {error.start})", "Save it as UTF-8, one address a line."
        ) from error
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}", "Name a text file with one address a line.") from error


async def _add(settings: Settings, keys: dict[str, str], at_sink: dict[str, str], reason: str) -> int:
    """Put them on the list, and some on that of the test sink only; returns how many are new."""
    from outreach.assembly.ledgers import opened_ledger, sink_place
    from outreach.assembly.parts import identity
    from outreach.clock import SystemClock
    from outreach.ledger.record_values import Suppression

    now, who = SystemClock().now(), identity().who
    entries = [Suppression(key, address, reason, who, now) for key, address in keys.items()]
    added = await in_both_ledgers(settings, lambda ledger: ledger.suppress(entries))
    if not at_sink:
        return added
    entries = [Suppression(key, address, reason, who, now) for key, address in at_sink.items()]
    async with opened_ledger(settings, read_only=False, place=sink_place(settings)) as ledger:
        return added + await ledger.suppress(entries)


async def _remove(settings: Settings, keys: dict[str, str]) -> list[str]:
    """Take them off; returns those that were not on it, as they were typed."""
    from outreach.assembly.ledgers import opened_ledger, own_place

    async with opened_ledger(settings, read_only=True, place=own_place(settings)) as ledger:
        listed = await ledger.suppressed(tuple(keys))
    await in_both_ledgers(settings, lambda ledger: ledger.unsuppress(tuple(keys)))
    return [address for key, address in keys.items() if key not in listed]


def _named(addresses: list[str]) -> str:
    more = f" and {len(addresses) - _NAMED} more" if len(addresses) > _NAMED else ""
    return f"{', '.join(addresses[:_NAMED])}{more}"


async def in_both_ledgers(settings: Settings, change: Callable[[Ledger], Awaitable[_Result]]) -> _Result:
    """Change the list, and that of the test sink where there is one, so that a rehearsal shows what will be."""
    from outreach.assembly.ledgers import opened_ledger, own_place, sink_place

    async with opened_ledger(settings, read_only=False, place=own_place(settings)) as ledger:
        changed = await change(ledger)
    if sink_place(settings).path.exists():
        async with opened_ledger(settings, read_only=False, place=sink_place(settings)) as ledger:
            await change(ledger)
    return changed


async def _all(settings: Settings) -> tuple[list[Suppression], tuple[HashedSource, ...]]:
    from outreach.assembly.ledgers import opened_ledger, own_place

    async with opened_ledger(settings, read_only=True, place=own_place(settings)) as ledger:
        return [entry async for entry in ledger.suppressions()], await ledger.hashed_sources()


async def _mark_bounced(settings: Settings, key: str, reason: str) -> int:
    from outreach.assembly.ledgers import ledger_of_decisions, opened_ledger
    from outreach.assembly.parts import identity
    from outreach.clock import SystemClock
    from outreach.sending.decide import Verdict, decide

    place = await ledger_of_decisions(settings)
    async with opened_ledger(settings, read_only=False, place=place) as ledger:
        await _refuse_marked(ledger, settings.require_campaign().name, key)
        decided = await decide(
            ledger,
            Verdict.BOUNCED,
            name=settings.require_campaign().name,
            address_keys=(key,),
            who=identity().who,
            now=SystemClock().now(),
            reason=reason,
        )
        return decided.moved


async def _refuse_marked(ledger: Ledger, name: str, key: str) -> None:
    """UsageError where the letter is marked already."""
    from outreach.ledger.record_values import LogFilter
    from outreach.model import State

    record = await ledger.campaign(name)
    if record is None:
        return
    states = {entry.state async for entry in ledger.log(LogFilter(record.id, address_glob=key))}
    if states == {State.BOUNCED}:
        raise UsageError(f"{key} is marked as bounced already", "Look at outreach log: it tells when and by whom.")
