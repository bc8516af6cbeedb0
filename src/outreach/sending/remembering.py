"""What a run finds out about the relay, kept for the runs after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from outreach.clock import Clock
from outreach.ledger.interface import Ledger
from outreach.smtp.interface import Relay

_REMEMBERED_SECONDS = 30 * 86_400.0  # then it is tried once more: relays are mended


@asynccontextmanager
async def remembering(relay: Relay, ledger: Ledger, clock: Clock) -> AsyncIterator[None]:
    """The relay with what earlier runs have found; what this one finds is kept, however it ends."""
    known = await ledger.relay_faults(relay.account, since=clock.now() - _REMEMBERED_SECONDS)
    relay.recall(known)
    try:
        yield
    finally:
        found = relay.faults - known
        if found:
            await ledger.note_relay_faults(relay.account, found, now=clock.now())
