"""Signing over time: under one name in the DNS there is one key, for good."""

from __future__ import annotations

from datetime import UTC, datetime

from outreach.errors import UnsafeError
from outreach.ledger.interface import Ledger
from outreach.ledger.run_values import PublicKey
from outreach.message.signing import Signing


def public_keys(signing: Signing | None) -> tuple[PublicKey, ...]:
    """What the ledger may know of the keys."""
    return tuple(PublicKey(key.name, key.fingerprint) for key in signing.keys) if signing is not None else ()


async def refuse_other_key(ledger: Ledger, signing: Signing | None) -> None:
    """UnsafeError where a selector stood for another key before.

    Then either the wrong key is here, and every receiver finds the letters forged, or the record was changed in
    place, and what was signed with the former key looks forged (RFC 6376, 3.1, advises against it).
    """
    for key in public_keys(signing):
        known = await ledger.signing_key(key.name)
        if known is not None and known.fingerprint != key.fingerprint:
            since = datetime.fromtimestamp(known.first_used_at, UTC).date().isoformat()
            raise UnsafeError(
                f"The key under [dkim] is not the one that letters were signed with since {since} as {key.name}.",
                "Put that key back, or give the new one a selector of its own and publish its record.",
            )
