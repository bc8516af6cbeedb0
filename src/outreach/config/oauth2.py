"""[relay] oauth2: where access tokens come from, read, shown, and its secrets' files found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from outreach.config.values import read_secret, show_secret
from outreach.model import SecretReference
from outreach.smtp.options import OAuth2Options, is_loopback

_SECRETS = ("token", "client_secret", "refresh_token")
_NEEDED = ("client_id", "refresh_token", "token_url")
_KEYS = tuple(field.name for field in dataclasses.fields(OAuth2Options))


def read_oauth2(value: object) -> OAuth2Options:
    """The options from { token = { command = [...] } } or { client_id = "...", ... }."""
    if isinstance(value, OAuth2Options):
        return value
    if not isinstance(value, dict) or not set(value) <= set(_KEYS):
        raise ValueError(
            '{ token = { command = ["PROGRAM"] } }, or a table with '
            "client_id, client_secret, refresh_token, token_url and scope"
        )
    if "token" in value:
        if len(value) > 1:
            raise ValueError("either token, or what one is asked for with; not both")
        return OAuth2Options(token=_secret("token", value["token"]))
    for key in _NEEDED:
        if not value.get(key):
            raise ValueError(f"{key} too: without a token of its own it needs {', '.join(_NEEDED)}")
    read: dict[str, Any] = {
        key: _secret(key, one) if key in _SECRETS else _text(key, one) for key, one in value.items()
    }
    _check_url(read["token_url"])
    return OAuth2Options(**read)


def show_oauth2(options: OAuth2Options) -> dict[str, object]:
    """The options as they are written, the secrets' places as `show_secret` shows them."""
    shown: dict[str, object] = {}
    for key in _KEYS:
        value = getattr(options, key)
        if value:
            shown[key] = show_secret(value) if isinstance(value, SecretReference) else value
    if "?" in options.token_url:  # some ask for their name there, and it may be more than a name
        shown["token_url"] = f"{options.token_url.partition('?')[0]}?…"
    return shown


def with_secrets(options: OAuth2Options, change: Callable[[SecretReference], SecretReference]) -> OAuth2Options:
    """The options with every reference changed."""
    changed: dict[str, Any] = {key: change(found) for key in _SECRETS if (found := getattr(options, key)) is not None}
    return dataclasses.replace(options, **changed)


def _secret(key: str, value: object) -> SecretReference:
    try:
        return read_secret(value)
    except ValueError as error:
        raise ValueError(f"for {key} {str(error).replace('the password', 'the secret itself')}") from None


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.isprintable() or not value.isascii():
        raise ValueError(f"for {key} a text in quotes, of letters, digits and signs")
    return value


def _check_url(url: object) -> None:
    """ValueError for a URL that a secret must not go to. What is wrong with it is not repeated."""
    try:
        parts = urlsplit(str(url))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)) if host else False
    if not encrypted or port == 0 or parts.username is not None or parts.fragment or " " in str(url):
        raise ValueError(
            'for token_url the address of a server with https, such as "https://oauth2.googleapis.com/token"'
        )
