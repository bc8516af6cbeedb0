"""The relay with its secrets, what matters of it before connecting, and who is asked about its domains."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from zoneinfo import ZoneInfo

from outreach.clock import SystemClock
from outreach.config import Settings, resolve_secret
from outreach.config.hours import show_days, show_hours
from outreach.ledger.run_values import Quota
from outreach.message.dkim_key import dns_record, read_signing
from outreach.message.signing import SigningKey
from outreach.model import SecretReference
from outreach.policy.hours import Hours
from outreach.preflight.network.request import NetworkRequest, PublishedKey
from outreach.processes.pool import cores
from outreach.resolver.answers import Resolver
from outreach.resolver.memory import RememberingResolver
from outreach.sending.prepare import RelayTerms
from outreach.smtp.oauth2 import GivenToken, TokenKeeper, TokenSource
from outreach.smtp.options import OAuth2Options, RelayOptions, is_loopback
from outreach.smtp.relay import SmtpRelay, account_name
from outreach.smtp.tls import build_context
from outreach.smtp.token_server import RefreshedToken

_NOT_ASKED = "not asked for"  # stands for a password that nobody needs


def relay_terms(options: RelayOptions) -> RelayTerms:
    """What of the relay matters before connecting."""
    return RelayTerms(
        host=options.host,
        port=options.port,
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
