"""From settings to the parts of a send."""

from __future__ import annotations

import getpass
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from outreach.assembly.campaigns import campaign_folder
from outreach.assembly.ledgers import opened_ledger, own_place, sink_place
from outreach.assembly.relays import build_relay, relay_terms
from outreach.clock import SystemClock
from outreach.config import Settings
from outreach.ledger.interface import Ledger
from outreach.sending.events import Guarded, Listener, ignore
from outreach.sending.parts import Identity, Interruption, LedgerPlace, SendParts


def identity() -> Identity:
    """Who we are, and where chance comes from."""
    host = socket.gethostname()
    return Identity(
        who=f"{_user()}@{host}",
        owner=f"{host}:{os.getpid()}:{secrets.token_hex(4)}",
        machine=host.partition(".")[0],
        new_id=lambda: secrets.token_hex(16),
        chance=random.Random(),  # noqa: S311 - jitter of retries, not a secret
    )


def _user() -> str:
    """The user's name on this machine; in a container there may be just a number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # KeyError before Python 3.13
        return f"uid {os.getuid()}"


@asynccontextmanager
async def opened_parts(
    settings: Settings,
    *,
    of_sink: bool,
    ask_secret: Callable[[str], str],
    listener: Listener,
    interruption: Interruption,
) -> AsyncIterator[SendParts]:
    """Everything a real send needs, with the ledger open to write."""
    place = sink_place(settings) if of_sink else own_place(settings)
    async with opened_ledger(settings, read_only=False, place=place) as ledger:
        yield send_parts(
            settings,
            ledger,
            place,
            ask_secret=ask_secret,
            listener=listener,
            interruption=interruption,
            for_sending=True,
        )


def send_parts(
    settings: Settings,
    ledger: Ledger,
    place: LedgerPlace,
    *,
    ask_secret: Callable[[str], str] | None,
    listener: Listener = ignore,
    interruption: Interruption | None = None,
    look_up_secret: bool = True,
    for_sending: bool = False,
) -> SendParts:
    """Everything a send needs; `for_sending`: letters leave, so that nothing may stand in for what they need."""
    return SendParts(
        source=campaign_folder(settings, for_sending=for_sending),
        terms=relay_terms(settings.require_relay()),
        relay=build_relay(settings, ask=ask_secret, look_up=look_up_secret),
        retry=settings.retry,
        ledger=ledger,
        place=place,
        clock=SystemClock(),
        identity=identity(),
        listener=Guarded(listener),
        interruption=interruption or Interruption(),
    )
