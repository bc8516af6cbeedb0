"""The wiring diagram: from settings to the ledger, the relay and the parts of a send."""

from __future__ import annotations

import getpass
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from outreach.clock import SystemClock
from outreach.config import Settings, ledger_path, resolve_secret
from outreach.ledger.interface import Ledger
from outreach.ledger.sqlite import open_ledger
from outreach.ledger.values import Quota
from outreach.preflight.sources import CampaignFolder
from outreach.sending.events import Guarded, Listener, ignore
from outreach.sending.parts import Identity, Interruption, SendParts
from outreach.sending.prepare import RelayTerms
from outreach.smtp.options import RelayOptions, is_loopback
from outreach.smtp.relay import SmtpRelay, account_name

_NOT_ASKED = "not asked for"  # stands for a password that a dry run does not need


def campaign_folder(settings: Settings) -> CampaignFolder:
    """The campaign as its folder and its settings describe it."""
    return CampaignFolder(
        folder=settings.folder,
        campaign=settings.require_campaign(),
        contacts=settings.contacts,
        tables=settings.data,
        sender=settings.require_sender(),
    )


def relay_terms(options: RelayOptions) -> RelayTerms:
    """What of the relay matters before connecting."""
    return RelayTerms(
        shown=f"{options.host}:{options.port}",
        account=account_name(options),
        on_loopback=is_loopback(options.host),
        rate=options.rate,
        per_domain=dict(options.per_domain),
        quotas=tuple(Quota(limit, window) for limit, window in options.quota),
        count_recipients=options.quota_counts == "recipients",
        connections=options.connections,
    )


def build_relay(settings: Settings, *, ask: Callable[[str], str] | None) -> SmtpRelay:
    """The relay with its secret resolved. `ask` reads one from the terminal; None: nobody will log in.

    Then a secret that would have to be asked for, or that a command gives, is left alone; others are looked up all
    the same, so that a dry run finds what is missing.
    """
    options = settings.require_relay()
    password = None
    if options.password is not None:
        looked_up = ask is not None or options.password.kind in ("env", "file")
        password = (
            resolve_secret(options.password, environ=settings.environment, folder=settings.folder, ask=ask or str)
            if looked_up
            else _NOT_ASKED
        )
    return SmtpRelay(options, password=password, hostname=options.ehlo_name or socket.gethostname())


def identity() -> Identity:
    """Who we are, and where chance comes from."""
    host = socket.gethostname()
    return Identity(
        who=f"{getpass.getuser()}@{host}",
        owner=f"{host}:{os.getpid()}:{secrets.token_hex(4)}",
        new_id=lambda: secrets.token_hex(16),
        chance=random.Random(),  # noqa: S311 - jitter of retries, not a secret
    )


@asynccontextmanager
async def opened_ledger(settings: Settings, *, read_only: bool) -> AsyncIterator[Ledger]:
    """The ledger that the settings name."""
    ledger = open_ledger(ledger_path(settings), read_only=read_only)
    try:
        yield ledger
    finally:
        await ledger.close()


def send_parts(
    settings: Settings,
    ledger: Ledger,
    *,
    ask_secret: Callable[[str], str] | None,
    listener: Listener = ignore,
    interruption: Interruption | None = None,
) -> SendParts:
    """Everything a send needs."""
    return SendParts(
        source=campaign_folder(settings),
        terms=relay_terms(settings.require_relay()),
        relay=build_relay(settings, ask=ask_secret),
        retry=settings.retry,
        ledger=ledger,
        clock=SystemClock(),
        identity=identity(),
        listener=Guarded(listener),
        interruption=interruption or Interruption(),
    )
