"""W03: whether a DKIM signature covers what it must, and is strong enough (RFC 6376, RFC 8301, RFC 8058)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from outreach.errors import Problem
from outreach.preflight.checks.fields import Fields, unfold

_COVERED = (b"from", b"list-unsubscribe", b"list-unsubscribe-post")
_WEAK = "Make a new key: outreach dkim keygen."
_LEAST_BITS, _GOOD_BITS = 1024, 2048


def check_signatures(fields: Fields) -> Iterator[Problem]:
    """What is wrong with any of the signatures; nothing where there is none, since the relay may sign."""
    for name, value in zip(fields.names, fields.values, strict=True):
        if name == b"dkim-signature":
            yield from _check_signature(_tags(unfold(value)), fields)


def _check_signature(tags: dict[bytes, bytes], fields: Fields) -> Iterator[Problem]:
    signed = {word.strip().lower() for word in tags.get(b"h", b"").split(b":")}
    for name in _COVERED:
        if name in fields.names and name not in signed:
            message = f"the DKIM signature does not cover {name.decode()}"
            yield _problem(message, "Sign with outreach itself: [dkim].", level="warning")
    if b"l" in tags:
        message = "the DKIM signature covers only the beginning of the letter (l=): anyone may add to it"
        yield _problem(message, "Sign without l= (RFC 6376, 8.2).", level="warning")
    if tags.get(b"a", b"").lower().endswith(b"sha1"):
        yield _problem("the DKIM signature is made with SHA-1", "Sign with rsa-sha256 (RFC 8301, 3.1).", level="error")
    if tags.get(b"a", b"").lower().startswith(b"rsa"):
        yield from _check_strength(tags.get(b"b", b""))


def _check_strength(signature: bytes) -> Iterator[Problem]:
    """An RSA signature is as long as its key."""
    try:
        bits = 8 * len(binascii.a2b_base64(re.sub(rb"\s", b"", signature)))
    except binascii.Error:
        yield _problem("the DKIM signature can't be read", "Sign with outreach itself: [dkim].", level="error")
        return
    if bits < _LEAST_BITS:
        message = f"the DKIM key has {bits} bits: signatures of less than {_LEAST_BITS} do not count"
        yield _problem(message, _WEAK, level="error")
    elif bits < _GOOD_BITS:
        yield _problem(f"the DKIM key has {bits} bits; {_GOOD_BITS} are asked for", _WEAK, level="warning")


def _problem(message: str, hint: str, *, level: str) -> Problem:
    return Problem("W03", "", message, hint, level=level)


def _tags(value: bytes) -> dict[bytes, bytes]:
    pairs = (part.partition(b"=") for part in value.split(b";"))
    return {name.strip(): content.strip() for name, _, content in pairs}
