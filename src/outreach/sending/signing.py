"""Signing over time: under one name there is one key, for good; in the DNS, and for links to unsubscribe."""

from __future__ import annotations

from datetime import UTC, datetime

from outreach.errors import UnsafeError
from outreach.ledger.interface import Ledger
from outreach.ledger.run_values import PublicKey
from outreach.preflight.sources import CampaignFolder
from outreach.tokens import STAND_IN_KEY, fingerprint


def public_keys(source: CampaignFolder) -> tuple[PublicKey, ...]:
    """What the ledger may know of the keys."""
    return (*_dkim_keys(source), *_link_keys(source))


def _dkim_keys(source: CampaignFolder) -> tuple[PublicKey, ...]:
    signing = source.keys.signing
    return tuple(PublicKey(key.name, key.fingerprint) for key in signing.keys) if signing is not None else ()


def _link_keys(source: CampaignFolder) -> tuple[PublicKey, ...]:
    """That of links to unsubscribe, under the name of its place: a key that is named anew is one that is meant."""
    key, place = source.keys.unsubscribe, source.unsubscribe.key
    if not source.offers_way_out or key in (b"", STAND_IN_KEY):
        return ()
    name = "beside the ledger" if place is None else f"{place.kind} {place.value}"
    return (PublicKey(f"unsubscribe: {name}", fingerprint(key)),)


async def refuse_other_key(ledger: Ledger, source: CampaignFolder) -> None:
    """UnsafeError where a name stood for another key before.

    With DKIM, either the wrong key is here, and every receiver finds the letters forged, or the record was changed in
    place, and what was signed with the former key looks forged (RFC 6376, 3.1, advises against it). With links to
    unsubscribe, those in letters that have left would be dead.
    """
    for key in _dkim_keys(source):
        if since := await _other_since(ledger, key):
            raise UnsafeError(
                f"The key under [dkim] is not the one that letters were signed with since {since} as {key.name}.",
                "Put that key back, or give the new one a selector of its own and publish its record.",
            )
    for key in _link_keys(source):
        if since := await _other_since(ledger, key):
            raise UnsafeError(
                f"The key of [unsubscribe] is not the one that signed since {since}; links of then would be dead.",
                "Put that key back from a copy; if it is lost for good, name another place: key = { file = … }.",
            )


async def _other_since(ledger: Ledger, key: PublicKey) -> str:
    """The day from which on the name stood for another key; empty where it did not."""
    known = await ledger.signing_key(key.name)
    if known is None or known.fingerprint == key.fingerprint:
        return ""
    return datetime.fromtimestamp(known.first_used_at, UTC).date().isoformat()
