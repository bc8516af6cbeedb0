"""A token that came back: whose letter it was in, so that nobody writes to them any more."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.errors import UsageError
from outreach.ledger.interface import Ledger
from outreach.ledger.record_values import LogFilter
from outreach.tokens import Reference, Signer, TokenError

_SHOWN = 80  # characters of what is no token


@dataclass(frozen=True, slots=True)
class Owner:
    """Who had the letter."""

    key: str
    address: str
    campaign: str  # its name


def read_token(token: str, signer: Signer) -> Reference:
    """What the token refers to; UsageError where it is none of ours."""
    try:
        return signer.read(token)
    except TokenError as error:
        raise UsageError(
            f"--token {ascii(token[:_SHOWN])[1:-1]}: {error}",
            "Copy all of it, 65 characters: the end of the link, or what follows the word unsubscribe in the subject.",
        ) from None


async def find_owner(ledger: Ledger, reference: Reference, signer: Signer) -> Owner | None:
    """Whose letter of a campaign of this ledger bore the token; None where the ledger knows no such letter."""
    record = await ledger.campaign_by_id(reference.campaign_id)
    if record is None:
        return None
    async for entry in ledger.log(LogFilter(record.id)):
        mailbox = entry.recipients[0].mailbox
        if signer.is_of(reference, mailbox.key):
            return Owner(mailbox.key, mailbox.address, record.name)
    return None
