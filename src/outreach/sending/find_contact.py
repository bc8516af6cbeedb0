"""Finds one contact in the list: by its address, its id or its row, or the first there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from outreach.contacts.contact import RowReader
from outreach.contacts.reader import open_contacts
from outreach.contacts.rows import Row
from outreach.errors import ContentError, Problem, UsageError
from outreach.model import Contact
from outreach.preflight.sources import CampaignFolder

_NAMED = 3  # contacts that an error names


@dataclass(frozen=True, slots=True)
class Standing:
    """A contact and where it stands in the list."""

    contact: Contact
    row: Row
    reader: RowReader
    number: int  # among the contacts, from 1
    total: int | None = None  # contacts in the list; None where it was not read to its end

    def words(self, file: str) -> str:
        """Where it stands, for people: row 8 of contacts/members.csv, letter 7 of 300."""
        of = "" if self.total is None else f" of {self.total}"
        return f"row {self.contact.row} of {file}, letter {self.number}{of}"


def find_contact(source: CampaignFolder, wanted: str) -> Standing:
    """The contact with this address key, else with this id, else in this row; the first if nothing is `wanted`.

    UsageError where none or several have it, ContentError where the row that is meant gives no contact.
    """
    if not wanted:
        return _first(source)
    found, problems, total = _look(source, wanted)
    by_key, by_row = ([one for one in found if _has_key(one.contact, wanted) is has_key] for has_key in (True, False))
    matches = by_key or by_row
    if source.contacts.duplicates == "first" and by_key:
        matches = matches[:1]  # later rows that repeat its address or id get nothing
    if not matches and problems:
        raise ContentError(problems[0])
    if not matches:
        raise UsageError(f"{wanted}: no such address, id or row in {source.contacts.file}", "Look it up in the list.")
    if len(matches) > 1:
        count, places = len(matches), _listed(matches)
        raise UsageError(
            f"{wanted}: {count} letters in {source.contacts.file} answer to it: {places}",
            "Name one of them: outreach preview takes an address, an id or a row.",
        )
    return replace(matches[0], total=total)


def _first(source: CampaignFolder) -> Standing:
    for one in _contacts(source):
        if isinstance(one, Problem):
            raise ContentError(one)
        return one
    raise ContentError(Problem("E19", source.contacts.file, "no contacts", "Put at least one row below the header."))


def _look(source: CampaignFolder, wanted: str) -> tuple[list[Standing], list[Problem], int]:
    """The contacts that could be meant, what is wrong with rows that could, and how many contacts there are."""
    found: list[Standing] = []
    problems: list[Problem] = []
    total = 0
    for one in _contacts(source):
        if isinstance(one, Problem):
            if one.address.casefold() == wanted.casefold() or one.where == f"{source.contacts.file}:{wanted}":
                problems.append(one)
            continue
        total = one.number
        if _has_key(one.contact, wanted) or str(one.contact.row) == wanted:
            found.append(one)
    return found, problems, total


def _contacts(source: CampaignFolder) -> Iterator[Standing | Problem]:
    number = 0
    with open_contacts(source.folder, source.contacts) as (reader, rows):
        for row in rows:
            for one in (row,) if isinstance(row, Problem) else reader.read(row):
                if isinstance(one, Problem):
                    yield one
                elif isinstance(row, Row):
                    number += 1
                    yield Standing(one, row, reader, number)


def _has_key(contact: Contact, wanted: str) -> bool:
    return wanted in {contact.key, contact.fields.get("id"), *(mailbox.key for mailbox in contact.to)}


def _listed(matches: Sequence[Standing]) -> str:
    named = [f"{one.contact.to[0].address} (row {one.contact.row})" for one in matches[:_NAMED]]
    return ", ".join([*named, *(["…"] if len(matches) > _NAMED else [])])
