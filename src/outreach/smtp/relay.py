"""The relay: checked settings, one TLS context, and sessions on demand."""

from __future__ import annotations

import re
import ssl

from outreach.errors import SettingsError
from outreach.model import Lost, Reply, Stage
from outreach.smtp.interface import ConnectFailure, Relay, Session
from outreach.smtp.login import Account
from outreach.smtp.oauth2 import NoToken, TokenKeeper
from outreach.smtp.opening import Opening
from outreach.smtp.options import RelayOptions, is_loopback
from outreach.smtp.pipeline import Pipelining
from outreach.smtp.tls import build_context

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]|\[IPv6:[0-9A-Fa-f:.]+\]")


class SmtpRelay(Relay):
    """An SMTP server with an account on it. SettingsError for settings that would show the password or the letters."""

    def __init__(
        self,
        options: RelayOptions,
        *,
        password: str | None,
        tokens: TokenKeeper | None = None,
        tls_context: ssl.SSLContext | None = None,
        hostname: str,
    ) -> None:
        """`tokens` take the place of the password.

        `hostname` is what we call ourselves where `options.ehlo_name` is empty; an odd one is not an error.
        """
        _check_security(options)
        _check_login(options, password=password, tokens=tokens)
        self._options = options
        self._name = _choose_name(options.ehlo_name, hostname)
        self._login = Account(options.username, password) if options.username and password else None
        self._tokens = tokens
        self._context = tls_context or build_context(options.ca_file)
        self._greeted_before = False
        self._pipelining = Pipelining() if options.pipelining else None

    @property
    def account(self) -> str:
        """username@host:port, or host:port without a login; pace and quota belong to it."""
        return account_name(self._options)

    @property
    def faults(self) -> frozenset[str]:
        """Ways of pipelining that it offers and breaks."""
        return self._pipelining.broken if self._pipelining is not None else frozenset()

    def recall(self, faults: frozenset[str]) -> None:
        """Ways of pipelining that it was found to break before."""
        if self._pipelining is not None:
            self._pipelining.lose(faults)

    async def connect(self) -> Session | ConnectFailure:
        """A new session: connected, encrypted as told, greeted, logged in.

        A token that is refused is renewed, and tried once more.
        """
        if self._tokens is None:
            return await self._open(self._login)
        token = await self._tokens.token()
        if isinstance(token, NoToken):
            return _without_token(token)
        answer = await self._open(Account(self._options.username, token=token))
        if not _refuses_login(answer):
            return answer
        renewed = await self._tokens.token(instead_of=token)
        if isinstance(renewed, NoToken):
            return _without_token(renewed)
        return answer if renewed == token else await self._open(Account(self._options.username, token=renewed))

    async def _open(self, account: Account | None) -> Session | ConnectFailure:
        opening = Opening(
            self._options,
            account=account,
            context=self._context,
            name=self._name,
            pipelining=self._pipelining,
            greeted_before=self._greeted_before,
        )
        answer = await opening.run()
        self._greeted_before = self._greeted_before or not isinstance(answer, ConnectFailure)
        return answer


def account_name(options: RelayOptions) -> str:
    """username@host:port, or host:port without a login."""
    place = f"{options.host}:{options.port}"
    return f"{options.username}@{place}" if options.username else place


def _refuses_login(answer: Session | ConnectFailure) -> bool:
    """Whether the account is not who it says it is (RFC 4954, 6); a token may just have ended."""
    said = answer.answer if isinstance(answer, ConnectFailure) else None
    return isinstance(said, Reply) and said.stage is Stage.AUTH and said.code == 535


def _without_token(missing: NoToken) -> ConnectFailure:
    """The failure of a connection that was not even tried."""
    how_long = "for this account" if missing.is_final else "just now"
    return ConnectFailure(Lost(Stage.AUTH, f"no token {how_long}: {missing.reason}"))


def _check_login(options: RelayOptions, *, password: str | None, tokens: TokenKeeper | None) -> None:
    if options.username and not (password or tokens):
        raise SettingsError(
            "relay.username is set, but there is no password",
            'Say where it is kept, for example password = { env = "SMTP_PASSWORD" }.',
        )
    if tokens is not None and password:
        raise SettingsError(
            "relay.password and relay.oauth2 are both set: only one of them can log in",
            "Take one of them out, here or in your own settings; outreach config shows where each stands.",
        )
    if tokens is not None and not options.username:
        raise SettingsError(
            "relay.oauth2 is set, but nobody to log in", "Set username under [relay] to the mailbox's whole address."
        )


def _check_security(options: RelayOptions) -> None:
    if options.security != "none" or is_loopback(options.host):
        return
    if options.username:
        raise SettingsError(
            f'E15 relay.security is "none": the password would go to {options.host} in clear text',
            'Use security = "tls" (port 465) or "starttls" (port 587), or remove username.',
        )
    if not options.allow_plaintext:
        raise SettingsError(
            f'relay.security is "none": the letters would go to {options.host} in clear text',
            'Use security = "tls" (port 465) or "starttls" (port 587), or set allow_plaintext = true if that is meant.',
        )


def _choose_name(chosen: str, hostname: str) -> str:
    """The name for EHLO: a domain name or an address literal (RFC 5321, 4.1.1.1)."""
    if chosen and not _NAME.fullmatch(chosen):
        raise SettingsError(
            f'relay.ehlo_name: "{chosen}" is not a host name',
            "Write a name such as mail.coalition.example, or remove the setting to use the machine's name.",
        )
    # A machine may be called anything, even "Anna's laptop"; the address literal is what RFC 5321 wants then.
    return chosen or (hostname if _NAME.fullmatch(hostname) else "[127.0.0.1]")
