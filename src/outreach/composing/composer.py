"""The composer: one contact and a time in, one message out; the same every time."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping

from outreach.composing.sealed import Sealed
from outreach.letter.source import parse_source
from outreach.letter.template import LetterTemplate
from outreach.message.compose import MessageComposer, message_id
from outreach.model import Contact, Letter, Message

UNPLANNED = "0" * 32  # stands for the campaign's id until there is one
_EDITION = 1


class Composer:
    """Renders and composes the letters of one campaign."""

    def __init__(
        self,
        sealed: Sealed,
        *,
        date: datetime.date,
        campaign_id: str = UNPLANNED,
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        """`files` by path stand in for the sealed ones; ContentError where the letter's source is wrong."""
        files = sealed.files if files is None else files
        self._sealed = sealed
        self._campaign_id = campaign_id
        self._message = MessageComposer(sealed.sender, files=files)
        self._template = LetterTemplate(
            parse_source(
                sealed.letter,
                sealed.shared_files[sealed.letter],
                text_beside=sealed.shared_files.get(text_beside(sealed.letter)),
            ),
            tables=sealed.tables,
            sender={
                "name": sealed.sender.from_.name,
                "address": sealed.sender.from_.address,
                "organization": sealed.sender.organization,
                "postal_address": sealed.postal_address,
            },
            campaign=sealed.campaign,
            date=date,
            default_lang=sealed.default_lang,
            line_breaks="join" if sealed.line_breaks == "join" else "keep",
        )

    @property
    def prints_date(self) -> bool:
        """Whether the text depends on the day that it prints."""
        return self._template.prints_date

    def letter(self, contact: Contact) -> Letter:
        """The letter as this contact gets it; ContentError where it can't be written."""
        letter = self._template.render(contact)
        if not self._sealed.attachments:
            return letter
        return dataclasses.replace(letter, attachments=self._sealed.attachments + letter.attachments)

    def message(self, contact: Contact, *, date: float) -> Message:
        """The message for this contact; `date` is what its Date header says, in seconds since the epoch."""
        return self.compose(self.letter(contact), contact, date=date)

    def compose(self, letter: Letter, contact: Contact, *, date: float) -> Message:
        """The message for a letter that is rendered already."""
        identity = message_id(self._campaign_id, contact.key, _EDITION, self._sealed.sender.from_.domain)
        return self._message.compose(letter, contact, message_id=identity, date=date)


def text_beside(letter: str) -> str:
    """The path of the text that may stand beside an HTML letter; empty for other letters."""
    return letter.removesuffix(".html") + ".txt" if letter.endswith(".html") else ""
