"""Reads the whole list and renders and composes every message, exactly as sending will; nothing is sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, aclosing, suppress
from dataclasses import dataclass
from math import inf

from outreach.composing.composer import Composer
from outreach.composing.sealed import Sealed
from outreach.contacts.contact import RowReader
from outreach.contacts.reader import open_contacts
from outreach.contacts.rows import Row
from outreach.errors import ContentError, Problem
from outreach.ledger.interface import Ledger, Roster
from outreach.preflight.examine import CheckRequest
from outreach.preflight.finding import Findings
from outreach.preflight.list_findings import note_duplicates, note_sent_elsewhere, note_suppressed
from outreach.preflight.sources import FolderFiles, read_sources
from outreach.preflight.stretches import examine_rows
from outreach.preflight.tally import Tally
from outreach.preflight.volume import note_volume
from outreach.preflight.whole import missing_languages, sender_problems, starter_letters, too_many_files

OpenList = AbstractContextManager[tuple[RowReader, Iterator[Row | Problem]]]  # as open_contacts gives it


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
    expired: int = 0  # rows left out because the basis on which they are written to is over
    next_expiry: float = inf  # when the first of the others' is
    repeated: int = 0  # rows left out because they repeat an earlier one, which counts
    files_refused: bool = False  # whether a file that the letter names can't be used, needed or not


async def check_campaign(
    request: CheckRequest,
    ledger: Ledger,
    roster: Roster,
    *,
    on_progress: Callable[[int], None] = lambda _: None,
    on_problem: Callable[[Problem], None] | None = None,
    opened: OpenList | None = None,
) -> Checked:
    """Fill the roster with the rows of the list and find what is wrong with any of their messages.

    What makes every message wrong (no list, no letter, a syntax error) is raised; all else is a finding.
    `on_problem` is told of every one of them, however many there are. `opened` stands in for the list in the folder.
    """
    files = FolderFiles(request.source.folder)
    sealed = read_sources(request.source, files)
    composer = Composer(sealed, date=request.date, files=files, keys=request.source.keys)
    tally = Tally(request, Findings(), on_problem, missing=set(request.only))
    with opened or open_contacts(request.source.folder, request.source.contacts) as (reader, rows):
        async with aclosing(examine_rows(request, sealed, reader, rows)) as stretches:
            async for examined in stretches:
                tally.take(examined)
                await note_suppressed(examined.good, ledger, tally, request.source.contacts)
                await roster.add_rows(examined.good)
                for path in examined.files:
                    files[path]
                on_progress(tally.rows)
    _note_whole(tally, sealed)
    await note_volume(tally, sealed, ledger)
    await note_duplicates(roster, tally, request.source.contacts)
    sealed = _with_found_files(sealed, files, tally.images | _named_images(composer, files))
    if composer.prints_date:
        sealed = dataclasses.replace(sealed, date=request.date.isoformat())
    await note_sent_elsewhere(roster, tally, request.source, sealed.letter_digest)
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
        expired=tally.expired,
        next_expiry=tally.next_expiry,
        repeated=tally.repeated,
        files_refused=files.refused,
    )


def _note_whole(tally: Tally, sealed: Sealed) -> None:
    """What is wrong for all rows at once."""
    problems: list[Problem] = []
    if tally.has_contacts and not tally.names_languages:
        problems += missing_languages(sealed, tally.request.source.contacts.file)
    if not tally.request.on_loopback:
        problems += starter_letters(sealed)
    problems += sender_problems(tally.request, sealed)
    problems += too_many_files(tally.with_files, sealed)
    for problem in problems:
        tally.note_whole(problem)
    tally.note_many()
    for problem in tally.named if tally.rows > 1 else ():
        tally.note(problem)


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
