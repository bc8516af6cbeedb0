"""What goes in and out of the ledger, as values: campaigns and plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from outreach.model import State

# --- campaigns --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a campaign was sealed with."""

    path: str  # as the settings or the letter name it
    content: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that rebuilds any letter of a campaign byte for byte, given a contact and a time."""

    settings: str  # canonical JSON: what of the settings the text depends on
    files: tuple[SourceFile, ...]  # letter, [data] tables, attachments, images; sorted by path
    text_digest: str  # SHA-256 in hex over both; the seal's TEXT is its first 8 digits
    letter_digest: str = ""  # over what the letter says, whatever the campaign is called and whoever sends it


@dataclass(frozen=True, slots=True)
class EarlierText:
    """A text that a campaign was bound to before it was amended."""

    bundle: Bundle
    date: str  # the day the text prints, ISO 8601


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """A campaign as the ledger knows it."""

    id: str  # 32 hex digits, random
    name: str
    created_at: float
    text_digest: str  # what it is bound to
    rows_digest: str  # of the list at its last plan
    date: str  # the day the text prints, ISO 8601
    paused: bool = False
    folder: str = ""  # machine:/folder of its seal file; empty where that is not known
    not_before: float | None = None  # no intent is taken earlier


@dataclass(frozen=True, slots=True)
class Balance:
    """How many deliveries stand where. total = the sum over the states, always."""

    total: int
    counts: Mapping[State, int]  # every state, zeros included
    copies_refused: int = 0  # Cc and Bcc that failed or are suppressed, of deliveries whose To is accepted or open
    next_due_at: float | None = None  # when the first planned or deferred delivery is due; 0 for at once

    @classmethod
    def empty(cls) -> Balance:
        """Of a campaign that is not planned yet."""
        return cls(0, dict.fromkeys(State, 0))


# --- planning ---------------------------------------------------------------------------------------------------------


class RosterRow(NamedTuple):
    """A row as the roster takes it in."""

    row: int
    key: str
    json: str  # the contact as the ledger keeps it
    recipients: tuple[tuple[str, str, str], ...]  # role, address key and address of each, To first


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two rows that would reach the same address, or bear the same id."""

    row: int
    first_row: int
    what: str  # the address, or the id
    is_id: bool = False


@dataclass(frozen=True, slots=True)
class DroppedRows:
    """Rows that repeat an earlier one and were left out."""

    count: int
    lost: tuple[tuple[int, str], ...] = ()  # (row, address): of these, a To that stands in no earlier row


@dataclass(frozen=True, slots=True)
class Readdressed:
    """Rows whose letter has left, and whose To is somebody else by now, who gets none."""

    count: int
    row: int = 0  # the first
    address: str = ""


@dataclass(frozen=True, slots=True)
class SentElsewhere:
    """A row whose address has, or may have, this letter already: from another campaign, or under another id."""

    row: int
    address: str
    campaign: str


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that differs from what was planned, and whose letter has not left."""

    row: int
    address: str
    fields: tuple[tuple[str, str, str], ...]  # (column, planned, now), for those that differ


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """What planning the roster would change in the ledger. Counts are of deliveries."""

    total: int  # afterwards, cancelled ones included
    new: int
    returning: int  # cancelled before, planned again
    vanished: int  # to be cancelled: their letter has not left
    changed: int  # differ from the plan and have not left; planning them needs to be allowed (amend)
    suppressed: int  # in the roster and on the suppression list
    counts: Mapping[State, int]  # afterwards
    outstanding: int  # afterwards: planned, or deferred and due by the time asked about
    outstanding_cc: int  # of these
    outstanding_bcc: int
    rows_digest: str  # SHA-256 in hex over the rows in the roster, independent of their order
    changed_examples: tuple[ChangedRow, ...] = ()  # ten at the most

    @property
    def outstanding_copies(self) -> int:
        """Cc and Bcc of the outstanding letters."""
        return self.outstanding_cc + self.outstanding_bcc


@dataclass(frozen=True, slots=True)
class CheckNote:
    """What a campaign was checked as: while the key is the same, so is the value."""

    key: str  # SHA-256 in hex over all that the check depends on
    value: str  # JSON: what it found, as far as a send needs it


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What to plan the roster as."""

    name: str
    bundle: Bundle
    date: str  # the day the text prints, ISO 8601
    slice_size: int
    now: float
    who: str  # user@host, for the journal
    amend: bool = False  # changed rows that have not left take their new values; the seal's text may change
    new_id: str = ""  # 32 hex digits, for a campaign that the ledger does not know
    folder: str = ""  # machine:/folder of its seal file
    rehearsal: bool = False  # its letters all go to the same few addresses
    not_before: float | None = None  # kept with the campaign, in place of what it had
    check: CheckNote | None = None  # kept with it where the campaign is then just what the roster holds
