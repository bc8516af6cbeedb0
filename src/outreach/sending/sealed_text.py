"""The text as it was sealed, whatever the folder holds by now.

A letter that left before the text was amended goes on saying what it said.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from outreach.composing.composer import Composer
from outreach.composing.keys import Keys
from outreach.composing.sealed import unpack
from outreach.ledger.campaign_values import Bundle, CampaignRecord
from outreach.ledger.interface import Ledger
from outreach.model import Contact, Delivery, Message


class Composing(Protocol):
    """Makes the message of a contact: the campaign's composer, or a rehearsal's."""

    def message(self, contact: Contact, *, date: float, smtputf8: bool = True) -> Message:
        """The message; `date` is what its Date header says. ContentError where it can't be written.

        `smtputf8`: whether it may need that of the relay.
        """
        ...


@dataclass(frozen=True, slots=True)
class SealedText:
    """The campaign's present text, and the earlier ones by number."""

    present: Composing
    earlier: Mapping[int, Composing] = field(default_factory=dict)

    def message(self, delivery: Delivery, *, date: float, smtputf8: bool = True) -> Message:
        """The delivery's message, the same bytes on every attempt; `date` is what its Date header says."""
        composer = self.present if delivery.earlier_text is None else self.earlier[delivery.earlier_text]
        return composer.message(delivery.contact, date=date, smtputf8=smtputf8)


async def load_sealed_text(ledger: Ledger, record: CampaignRecord, keys: Keys) -> SealedText:
    """The texts that the ledger holds of this campaign, signed as the settings say now."""
    earlier = await ledger.earlier_texts(record.id)
    composing = partial(composer_of, campaign_id=record.id, keys=keys)
    return SealedText(
        composing(await ledger.bundle(record.id), record.date),
        {number: composing(text.bundle, text.date) for number, text in earlier.items()},
    )


def composer_of(bundle: Bundle, date: str, *, campaign_id: str, keys: Keys) -> Composer:
    """The composer of what the ledger keeps."""
    sealed = unpack(bundle.settings, {file.path: file.content for file in bundle.files})
    return Composer(sealed, date=datetime.date.fromisoformat(date), campaign_id=campaign_id, keys=keys)
