"""The token server: gives an access token for a refresh token (RFC 6749, 6)."""

from __future__ import annotations

import asyncio
import json
import math
import re
import ssl
from urllib.parse import quote, quote_plus, urlsplit

from outreach.smtp.http_post import post_form
from outreach.smtp.oauth2 import NoToken, Token, is_token
from outreach.smtp.tls import describe_distrust

_SECONDS = 30.0
_LONGEST = 200  # characters of what the server says
_UNSEEN = re.compile(r"[^\x20-\x7e]+")

# RFC 6749, 5.2, in words that help.
_ERRORS = {
    "invalid_grant": "the refresh token has expired, was revoked or is another client's",
    "invalid_client": "client_id or client_secret is wrong",
    "unauthorized_client": "this client may not use refresh tokens",
    "unsupported_grant_type": "it takes no refresh tokens",
    "invalid_scope": "the scope is not one that was consented to",
}


class RefreshedToken:
    """Tokens for a refresh token; one that the server gives in its place is used from then on, and not kept."""

    def __init__(
        self,
        url: str,
        *,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        scope: str,
        context: ssl.SSLContext,
        seconds: float = _SECONDS,
    ) -> None:
        """`client_secret` and `scope` may be empty. An answer is waited for `seconds`, whatever it drips."""
        self._url = url
        self._host = urlsplit(url).hostname or url
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client_id}
        optional = {"client_secret": client_secret, "scope": scope}
        self._form = {**fields, **{name: value for name, value in optional.items() if value}}
        self._context = context
        self._seconds = seconds

    async def fetch(self) -> Token | NoToken:
        """Ask the server."""
        try:
            async with asyncio.timeout(self._seconds):
                status, body = await post_form(self._url, self._form, context=self._context)
        except TimeoutError:
            return NoToken(f"{self._host} gave none within {self._seconds:g} s", is_final=False)
        except ssl.SSLCertVerificationError as error:
            return NoToken(describe_distrust(self._host, error), is_final=True)
        except OSError as error:
            return NoToken(f"{self._host} can't be reached ({error.strerror or error})", is_final=False)
        except ValueError as error:
            return NoToken(f"{self._host} answered with something else ({error})", is_final=False)
        return self._read(status, _object(body))

    def _read(self, status: int, said: dict[str, object]) -> Token | NoToken:
        """What the answer comes to. A server that is busy or broken is asked again later, one that refuses is not."""
        if status != 200:
            is_final = 400 <= status < 500 and status not in (408, 425, 429) and isinstance(said.get("error"), str)
            return NoToken(f"{self._host} refuses one: {self._in_words(status, said)}", is_final=is_final)
        value = said.get("access_token")
        if not isinstance(value, str) or not is_token(value):
            return NoToken(f"{self._host} answered without one", is_final=False)
        if str(said.get("token_type", "bearer")).lower() != "bearer":
            return NoToken(f"{self._host} gives tokens of a kind that is no use here", is_final=True)
        renewed = said.get("refresh_token")
        if isinstance(renewed, str) and renewed:
            self._form["refresh_token"] = renewed
        seconds = _seconds(said.get("expires_in"))
        return Token(value) if seconds is None else Token(value, seconds)

    def _in_words(self, status: int, said: dict[str, object]) -> str:
        """The error code with its meaning and the server's own words, without the secrets that these may repeat."""
        code, description = (said.get(key) for key in ("error", "error_description"))
        if not isinstance(code, str):
            return f"status {status}"
        words = self._shown(code)
        meaning = _ERRORS.get(code, "")
        own = self._shown(description) if isinstance(description, str) else ""
        return words + (f", {meaning}" if meaning else "") + (f" ({own})" if own else "")

    def _shown(self, text: str) -> str:
        for name in ("refresh_token", "client_secret"):
            if secret := self._form.get(name):
                for form in (secret, quote_plus(secret), quote(secret, safe="")):
                    text = text.replace(form, "[secret]")
        return _UNSEEN.sub(" ", text)[:_LONGEST].strip()


def _object(body: bytes) -> dict[str, object]:
    """The JSON object; an empty one for anything else."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(written: object) -> float | None:
    """How long the token lives, as a number or, from some, as digits; None where that is not said."""
    try:
        seconds = float(written) if isinstance(written, int | float | str) else -1.0
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < math.inf else None
