"""Redirecting: a contact's letter on its way to somebody else, as in a rehearsal.

The redirected contact names nobody but the new recipients, so neither an envelope nor a header can reach anyone else.
Whom the letter would have reached travels with it as text.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
from dataclasses import dataclass

from outreach.composing.composer import Composer
from outreach.composing.keys import NO_KEYS, Keys
from outreach.composing.sealed import Sealed
from outreach.message.compose import OriginalHeader
from outreach.model import Contact, Mailbox, Message

_ORIGINALS = "original addresses"  # no column is called so: the blanks in its name become _


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where letters go instead, and what marks them."""

    to: tuple[Mailbox, ...]
    seal: str  # TEXT-ROWS of what is rehearsed

    def contact(self, original: Contact) -> Contact:
        """The contact with nobody but the new recipients as To; its own addresses are kept as a field."""
        originals = {
            role: [dataclasses.astuple(mailbox) for mailbox in mailboxes]
            for role, mailboxes in (("to", original.to), ("cc", original.cc), ("bcc", original.bcc))
        }
        fields = {**original.fields, _ORIGINALS: json.dumps(originals)}
        return dataclasses.replace(original, to=self.to, cc=(), bcc=(), fields=fields)

    def subject(self, original: Contact, subject: str) -> str:
        """The subject, marked as a test: nobody can take the letter for one of theirs."""
        others = f" and {len(original.to) - 1} more" if len(original.to) > 1 else ""
        return f"[TEST for {original.to[0].address}{others} {self.seal}] {subject}"


def original_contact(redirected: Contact) -> Contact:
    """The contact that `Redirect.contact` was given."""
    originals = json.loads(redirected.fields[_ORIGINALS])
    to, cc, bcc = (tuple(Mailbox(*mailbox) for mailbox in originals[role]) for role in ("to", "cc", "bcc"))
    fields = {name: value for name, value in redirected.fields.items() if name != _ORIGINALS}
    return dataclasses.replace(redirected, to=to, cc=cc, bcc=bcc, fields=fields)


def redirected_sender(sealed: Sealed, redirect: Redirect) -> Sealed:
    """The campaign with a sender that is answered to at the new recipients only."""
    return dataclasses.replace(sealed, sender=dataclasses.replace(sealed.sender, reply_to=redirect.to))


class RedirectComposer:
    """Composes redirected contacts' letters: the text that each would get, in a message to somebody else."""

    def __init__(
        self,
        sealed: Sealed,
        redirect: Redirect,
        *,
        date: datetime.date,
        rehearsal_id: str,
        keys: Keys = NO_KEYS,
    ) -> None:
        """`rehearsal_id` is drawn anew each time: no Message-ID is one of the campaign's, or of another rehearsal's."""
        self._reply_to = sealed.sender.reply_to
        self._redirect = redirect
        # Links to unsubscribe bear its id, too, and so are nobody's: a test letter takes no one off the list.
        self._composer = Composer(redirected_sender(sealed, redirect), date=date, campaign_id=rehearsal_id, keys=keys)

    def message(self, contact: Contact, *, date: float, smtputf8: bool = True) -> Message:
        """The message for a redirected contact; `date` is what its Date header says, in seconds since the epoch."""
        original = original_contact(contact)
        letter = self._composer.letter(original)
        marked = dataclasses.replace(letter, subject=self._redirect.subject(original, letter.subject))
        originals = self._originals(original)
        return self._composer.compose(marked, contact, date=date, originals=originals, smtputf8=smtputf8)

    def _originals(self, original: Contact) -> tuple[OriginalHeader, ...]:
        return tuple(
            OriginalHeader(name, mailboxes)
            for name, mailboxes in (
                ("To", original.to),
                ("Cc", original.cc),
                ("Bcc", original.bcc),
                ("Reply-To", self._reply_to),
            )
            if mailboxes
        )
