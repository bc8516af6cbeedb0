"""The wiring diagram: from settings to the ledger, the relay and the parts of a send."""

from __future__ import annotations

import getpass
import os
import random
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from outreach.clock import SystemClock
from outreach.composing.keys import Keys
from outreach.config import Settings, ledger_path, make_key_file, read_key, resolve_secret
from outreach.config.hours import show_days, show_hours
from outreach.errors import OutreachError, SettingsError
from outreach.ledger.interface import Ledger
from outreach.ledger.sqlite import open_ledger
from outreach.ledger.values import CampaignRecord, Quota
from outreach.letter.options import SENT_ON_CONSENT
from outreach.message.dkim_key import dns_record, read_signing
from outreach.message.signing import SigningKey
from outreach.model import SecretReference
from outreach.policy.hours import Hours
from outreach.preflight.network.request import NetworkRequest, PublishedKey
from outreach.preflight.sources import CampaignFolder
from outreach.processes.pool import cores
from outreach.resolver.answers import Resolver
from outreach.resolver.memory import RememberingResolver
from outreach.sending.events import Guarded, Listener, ignore
from outreach.sending.parts import Identity, Interruption, LedgerPlace, SendParts
from outreach.sending.prepare import RelayTerms
from outreach.sending.seal_file import read_seal_file
from outreach.sending.standing import ledger_lost
from outreach.smtp.oauth2 import GivenToken, TokenKeeper, TokenSource
from outreach.smtp.options import OAuth2Options, RelayOptions, is_loopback
from outreach.smtp.relay import SmtpRelay, account_name
from outreach.smtp.tls import build_context
from outreach.smtp.token_server import RefreshedToken
from outreach.tokens import STAND_IN_KEY

_NOT_ASKED = "not asked for"  # stands for a password that nobody needs


def campaign_folder(settings: Settings, *, for_sending: bool = False) -> CampaignFolder:
    """The campaign as its folder and its settings describe it; `for_sending`: what it needs is made, not stood in.

    SettingsError where a key to sign with can't be used.
    """
    return CampaignFolder(
        folder=settings.folder,
        campaign=settings.require_campaign(),
        contacts=settings.contacts,
        tables=settings.data,
        sender=settings.require_sender(),
        seal=_seal_name(settings),
        unsubscribe=settings.unsubscribe,
        keys=Keys(_signing_key(settings, for_sending=for_sending), read_signing(settings.dkim)),
    )


def _signing_key(settings: Settings, *, for_sending: bool) -> bytes:
    """The key for this campaign's links to unsubscribe; one that stands in where its letters need none, or don't leave.

    Then a key that a program gives is left alone.
    """
    options, path = settings.unsubscribe, key_path(settings)
    is_needed = options.is_there and (options.always or settings.require_campaign().purpose in SENT_ON_CONSENT)
    if is_needed and options.key is not None and (for_sending or options.key.kind in ("env", "file")):
        return unsubscribe_key(settings)
    if is_needed and options.key is None and for_sending:
        make_key_file(path, lambda: secrets.token_hex(32))
    return unsubscribe_key(settings) if options.key is None and path.exists() else STAND_IN_KEY


def unsubscribe_key(settings: Settings) -> bytes:
    """The key that signs links to unsubscribe; SettingsError where there is none."""
    reference = settings.unsubscribe.key or SecretReference("file", str(key_path(settings)))
    return read_key(reference, environ=settings.environment, folder=settings.folder)


def key_path(settings: Settings) -> Path:
    """Where the key is that was made for the ledger of these settings."""
    return ledger_path(settings).absolute().with_name("unsubscribe.key")


def _seal_name(settings: Settings) -> str:
    return f"{settings.file.stem if settings.file else 'outreach'}.seal"


def lost_ledger(settings: Settings, record: CampaignRecord | None) -> OutreachError | None:
    """What is wrong where the ledger knows no `record` of the campaign, and its seal file says that there was one."""
    name = settings.require_campaign().name
    if record is not None:
        return None
    try:
        seal = read_seal_file(settings.folder / _seal_name(settings))
    except SettingsError as error:
        return error
    return None if seal is None or seal.name != name else ledger_lost(name, seal, str(ledger_path(settings)))


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
        hours=_hours(options),
        cores=cores(),
    )


def _hours(options: RelayOptions) -> Hours | None:
    """The hours in which letters may leave, ready to be asked."""
    if options.hours is None:
        return None
    shown = ", ".join(filter(None, (show_hours(options.hours), show_days(options.days))))
    return Hours(
        options.hours.start_minute,
        options.hours.end_minute,
        ZoneInfo(options.hours.zone),
        weekdays=frozenset(options.days or range(7)),
        shown=shown,
    )


def build_relay(settings: Settings, *, ask: Callable[[str], str] | None, look_up: bool = True) -> SmtpRelay:
    """The relay with its secret resolved. `ask` reads one from the terminal; None: nobody will log in.

    Then a secret that would have to be asked for, or that a command gives, is left alone; others are looked up all
    the same, so that a dry run finds what is missing. Not to `look_up` leaves all alone: nobody will connect.
    """
    options = settings.require_relay()

    def secret(reference: SecretReference | None, what: str) -> str | None:
        if reference is None or not (look_up and (ask is not None or reference.kind in ("env", "file"))):
            return _NOT_ASKED if reference else None
        return _look_up(settings, reference, ask or str, what=what)

    password = secret(options.password, "password")
    tokens = None
    if options.oauth2 is not None:
        tokens = TokenKeeper(_token_source(settings, options.oauth2, secret), SystemClock())
    hostname = options.ehlo_name or socket.gethostname()
    return SmtpRelay(options, password=password, tokens=tokens, hostname=hostname)


def _look_up(settings: Settings, reference: SecretReference, ask: Callable[[str], str], *, what: str) -> str:
    return resolve_secret(reference, environ=settings.environment, folder=settings.folder, ask=ask, what=what)


def _token_source(
    settings: Settings, oauth2: OAuth2Options, secret: Callable[[SecretReference | None, str], str | None]
) -> TokenSource:
    """What gives access tokens. The places of all secrets are looked into now, so that a wrong one is told now."""
    first = secret(oauth2.token, "access token")
    if oauth2.token is not None and first is not None:
        place = oauth2.token
        read = partial(_look_up, settings, place, str, what="access token")
        # Nobody is asked again in the middle of a run.
        return GivenToken(first, again=(lambda: first) if place.kind == "ask" else read)
    return RefreshedToken(
        oauth2.token_url,
        client_id=oauth2.client_id,
        client_secret=secret(oauth2.client_secret, "client secret") or "",
        refresh_token=secret(oauth2.refresh_token, "refresh token") or "",
        scope=oauth2.scope,
        context=build_context(None),
    )


def build_resolver() -> Resolver:
    """Whoever asks the nameservers of this machine; SettingsError where it names none."""
    from outreach.resolver.dns_resolver import DnsResolver  # brings dnspython, which all else does without

    return RememberingResolver(DnsResolver(), SystemClock())


def network_request(settings: Settings) -> NetworkRequest:
    """Whom to ask about the domains of a campaign, and which relay and keys to ask about."""
    relay, signing = settings.require_relay(), read_signing(settings.dkim)
    return NetworkRequest(
        resolver=build_resolver(),
        clock=SystemClock(),
        relay_host=relay.host,
        relay_on_loopback=is_loopback(relay.host),
        signing_domain=signing.domain if signing is not None else "",
        keys=tuple(map(_published, signing.keys)) if signing is not None else (),
    )


def _published(key: SigningKey) -> PublishedKey:
    """What of a key is to stand in DNS; never its private part."""
    return PublishedKey(key.name, key.algorithm.partition("-")[0], key.public, dns_record(key))


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


@asynccontextmanager
async def scratch_ledger() -> AsyncIterator[Ledger]:
    """An empty ledger in a folder of its own, for what nobody needs afterwards; gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="outreach-rehearsal-") as folder:
        async with _ledger_at(Path(folder) / "ledger.db", read_only=False) as ledger:
            yield ledger


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
