"""Rows of a list, made into contacts, rendered and composed exactly as sending will: here, or in other processes."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import inf

from outreach.composing.composer import Composer
from outreach.composing.sealed import Sealed
from outreach.contacts.basis import EXPIRES_AT, expires_at
from outreach.contacts.characters import show
from outreach.contacts.contact import RowReader
from outreach.contacts.options import ContactsOptions
from outreach.contacts.reserved import is_reserved
from outreach.contacts.rows import Row
from outreach.errors import ContentError, Problem
from outreach.ledger.campaign_values import RosterRow
from outreach.ledger.encoding import roster_row
from outreach.ledger.run_values import Quota
from outreach.model import Contact
from outreach.preflight.checks.letters import CheckTerms, LetterChecks
from outreach.preflight.sources import CampaignFolder, FolderFiles


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What to check, and how strictly."""

    source: CampaignFolder
    date: datetime.date  # the day the text prints
    now: float  # stands for the time of sending
    reserved_allowed: bool  # whether rows at domains reserved for examples are good: nobody there is reached
    only: frozenset[str] = frozenset()  # address keys that must be in the list
    on_loopback: bool = False  # whether the relay is on this machine
    processes: int = 0  # to examine in, where the list is long enough
    relay_host: str = ""
    rate: float | None = None  # letters per second
    quotas: tuple[Quota, ...] = ()


@dataclass(slots=True)
class Examined:
    """What some neighbouring rows came to."""

    good: list[RosterRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)  # in the order of the rows
    shared: list[Problem] = field(default_factory=list)  # what is wrong with the letter, whoever gets it
    named: list[Problem] = field(default_factory=list)  # of rows whose names all others get to read, if there are any
    with_files: int = 0  # letters that bring files along
    rows: int = 0
    bad_rows: int = 0
    copies: int = 0
    largest_bytes: int = 0
    most_recipients: int = 0
    subject: str = ""  # of the first letter
    one_subject: bool = True  # whether all letters have this one
    reserved: int = 0
    expired: int = 0  # rows left out because the basis on which they are written to is over
    next_expiry: float = inf  # when the first of the others' is
    images: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()  # paths that were read for them
    found: frozenset[str] = frozenset()  # of the addresses asked for
    names_languages: bool = False  # whether any row has a column lang
    has_contacts: bool = False


class Examiner:
    """Examines the rows of one campaign."""

    def __init__(self, request: CheckRequest, sealed: Sealed, reader: RowReader) -> None:
        self._request = request
        self._reader = reader
        self._files = FolderFiles(request.source.folder, dict(sealed.shared_files))
        self._composer = Composer(sealed, date=request.date, files=self._files, keys=request.source.keys)
        terms = CheckTerms(
            now=request.now,
            date=request.date,
            purpose=sealed.purpose,
            sender=sealed.sender,
            postal_address=sealed.postal_address,
            tables=sealed.tables,
            sources=sealed.shared_files,
        )
        self._checks = LetterChecks(terms)
        self._told: set[Problem] = set()

    def examine(self, rows: Sequence[Row | Problem]) -> Examined:
        """What these rows, in this order, come to."""
        examined = Examined()
        before = set(self._files.read)
        for row in rows:
            for contact in (row,) if isinstance(row, Problem) else self._reader.read(row):
                self._take(contact, examined)
        examined.files = frozenset(self._files.read.keys() - before)
        examined.shared = [problem for problem in self._checks.shared if problem not in self._told]
        self._told.update(examined.shared)
        self._checks.shared.clear()
        return examined

    def _take(self, row: Contact | Problem, examined: Examined) -> None:
        examined.rows += 1
        if isinstance(row, Problem):
            examined.bad_rows += 1
            examined.problems.append(row)
            return
        examined.has_contacts = True
        examined.names_languages = examined.names_languages or "lang" in row.fields
        if self._request.only:
            examined.found |= self._request.only.intersection(mailbox.key for mailbox in row.to)
        if EXPIRES_AT in row.fields and self._is_over(row, examined):
            return
        problems = self._problems(row, examined)
        examined.problems += problems
        if any(problem.level == "error" for problem in problems):
            examined.bad_rows += 1
        else:
            examined.copies += len(row.cc) + len(row.bcc)
            examined.reserved += is_reserved(row.to[0].domain)
            examined.good.append(roster_row(row))

    def _is_over(self, contact: Contact, examined: Examined) -> bool:
        """Whether the basis on which this contact is written to has ended, and they are left out."""
        end = expires_at(contact.fields)
        if end is None or end > self._request.now:
            examined.next_expiry = min(examined.next_expiry, end or inf)
            return False
        examined.expired += 1
        examined.problems.append(_expired(contact, self._request.source.contacts))
        return True

    def _problems(self, contact: Contact, examined: Examined) -> list[Problem]:
        problems = list(islice(_reserved(contact, self._request), 1))  # one a row is enough to mend it
        try:
            problems += self._compose(contact, examined)
        except ContentError as error:
            problems.append(_at_row(error.problem, contact, self._request.source.contacts))
        return problems

    def _compose(self, contact: Contact, examined: Examined) -> list[Problem]:
        """Compose the message; what the checks find in it."""
        letter = self._composer.letter_in_stretches(contact)
        message = self._composer.compose(letter, contact, date=self._request.now)
        examined.largest_bytes = max(examined.largest_bytes, len(message.content))
        examined.most_recipients = max(examined.most_recipients, len(message.recipients))
        examined.subject = examined.subject or letter.subject
        examined.one_subject = examined.one_subject and examined.subject == letter.subject
        if letter.images:
            examined.images = examined.images.union(letter.images)
        examined.with_files += bool(letter.attachments)
        found = self._checks.check(letter, message, contact, self._composer.path(contact))
        if self._checks.named:
            examined.named += [self._in_row(problem, contact) for problem in self._checks.named]
            self._checks.named.clear()
        return [self._in_row(problem, contact) for problem in found] if found else found

    def _in_row(self, problem: Problem, contact: Contact) -> Problem:
        where = place(contact.row, self._request.source.contacts)
        return dataclasses.replace(problem, where=where, address=problem.address or contact.to[0].address)


def setup(argument: tuple[CheckRequest, Sealed, RowReader]) -> Callable[[Sequence[Row | Problem]], Examined]:
    """What examines rows in another process."""
    return Examiner(*argument).examine


def place(row: int, options: ContactsOptions) -> str:
    """Where a contact stands in the list: contacts/officials.csv:17."""
    return f"{options.file}:{row}"


def _expired(contact: Contact, options: ContactsOptions) -> Problem:
    return Problem(
        "E32",
        place(contact.row, options),
        f"the basis for writing to {contact.to[0].address} has expired ({show(contact.fields[EXPIRES_AT])}); left out",
        "If it was renewed, put the new date into the list.",
        contact.to[0].address,
        level="info",
        several="are on a basis that has expired, and left out",
    )


def _at_row(problem: Problem, contact: Contact, options: ContactsOptions) -> Problem:
    """The problem of a letter, told at the contact's row."""
    message = f"{problem.message} ({problem.where})" if problem.where else problem.message
    where = place(contact.row, options)
    return dataclasses.replace(problem, where=where, message=message, address=contact.to[0].address)


def _reserved(contact: Contact, request: CheckRequest) -> Iterator[Problem]:
    """An error for each address at a reserved domain, unless it can't be reached (RFC 2606, RFC 6761)."""
    if request.reserved_allowed:
        return
    for mailbox in (*contact.to, *contact.cc, *contact.bcc):
        if is_reserved(mailbox.domain):
            yield Problem(
                "E24",
                place(contact.row, request.source.contacts),
                f"{mailbox.domain} is reserved for examples; nobody can be reached there",
                "Put the real address in, or take the row out.",
                mailbox.address,
                several="are at domains reserved for examples",
            )
