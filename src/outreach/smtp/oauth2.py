"""Access tokens: all connections share one, and it is renewed in time, by one of them for all (RFC 6749)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from outreach.clock import Clock
from outreach.errors import SettingsError

_AHEAD_SECONDS = 300.0  # so long before its end a token is renewed, but within the last tenth of a short life
_AGAIN_SECONDS = 30.0  # until a token server that has failed is asked again, while the present token is good
_TRUSTED_SECONDS = 300.0  # so long a token is used that says nothing of its end; whoever keeps it, keeps it fresh
_TOKEN = re.compile(r"[\x21-\x7e]+")  # RFC 6750, 2.1 allows less, RFC 6749, A.12 a blank more


@dataclass(frozen=True, slots=True)
class Token:
    """An access token."""

    value: str = field(repr=False)
    life_seconds: float = _TRUSTED_SECONDS  # from now


@dataclass(frozen=True, slots=True)
class NoToken:
    """There is none to be had."""

    reason: str  # in words, without anything secret
    is_final: bool  # asking again changes nothing


class TokenSource(Protocol):
    """Where tokens come from."""

    async def fetch(self) -> Token | NoToken:
        """A fresh one, or the one that is kept there."""
        ...


class GivenToken:
    """A token that a program, a file or a variable gives."""

    def __init__(self, first: str, *, again: Callable[[], str]) -> None:
        """`first` was there a moment ago. `again` may take its time; SettingsError where there is none any more."""
        self._first: str | None = first
        self._again = again

    async def fetch(self) -> Token | NoToken:
        """What is kept there now."""
        try:
            value, self._first = self._first, None
            if value is None:
                value = await asyncio.to_thread(self._again)
        except SettingsError as error:
            return NoToken(error.what, is_final=False)
        return Token(value) if is_token(value) else NoToken("what should be the token is none", is_final=True)


class TokenKeeper:
    """The token of one account."""

    def __init__(self, source: TokenSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._token: Token | None = None
        self._renew_at = self._ends_at = 0.0
        self._renewal: asyncio.Future[str | NoToken] | None = None

    async def token(self, *, instead_of: str = "") -> str | NoToken:
        """The value of a token that is good now. `instead_of` is one that the relay has refused.

        Whoever asks while it is being renewed waits for the same answer.
        """
        if self._token is not None and self._token.value == instead_of:
            self._token = None
        if self._token is not None and self._clock.monotonic() < self._renew_at:
            return self._token.value
        if self._renewal is None:
            self._renewal = asyncio.ensure_future(self._renew())
        return await asyncio.shield(self._renewal)

    async def _renew(self) -> str | NoToken:
        try:
            asked_at = self._clock.monotonic()
            found = await self._source.fetch()
        finally:
            self._renewal = None
        if isinstance(found, Token):
            self._token = found
            self._ends_at = asked_at + found.life_seconds
            self._renew_at = self._ends_at - min(_AHEAD_SECONDS, found.life_seconds / 10)
            return found.value
        now = self._clock.monotonic()
        if self._token is not None and now < self._ends_at:
            self._renew_at = now + _AGAIN_SECONDS
            return self._token.value
        return found


def is_token(value: str) -> bool:
    """Whether it can stand in a login: visible ASCII, nothing that would end a field of it."""
    return _TOKEN.fullmatch(value) is not None
