"""The sender: whose letter it is, where answers go, and where bounces go."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.model import Mailbox


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the letter comes from, with every address checked and normalised."""

    from_: Mailbox  # exactly one: large receivers refuse a From with several
    reply_to: tuple[Mailbox, ...]  # empty: answers go to from_
    envelope_from: str  # the return path, domain as A-labels; empty: the address of from_
    organization: str  # empty for none

    @property
    def return_path(self) -> str:
        """The address that bounces go to."""
        return self.envelope_from or self.from_.wire

    @property
    def needs_smtputf8(self) -> bool:
        """Whether one of the sender's own addresses can only travel with SMTPUTF8."""
        return not self.return_path.isascii() or any(mailbox.needs_smtputf8 for mailbox in (self.from_, *self.reply_to))
