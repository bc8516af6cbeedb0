"""Logging in: with a password (PLAIN, LOGIN) or with a token (XOAUTH2, OAUTHBEARER). One try with one method."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiosmtplib
from aiosmtplib.auth import auth_xoauth2_encode

OAUTH_REFUSED = "token refused"  # what we add to the relay's words, so that advice can tell a token from a password
_LONGEST = 200  # characters of what a relay says of a token
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}={0,2}")


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs in, with one of the two secrets."""

    username: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)  # OAuth 2.0 access token

    def redact(self, text: str) -> str:
        """The text without the secret, should the relay have echoed it, in any form in which we send it."""
        text = _BASE64.sub(self._redact_encoded, text)
        for secret in filter(None, (self.password, self.token)):
            for form in (base64.b64encode(secret.encode()).decode(), secret):
                text = text.replace(form, "[secret]")
        return text

    def _redact_encoded(self, found: re.Match[str]) -> str:
        """What is encoded, unless it holds the secret or its beginning, as the first response of every method does."""
        encoded = found[0].rstrip("=")
        encoded = encoded[:-1] if len(encoded) % 4 == 1 else encoded  # cut off by the relay
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
        marks = ((self.token or self.password).encode(), b"auth=Bearer ", f"\0{self.username}\0".encode())
        return "[secret]" if any(mark and mark in decoded for mark in marks) else found[0]


class NoMethod(Exception):
    """The relay offers no login that we know; the text is the reason."""


async def log_in(client: aiosmtplib.SMTP, account: Account, *, host: str, port: int, seconds: float) -> None:
    """Log in; a second method after a refusal would count as a second wrong password.

    Each answer is waited for so long. NoMethod, or whatever aiosmtplib raises where the login is refused.
    """
    offered = client.server_auth_methods
    if account.token:
        if "xoauth2" in offered:
            first = auth_xoauth2_encode(account.username, account.token)
            # Google's and Microsoft's protocol: an empty line after the error, so that the reply can come.
            await _present(client, account, b"XOAUTH2", first, after_error=b"", seconds=seconds)
        elif "oauthbearer" in offered:
            first = _encode_oauthbearer(account, host=host, port=port)
            # RFC 7628, 3.2.3.
            await _present(client, account, b"OAUTHBEARER", first, after_error=b"AQ==", seconds=seconds)
        else:
            raise NoMethod(_lack("XOAUTH2 or OAUTHBEARER", offered))
    elif "plain" in offered:
        await client.auth_plain(account.username, account.password, timeout=seconds)
    elif "login" in offered:
        await client.auth_login(account.username, account.password, timeout=seconds)
    else:
        raise NoMethod(_lack("PLAIN or LOGIN", offered))


def _lack(known: str, offered: Sequence[str]) -> str:
    methods = f"only {' '.join(offered).upper()}" if offered else "none at all"
    return f"the relay offers no login that we know ({known}), {methods}"


def _encode_oauthbearer(account: Account, *, host: str, port: int) -> bytes:
    """The first response of RFC 7628, 3.1, with the user's name as RFC 5801, 4 wants it."""
    name = account.username.replace("=", "=3D").replace(",", "=2C")
    text = f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {account.token}\x01\x01"
    return base64.b64encode(text.encode())


async def _present(
    client: aiosmtplib.SMTP, account: Account, method: bytes, first: bytes, *, after_error: bytes, seconds: float
) -> None:
    """Present the token; an error comes as a challenge, and only its answer brings the reply."""
    reply = await client.execute_command(b"AUTH", method, first, timeout=seconds)
    explanation = ""
    if reply.code == 334:
        explanation = _explain(reply.message, account)
        reply = await client.execute_command(after_error, timeout=seconds)
    if reply.code != 235:
        raise aiosmtplib.SMTPAuthenticationError(reply.code, f"{reply.message} ({OAUTH_REFUSED}{explanation})")


def _explain(challenge: str, account: Account) -> str:
    """The error that a challenge holds as JSON in base64 (RFC 7628, 3.2.2), in words that go on a sentence."""
    try:
        said = json.loads(base64.b64decode(challenge.strip(), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return ""
    if not isinstance(said, dict):
        return ""
    status, scope = (account.redact(str(said.get(key, "")))[:_LONGEST] for key in ("status", "scope"))
    meaning = {"401": "expired, or not for this account", "invalid_token": "expired, or not for this account"}
    words = f": status {status}" if status else ""
    words += f", {meaning[status]}" if status in meaning else ""
    return words + (f"; the relay wants the scope {scope}" if scope else "")
