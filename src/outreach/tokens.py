"""Tokens: signed references to one campaign's letter to one address, for links and return paths.

A token says who asks not to be written to any more without anybody logging in (RFC 8058, 4). It holds no address: the
campaign's id, a mark that only the key's owner can match with an address, and a signature over both.
"""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

STAND_IN_KEY = bytes(32)  # for letters that are only looked at: what it signs is never taken back

_VERSION = "1"  # in front, so that none begins with a dash, and another form can be told apart
_TOKEN = re.compile(_VERSION + r"[A-Za-z0-9_-]{64}")
_PART = 16  # octets of the campaign's id, of the mark, and of the signature
_HASH = "sha256"


def fingerprint(key: bytes) -> str:
    """What tells one key from another and gives neither away: 64 hex digits."""
    return hmac.digest(key, f"outreach fingerprint {_VERSION}".encode(), _HASH).hex()


class TokenError(ValueError):
    """Not a token that this key has signed; the text is the reason, to stand behind a colon."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a token refers to."""

    campaign_id: str  # 32 hex digits
    mark: bytes  # of the address; see `Signer.is_of`


class Signer:
    """Makes and reads tokens with one key."""

    def __init__(self, key: bytes) -> None:
        """ValueError without a key."""
        if not key:
            raise ValueError("tokens need a key")
        # Two keys from one, so that no mark is a signature of something else (RFC 5869 calls it separation).
        self._mark_key, self._sign_key = (
            hmac.digest(key, f"outreach {what} {_VERSION}".encode(), _HASH) for what in ("mark", "sign")
        )

    def token(self, campaign_id: str, address_key: str) -> str:
        """The token of the letter that this campaign (32 hex digits) sends to this address: 65 characters.

        Letters, digits, - and _ only: it is a segment of a path, or a word of a subject, as it is.
        """
        campaign = bytes.fromhex(campaign_id)
        signed = campaign + self._mark(campaign, address_key)
        return _VERSION + urlsafe_b64encode(signed + self._signature(signed)).decode("ascii")

    def read(self, token: str) -> Reference:
        """What the token refers to. TokenError unless this key has signed all of it."""
        if _TOKEN.fullmatch(token) is None:
            raise TokenError("not a whole token, or of another version of outreach")
        decoded = urlsafe_b64decode(token[len(_VERSION) :])
        signed, signature = decoded[: 2 * _PART], decoded[2 * _PART :]
        if not hmac.compare_digest(signature, self._signature(signed)):
            raise TokenError("not signed with this key")
        return Reference(binascii.hexlify(signed[:_PART]).decode("ascii"), signed[_PART:])

    def is_of(self, reference: Reference, address_key: str) -> bool:
        """Whether the reference is to this address."""
        return hmac.compare_digest(reference.mark, self._mark(bytes.fromhex(reference.campaign_id), address_key))

    def _mark(self, campaign: bytes, address_key: str) -> bytes:
        return hmac.digest(self._mark_key, campaign + address_key.encode(errors="surrogatepass"), _HASH)[:_PART]

    def _signature(self, signed: bytes) -> bytes:
        return hmac.digest(self._sign_key, _VERSION.encode() + signed, _HASH)[:_PART]
