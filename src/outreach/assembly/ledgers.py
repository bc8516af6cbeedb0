"""Which ledger is meant, and opening it."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from outreach.assembly.campaigns import lost_ledger
from outreach.config import Settings, ledger_path
from outreach.ledger.interface import Ledger
from outreach.ledger.sqlite import open_ledger
from outreach.sending.parts import LedgerPlace
from outreach.smtp.relay import account_name


def own_place(settings: Settings) -> LedgerPlace:
    """The ledger that the settings name."""
    path = ledger_path(settings)
    return LedgerPlace(path, in_folder=path.resolve().is_relative_to(settings.folder.resolve()))


def sink_place(settings: Settings) -> LedgerPlace:
    """The ledger beside it for what goes to the test sink."""
    own = own_place(settings)
    return LedgerPlace(own.path.with_name(f"{own.path.stem}.sink{own.path.suffix}"), own.in_folder, of_sink=True)


async def choose_ledger(settings: Settings) -> LedgerPlace:
    """The one of the two that the relay of the settings was last used with: until we connect, that is all we know."""
    own, sink = own_place(settings), sink_place(settings)
    if settings.relay is None or not sink.path.exists():
        return own
    account = account_name(settings.relay)
    sent_to_sink, sent = [await _last_run(place.path, account) for place in (sink, own)]
    return sink if sent_to_sink is not None and (sent is None or sent_to_sink > sent) else own


async def ledger_of_decisions(settings: Settings) -> LedgerPlace:
    """Where a person's word about letters belongs: where real ones are known, whatever went to the sink since.

    A ledger that is lost raises what `lost_ledger` tells.
    """
    own = own_place(settings)
    async with _ledger_at(own.path, read_only=True) as ledger:
        known = await ledger.campaign(settings.require_campaign().name)
    if (lost := lost_ledger(settings, known)) is not None:
        raise lost
    return own if known is not None else await choose_ledger(settings)


async def _last_run(path: Path, account: str) -> float | None:
    async with _ledger_at(path, read_only=True) as ledger:
        return await ledger.last_run(account)


@asynccontextmanager
async def _ledger_at(path: Path, *, read_only: bool) -> AsyncIterator[Ledger]:
    ledger = open_ledger(path, read_only=read_only)
    try:
        yield ledger
    finally:
        await ledger.close()


@asynccontextmanager
async def last_ledger(settings: Settings) -> AsyncIterator[tuple[Ledger, LedgerPlace]]:
    """The ledger that the relay of the settings was last used with, to read, and which it is."""
    place = await choose_ledger(settings)
    async with opened_ledger(settings, read_only=True, place=place) as ledger:
        yield ledger, place


@asynccontextmanager
async def opened_ledger(settings: Settings, *, read_only: bool, place: LedgerPlace) -> AsyncIterator[Ledger]:
    """The ledger at this place."""
    async with _ledger_at(place.path, read_only=read_only) as ledger:
        # Its file may be there from a run that was killed before it came to this.
        if place.of_sink and not read_only and not await ledger.campaigns():
            await _copy_suppressions(own_place(settings), ledger)
        yield ledger


def new_salt() -> bytes:
    """16 octets that nobody can foresee."""
    return secrets.token_bytes(16)


async def _copy_suppressions(own: LedgerPlace, to: Ledger) -> None:
    """Who must not be written to is left out at the sink too, or a rehearsal would show what will not be."""
    async with _ledger_at(own.path, read_only=True) as ledger:
        await to.suppress([entry async for entry in ledger.suppressions()])
        await to.suppress_hashed([entry async for entry in ledger.hashed_suppressions()])


@asynccontextmanager
async def scratch_ledger() -> AsyncIterator[Ledger]:
    """An empty ledger in a folder of its own, for what nobody needs afterwards; gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="outreach-rehearsal-") as folder:
        async with _ledger_at(Path(folder) / "ledger.db", read_only=False) as ledger:
            yield ledger
