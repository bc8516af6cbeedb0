"""Reads the whole list and renders and composes every message, exactly as sending will; nothing is sent."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TypeGuard

from outreach.composing.composer import Composer
from outreach.composing.sealed import Sealed
from outreach.contacts.options import ContactsOptions
from outreach.contacts.reader import read_contacts
from outreach.contacts.reserved import is_reserved
from outreach.errors import ContentError, Problem
from outreach.ledger.interface import Ledger, Roster
from outreach.ledger.values import Duplicate, SentElsewhere
from outreach.model import Contact
from outreach.preflight.finding import LISTED, Findings
from outreach.preflight.sources import CampaignFolder, FolderFiles, read_sources
from outreach.preflight.whole import missing_languages, starter_letters

_CHUNK = 500
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


@dataclass(frozen=True, slots=True)
class Checked:
    """A campaign that was read from top to bottom."""

    sealed: Sealed
    findings: Findings
    rows: int  # rows read, good and bad
    bad_rows: int  # rows with an error; they are not in the roster
    copies: int  # Cc and Bcc of the good ones
    largest_bytes: int  # the largest message
    most_recipients: int  # of one message
    subject: str  # of the first letter
    one_subject: bool  # whether all letters have this one
    missing_only: tuple[str, ...]  # of the addresses asked for, those that no row has
    reserved: int = 0  # good rows to addresses that are reserved for examples; they never leave this machine
    repeated: int = 0  # rows left out because they repeat an earlier one, which counts


async def check_campaign(
    request: CheckRequest,
    ledger: Ledger,
    roster: Roster,
    *,
    on_progress: Callable[[int], None] = lambda _: None,
    on_problem: Callable[[Problem], None] | None = None,
) -> Checked:
    """Fill the roster with the rows of the list and find what is wrong with any of their messages.

    What makes every message wrong (no list, no letter, a syntax error) is raised; all else is a finding.
    `on_problem` is told of every one of them, however many there are.
    """
    files = FolderFiles(request.source.folder)
    sealed = read_sources(request.source, files)
    composer = Composer(sealed, date=request.date, files=files)
    tally = _Tally(request, Findings(), composer, on_problem, missing=set(request.only))
    rows = read_contacts(request.source.folder, request.source.contacts)
    while chunk := list(islice(rows, _CHUNK)):
        good = [row for row in chunk if tally.passes(row)]
        await _note_suppressed(good, ledger, tally, request.source.contacts)
        await roster.add(good)
        on_progress(tally.rows)
    _note_whole(tally, sealed)
    await _note_duplicates(roster, tally, request.source.contacts)
    sealed = _with_found_files(sealed, files, tally.images | _named_images(tally.composer, files))
    if tally.composer.prints_date:
        sealed = dataclasses.replace(sealed, date=request.date.isoformat())
    await _note_sent_elsewhere(roster, tally, request.source, sealed.letter_digest)
    return Checked(
        sealed,
        tally.findings,
        rows=tally.rows,
        bad_rows=tally.bad_rows,
        copies=tally.copies,
        largest_bytes=tally.largest_bytes,
        most_recipients=tally.most_recipients,
        subject=tally.subject,
        one_subject=tally.one_subject,
        missing_only=tuple(sorted(tally.missing)),
        reserved=tally.reserved,
        repeated=tally.repeated,
    )


@dataclass(slots=True)
class _Tally:
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


def _note_whole(tally: _Tally, sealed: Sealed) -> None:
    """What is wrong for all rows at once."""
    problems: list[Problem] = []
    if tally.has_contacts and not tally.names_languages:
        problems += missing_languages(sealed, tally.request.source.contacts.file)
    if not tally.request.on_loopback:
        problems += starter_letters(sealed)
    for problem in problems:
        tally.note(problem)
        tally.findings.whole.append(problem)


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


async def _note_suppressed(contacts: list[Contact], ledger: Ledger, tally: _Tally, options: ContactsOptions) -> None:
    """An info for each address on the suppression list: it is left out and the run goes on."""
    found = await ledger.suppressed(
        [mailbox.key for contact in contacts for mailbox in (*contact.to, *contact.cc, *contact.bcc)]
    )
    if not found:
        return
    for contact in contacts:
        for mailbox in (*contact.to, *contact.cc, *contact.bcc):
            if entry := found.get(mailbox.key):
                tally.note(
                    Problem(
                        "E11",
                        place(contact, options),
                        f"{mailbox.address} is on the suppression list ({entry.reason}); left out",
                        "If that is wrong: outreach suppress remove ADDRESS.",
                        mailbox.address,
                        level="info",
                        several="are on the suppression list and left out",
                    )
                )


async def _note_duplicates(roster: Roster, tally: _Tally, options: ContactsOptions) -> None:
    """An error for each row that repeats an earlier one, unless the settings say that the first counts."""
    if options.duplicates == "first":
        dropped = await roster.drop_duplicates()
        tally.repeated = dropped.count
        if dropped.lost:
            tally.note_rows([_lost(row, address, options) for row, address in dropped.lost], len(dropped.lost))
        return
    total, listed = await roster.duplicates(limit=tally.limit)
    if total:
        tally.note_rows([_duplicate(one, options) for one in listed], total)
        await roster.drop_duplicates()


def _lost(row: int, address: str, options: ContactsOptions) -> Problem:
    return Problem(
        "E12",
        f"{options.file}:{row}",
        f"left out for another address in it, and {address} stands nowhere else",
        "Give that address a row of its own.",
        address,
        several="hold an address that stands nowhere else, and repeat another",
    )


def _duplicate(duplicate: Duplicate, options: ContactsOptions) -> Problem:
    what = f'the id "{duplicate.what}"' if duplicate.is_id else duplicate.what
    return Problem(
        "E12",
        f"{options.file}:{duplicate.row}",
        f"{what} stands in row {duplicate.first_row} already",
        'Keep one of the rows, or set duplicates = "first" under [contacts].',
        "" if duplicate.is_id else duplicate.what,
        several="repeat an earlier row",
    )


async def _note_sent_elsewhere(roster: Roster, tally: _Tally, source: CampaignFolder, letter_digest: str) -> None:
    """An error for each row whose address has this letter already: from another campaign, or under another id."""
    total, listed = await roster.sent_elsewhere(source.campaign.name, letter_digest, limit=tally.limit)
    if total:
        own = source.campaign.name
        tally.note_rows([_sent_elsewhere(one, source.contacts, own=own) for one in listed], total)
        await roster.drop_sent_elsewhere()
    readdressed = await roster.readdressed(source.campaign.name)
    if readdressed.count:
        rows = "the letter of this row" if readdressed.count == 1 else f"the letters of {readdressed.count} such rows"
        problem = Problem(
            "E30",
            f"{source.contacts.file}:{readdressed.row}",
            f"{rows} left to another address; this one gets none",
            "If it must have one, give it a row of its own, with another id.",
            readdressed.address,
            level="info",
        )
        tally.findings.add(problem)


def _sent_elsewhere(one: SentElsewhere, options: ContactsOptions, *, own: str) -> Problem:
    if one.campaign == own:
        return Problem(
            "E27",
            f"{options.file}:{one.row}",
            "has this letter already, from a row that had another id",
            "Put the id back that it had, or leave such rows out with --skip-bad-rows.",
            one.address,
            several="have this letter already, from rows that had another id",
        )
    return Problem(
        "E27",
        f"{options.file}:{one.row}",
        f'has this letter already, from campaign "{one.campaign}"',
        f'Put the name "{one.campaign}" back under [campaign], or change the letter if it is another one.',
        one.address,
        several="have this letter already, from another campaign",
    )


def _named_images(composer: Composer, files: FolderFiles) -> frozenset[str]:
    """The images that the letters name and that can be read; rendering tells of those that can't."""
    named = composer.named_images
    for path in named:
        with suppress(ContentError):
            files[path]
    return named


def _with_found_files(sealed: Sealed, files: FolderFiles, images: frozenset[str]) -> Sealed:
    """The sealed value with the files that rendering asked for: images belong to the text, the rest to contacts."""
    shared = {path: content for path, content in files.read.items() if path in sealed.shared_files or path in images}
    own = {path: content for path, content in files.read.items() if path not in shared}
    return dataclasses.replace(sealed, shared_files=shared, own_files=own)
