"""A contact from a row: its addresses, its copies, its key, or the one thing that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from outreach.contacts.address import AddressError, ControlCharacterError, check_name, parse_mailboxes
from outreach.contacts.basis import EXPIRES_AT, OBTAINED_AT, read_moment
from outreach.contacts.characters import show, trim
from outreach.contacts.options import ContactsOptions
from outreach.contacts.rows import Row
from outreach.errors import ContentError, Problem
from outreach.model import Contact, Mailbox

_HINT_ADDRESS = "Write it as name@domain or Name <name@domain>, or take the row out."
_HINT_CONTROL = "Type the cell anew, on one line: in a header this could begin another one."


@dataclass(frozen=True, slots=True)
class RowReader:
    """Makes contacts of rows, as the settings say."""

    options: ContactsOptions
    renamed: Mapping[str, str]  # our name: the list's column, where they differ

    def read(self, row: Row) -> Sequence[Contact | Problem]:
        """The contact; several where a cell holds addresses to be written to separately; or the row's problem."""
        try:
            return self._contacts(row)
        except ContentError as error:
            return (error.problem,)

    def _contacts(self, row: Row) -> Sequence[Contact]:
        fields = self._fields(row)
        to = self._to(row, fields)
        # The To that a later problem of the row is told with.
        known = to[0].address
        cc = self._mailboxes(row, fields, "cc", known) if fields.get("cc") else ()
        bcc = self._mailboxes(row, fields, "bcc", known) if fields.get("bcc") else ()
        if len(to) + len(cc) + len(bcc) > 1:
            self._refuse_repeats(row, (*to, *cc, *bcc))
        separately = len(to) > 1 and self.options.several_addresses == "separately"
        for name in (OBTAINED_AT, EXPIRES_AT):
            if fields.get(name):
                self._check_moment(row, fields[name], name, known)
        given_id = fields.get("id", "")
        return [
            Contact(
                key=_key(given_id, group[0], separately=separately),
                row=row.number,
                to=group,
                cc=cc,
                bcc=bcc,
                lang=fields.get("lang", ""),
                attachments=_paths(fields.get("attachments", "")),
                fields={**fields, "email": ", ".join(mailbox.address for mailbox in group)},
            )
            for group in ([(mailbox,) for mailbox in to] if separately else [to])
        ]

    def _fields(self, row: Row) -> Mapping[str, str]:
        """Every column under its own name and, where the settings say so, under ours."""
        if not self.renamed:
            return row.cells
        ours = {ours: row.cells[theirs] for ours, theirs in self.renamed.items() if theirs in row.cells}
        return {**row.cells, **ours}

    def _to(self, row: Row, fields: Mapping[str, str]) -> tuple[Mailbox, ...]:
        mailboxes = self._mailboxes(row, fields, "email", "")
        if not mailboxes:
            several = f"have no address in {self._column('email')}"
            self._refuse(row, "E10", f"no address in {self._column('email')}", _HINT_ADDRESS, several=several)
        if len(mailboxes) > 1 and self.options.several_addresses == "error":
            self._refuse(
                row,
                "E23",
                f"{len(mailboxes)} addresses in {self._column('email')}",
                'Leave one, or set several_addresses = "together" or "separately" under [contacts].',
                mailboxes[0].address,
                several=f"hold several addresses in {self._column('email')}",
            )
        try:
            name = check_name(fields.get("name", ""))
        except AddressError as error:
            message, several = f"{self._column('name')}: {error}", f"hold a control character in {self._column('name')}"
            self._refuse(row, "E08", message, _HINT_CONTROL, mailboxes[0].address, several=several)
        if not name:
            return mailboxes
        return tuple(m if m.name else Mailbox(name, m.address, m.wire) for m in mailboxes)

    def _mailboxes(self, row: Row, fields: Mapping[str, str], name: str, known: str) -> tuple[Mailbox, ...]:
        text = fields.get(name, "")
        try:
            return parse_mailboxes(text)
        except AddressError as error:
            # A line break separates addresses. Where something else follows it, it may be meant to end a header.
            control = isinstance(error, ControlCharacterError) or "\n" in text
            code, hint = ("E08", _HINT_CONTROL) if control else ("E10", _HINT_ADDRESS)
            what = "hold a line break or a control character" if control else "hold no address that can exist"
            several = f"{what} in {self._column(name)}"
            self._refuse(row, code, f"{self._column(name)}: {error}", hint, known, several=several)

    def _check_moment(self, row: Row, text: str, name: str, known: str) -> None:
        """A date that nobody can read might be one that is over."""
        try:
            read_moment(text)
        except ValueError:
            message, several = f"{show(text)} is not a date", f"hold no date in {self._column(name)}"
            hint = "Write year-month-day, 2023-10-16, or a time with its offset."
            self._refuse(row, "E31", f"{self._column(name)}: {message}", hint, known, several=several)

    def _refuse_repeats(self, row: Row, mailboxes: Iterable[Mailbox]) -> None:
        """An address that stands twice in a row would get the same letter twice."""
        seen: set[str] = set()
        for mailbox in mailboxes:
            if mailbox.key in seen:
                message = f"{mailbox.address} stands in this row twice"
                hint = "Leave it in one of email, cc and bcc."
                self._refuse(row, "E12", message, hint, mailbox.address, several="name an address twice")
            seen.add(mailbox.key)

    def _column(self, name: str) -> str:
        """One of our columns, as the list calls it."""
        return f'column "{self.renamed.get(name, name)}"'

    def _refuse(self, row: Row, code: str, message: str, hint: str, address: str = "", *, several: str) -> NoReturn:
        where = f"{self.options.file}:{row.number}"
        raise ContentError(Problem(code, where, message, hint, address, several=several))


def _key(given_id: str, mailbox: Mailbox, *, separately: bool) -> str:
    """What the contact stays the same by, when its row moves."""
    if not given_id:
        return mailbox.key
    return f"{given_id}/{mailbox.key}" if separately else given_id


def _paths(text: str) -> tuple[str, ...]:
    return tuple(path for part in text.split(";") if (path := trim(part))) if text else ()
