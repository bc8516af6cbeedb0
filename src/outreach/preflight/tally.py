"""What adds up over the rows of a list, each rendered and composed exactly as sending will."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeGuard

from outreach.composing.composer import Composer
from outreach.contacts.options import ContactsOptions
from outreach.contacts.reserved import is_reserved
from outreach.errors import ContentError, Problem
from outreach.model import Contact
from outreach.preflight.finding import LISTED, Findings
from outreach.preflight.sources import CampaignFolder

_ALL = 1 << 31  # more rows than any list has


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What to check, and how strictly."""

    source: CampaignFolder
    date: datetime.date  # the day the text prints
    now: float  # stands for the time of sending
    reserved_allowed: bool  # whether rows at domains reserved for examples are good: nobody there is reached
    only: frozenset[str] = frozenset()  # address keys that must be in the list
    on_loopback: bool = False  # whether the relay is on this machine


@dataclass(slots=True)
class Tally:
    """What adds up over the rows."""

    request: CheckRequest
    findings: Findings
    composer: Composer
    on_problem: Callable[[Problem], None] | None
    missing: set[str]
    rows: int = 0
    bad_rows: int = 0
    copies: int = 0
    largest_bytes: int = 0
    most_recipients: int = 0
    subject: str = ""
    one_subject: bool = True
    images: frozenset[str] = frozenset()
    reserved: int = 0
    repeated: int = 0
    names_languages: bool = False  # whether any row has a column lang
    has_contacts: bool = False

    def note(self, problem: Problem) -> None:
        """Take in a finding."""
        self.findings.add(problem)
        if self.on_problem is not None:
            self.on_problem(problem)

    def note_rows(self, problems: list[Problem], total: int) -> None:
        """Take in problems that were found over all rows: the first of them, of so many."""
        for problem in problems:
            self.note(problem)
        self.findings.add_uncounted(problems[-1], total - len(problems))
        self.bad_rows += total

    @property
    def limit(self) -> int:
        """How many of such problems are asked for."""
        return LISTED if self.on_problem is None else _ALL

    def passes(self, row: Contact | Problem) -> TypeGuard[Contact]:
        """Whether a row is good: its address, and the message it gets."""
        self.rows += 1
        problems = [row] if isinstance(row, Problem) else self._problems(row)
        for problem in problems:
            self.note(problem)
        if isinstance(row, Contact):
            self.has_contacts = True
            self.names_languages = self.names_languages or "lang" in row.fields
            self.missing.difference_update(mailbox.key for mailbox in row.to)
            self.copies += 0 if problems else len(row.cc) + len(row.bcc)
            self.reserved += not problems and is_reserved(row.to[0].domain)
        self.bad_rows += bool(problems)
        return not problems

    def _problems(self, contact: Contact) -> list[Problem]:
        problems = list(islice(_reserved(contact, self.request), 1))  # one a row is enough to mend it
        try:
            self._compose(contact)
        except ContentError as error:
            problems.append(_at_row(error.problem, contact, self.request.source.contacts))
        return problems

    def _compose(self, contact: Contact) -> None:
        letter = self.composer.letter(contact)
        message = self.composer.compose(letter, contact, date=self.request.now)
        self.largest_bytes = max(self.largest_bytes, len(message.content))
        self.most_recipients = max(self.most_recipients, len(message.recipients))
        self.subject = self.subject or letter.subject
        self.one_subject = self.one_subject and self.subject == letter.subject
        if letter.images:
            self.images = self.images.union(letter.images)


def place(contact: Contact, options: ContactsOptions) -> str:
    """Where a contact stands in the list: contacts/officials.csv:17."""
    return f"{options.file}:{contact.row}"


def _at_row(problem: Problem, contact: Contact, options: ContactsOptions) -> Problem:
    """The problem of a letter, told at the contact's row."""
    message = f"{problem.message} ({problem.where})" if problem.where else problem.message
    return dataclasses.replace(problem, where=place(contact, options), message=message, address=contact.to[0].address)


def _reserved(contact: Contact, request: CheckRequest) -> Iterator[Problem]:
    """An error for each address at a reserved domain, unless it can't be reached (RFC 2606, RFC 6761)."""
    if request.reserved_allowed:
        return
    for mailbox in (*contact.to, *contact.cc, *contact.bcc):
        if is_reserved(mailbox.domain):
            yield Problem(
                "E24",
                place(contact, request.source.contacts),
                f"{mailbox.domain} is reserved for examples; nobody can be reached there",
                "Put the real address in, or take the row out.",
                mailbox.address,
                several="are at domains reserved for examples",
            )
