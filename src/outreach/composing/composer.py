"""The composer: one contact and a time in, one message out; the same every time."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from outreach.composing.keys import NO_KEYS, Keys
from outreach.composing.letters import Letters
from outreach.composing.sealed import Sealed
from outreach.composing.unsubscribing import Unsubscribing
from outreach.message.compose import MessageComposer, OriginalHeader, message_id
from outreach.model import Contact, Letter, LetterInStretches, Message

UNPLANNED = "0" * 32  # stands for the campaign's id until there is one
_EDITION = 1
_AD_LABEL = "(광고)"  # exactly so, in front of all else (Enforcement Decree of Korea's Network Act, annex 6)


class Composer:
    """Renders and composes the letters of one campaign."""

    def __init__(
        self,
        sealed: Sealed,
        *,
        date: datetime.date,
        campaign_id: str = UNPLANNED,
        files: Mapping[str, bytes] | None = None,
        keys: Keys = NO_KEYS,
    ) -> None:
        """`files` by path stand in for the sealed ones; ContentError where the letter's source is wrong.

        The keys are no part of what is sealed.
        """
        files = sealed.files if files is None else files
        self._sealed = sealed
        self._campaign_id = campaign_id
        self._message = MessageComposer(sealed.sender, files=files, signing=keys.signing)
        self._unsubscribing = _unsubscribing(sealed, keys.unsubscribe, campaign_id)
        self._letters = Letters(sealed, date=date, link=self._unsubscribing.link if self._unsubscribing else None)

    @property
    def named_images(self) -> frozenset[str]:
        """The paths of images that belong to the text though perhaps no contact gets them yet."""
        return self._letters.named_images()

    @property
    def prints_date(self) -> bool:
        """Whether the text depends on the day that it prints."""
        return self._letters.prints_date

    def path(self, contact: Contact) -> str:
        """Where the letter is written that this contact gets."""
        return self._letters.path(contact)

    def letter(self, contact: Contact) -> Letter:
        """The letter as this contact gets it; ContentError where it can't be written."""
        return self.letter_in_stretches(contact).letter

    def letter_in_stretches(self, contact: Contact) -> LetterInStretches:
        """The same, not put together yet: for a message that is made at once."""
        letter = self._letters.render(contact)
        if self._sealed.ad_label and not letter.subject.startswith(_AD_LABEL):
            letter.subject = f"{_AD_LABEL} {letter.subject}"
        if self._sealed.attachments:
            letter.attachments = self._sealed.attachments + letter.attachments
        return letter

    def message(self, contact: Contact, *, date: float, smtputf8: bool = True) -> Message:
        """The message for this contact; `date` is what its Date header says, in seconds since the epoch.

        `smtputf8`: whether it may need that of the relay.
        """
        return self.compose(self.letter_in_stretches(contact), contact, date=date, smtputf8=smtputf8)

    def compose(
        self,
        letter: Letter | LetterInStretches,
        contact: Contact,
        *,
        date: float,
        originals: Sequence[OriginalHeader] = (),
        smtputf8: bool = True,
    ) -> Message:
        """The message for a letter that is rendered already; `originals` say whom it would go to otherwise."""
        identity = message_id(self._campaign_id, contact.key, _EDITION, self._sealed.sender.from_.domain)
        headers = self._unsubscribing.headers(contact, lang=letter.lang) if self._unsubscribing is not None else ""
        return self._message.compose(
            letter,
            contact,
            message_id=identity,
            date=date,
            originals=originals,
            list_headers=headers,
            smtputf8=smtputf8,
        )


def _unsubscribing(sealed: Sealed, key: bytes, campaign_id: str) -> Unsubscribing | None:
    if sealed.unsubscribe is None:
        return None
    return Unsubscribing(sealed.unsubscribe, key, campaign_id=campaign_id, purpose=sealed.purpose, sender=sealed.sender)
