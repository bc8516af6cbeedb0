"""Chooses whose letters a rehearsal shows, from the list as it was read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from outreach.ledger.interface import Ledger, Roster
from outreach.model import Contact
from outreach.sending.options import RehearsalRequest
from outreach.sending.telling import Telling

_EXAMPLES = 10
TELLING = 5  # letters of a rehearsal, unless asked otherwise


@dataclass(frozen=True, slots=True)
class StandsFor:
    """Whom one test letter stands for."""

    row: int
    addresses: tuple[str, ...]
    copies: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The rows that a rehearsal shows."""

    letters: int
    examples: tuple[StandsFor, ...]  # the first ten
    keys: frozenset[str] | None  # of the contacts; None for every row that may be written to

    def takes(self, contact: Contact) -> bool:
        """Whether the contact is among them."""
        return self.keys is None or contact.key in self.keys


NOTHING = Choice(0, (), frozenset())


async def choose_rows(roster: Roster, ledger: Ledger, request: RehearsalRequest, *, default_lang: str) -> Choice:
    """The telling rows, or all of them; none that is on the suppression list."""
    keys = await _telling_keys(roster, ledger, request, default_lang=default_lang)
    letters, examples = 0, list[StandsFor]()
    async for page in rehearsed_pages(roster, ledger, request, takes=lambda one: keys is None or one.key in keys):
        letters += len(page)
        examples += map(_stands_for, page[: _EXAMPLES - len(examples)])
    return Choice(letters, tuple(examples), keys)


async def rehearsed_pages(
    roster: Roster, ledger: Ledger, request: RehearsalRequest, *, takes: Callable[[Contact], bool]
) -> AsyncIterator[list[Contact]]:
    """The contacts that are taken and may be written to, in the order of the list."""
    only = frozenset(request.send.only)
    async for page in roster.pages():
        wanted = [one for one in page if takes(one) and (not only or any(m.key in only for m in one.to))]
        listed = await ledger.suppressed([mailbox.key for contact in wanted for mailbox in contact.to])
        yield [contact for contact in wanted if not any(mailbox.key in listed for mailbox in contact.to)]


async def _telling_keys(
    roster: Roster, ledger: Ledger, request: RehearsalRequest, *, default_lang: str
) -> frozenset[str] | None:
    if request.most is None:
        return None
    telling = Telling(request.most, default_lang)
    async for page in rehearsed_pages(roster, ledger, request, takes=lambda _: True):
        for contact in page:
            telling.hear(contact)
    return telling.chosen()


def _stands_for(contact: Contact) -> StandsFor:
    return StandsFor(contact.row, tuple(m.address for m in contact.to), len(contact.cc) + len(contact.bcc))
