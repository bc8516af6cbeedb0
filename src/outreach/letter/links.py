"""Values in links and image sources: checked, and percent-encoded for the place in the URL where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote

from markdown_it.common.normalize_url import normalizeLink

from outreach.letter.complaints import UnfitError, shorten

_SCHEMES = ("http", "https", "mailto", "tel")
_WEB = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_RESERVED = "!#$&'()*+,/:;=?@[]~"  # RFC 3986, 2.2

Encoder = Callable[[str], str]


def link_encoder(before: str) -> Encoder:
    """How a value is encoded in a link, by what stands before it there; empty where the link begins with it."""
    scheme, _, rest = before.partition(":")
    if not before:
        return encode_link
    if "?" in before or "#" in before:
        return _encode_component
    if scheme.lower() in ("mailto", "tel"):
        return _encode_address
    if rest == "//":
        return _encode_rest
    return _encode_component if "/" not in rest.removeprefix("//") else encode_path


@lru_cache(maxsize=4096)
def encode_link(value: str) -> str:
    """A whole link. UnfitError unless it is one to the web, to an address or to a telephone."""
    scheme = value.partition(":")[0].lower()
    whole = scheme in ("mailto", "tel") or _WEB.match(value) is not None
    if scheme not in _SCHEMES or not whole or "\n" in value:
        hint = "Write it in full: https://…, mailto:… or tel:…"
        several = "hold no link where the letter needs one"
        raise UnfitError("E25", f'"{shorten(value)}" is not a link', hint, several=several)
    return normalizeLink(value)


def encode_image_source(value: str) -> str:
    """Where an image comes from: a link to the web stays one, a path becomes a cid: reference."""
    if _WEB.match(value):
        return encode_link(value)
    if _HAS_SCHEME.match(value):
        hint = "Write a path inside the campaign's folder, or https://…"
        several = "hold no image that can be shown"
        raise UnfitError("E25", f'"{shorten(value)}" is not an image that can be shown', hint, several=several)
    return f"cid:{encode_path(value)}"


def encode_path(value: str) -> str:
    """A piece of a path; its slashes stay."""
    return quote(value, safe="/")


def is_elsewhere(source: str) -> bool:
    """Whether an image source is anything but a path inside the campaign's folder."""
    return source.startswith(("//", "#")) or _HAS_SCHEME.match(source) is not None


def _encode_component(value: str) -> str:
    """A piece of a query or a host: nothing in it has a meaning of its own."""
    return quote(value, safe="")


def _encode_address(value: str) -> str:
    """An address after mailto:, or a number after tel:."""
    return quote(value, safe="@+")


def _encode_rest(value: str) -> str:
    """All of a link but its https://."""
    return quote(value, safe=_RESERVED)
