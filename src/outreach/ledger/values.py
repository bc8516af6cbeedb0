"""What goes in and out of the ledger, as values: campaigns, plans, attempts, log entries, decisions, suppressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from outreach.model import Delivery, Outcome, RecipientState, State

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


# --- sending ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` in any `window_seconds`."""

    limit: int
    window_seconds: float


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that letters are signed with, as far as everybody may know it."""

    name: str  # under which it is published: s1._domainkey.coalition.example
    fingerprint: str  # SHA-256 over its public part, in hex


@dataclass(frozen=True, slots=True)
class SigningKeyRecord:
    """What the ledger knows of a name under which a key is published."""

    fingerprint: str  # of the key that it first stood for
    first_used_at: float  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Who sends what through which account."""

    campaign_id: str
    owner: str  # host:pid:random
    account: str  # username@host:port of the relay; pace and quota belong to it
    quotas: tuple[Quota, ...]
    now: float
    letters: int = 0  # about how many it will send
    keys: tuple[PublicKey, ...] = ()  # that the run's letters are signed with


class TakenSlice(NamedTuple):
    """A slice and those of its deliveries that are due."""

    number: int
    epoch: int
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Reopening:
    """What opens a ledger once more, in another process on this machine, for a run that this one begins there."""

    path: str
    handles: tuple[int, ...]  # open files that it must inherit: the locks, which then last as long as either process


class Intent(NamedTuple):
    """One attempt that is about to send its body. Durable before the body leaves."""

    delivery_id: int
    slice: int
    epoch: int
    attempt: int  # delivery.attempt + 1
    at: float
    date: float  # what the Date header says
    message_id: str
    digest: str  # SHA-256 of the message's content, hex
    named: tuple[int, ...]  # indices into delivery.recipients of those that were accepted at RCPT
    units: int = 1  # what it costs of the quota: messages, or recipients


class Result(NamedTuple):
    """What became of one attempt: the delivery's and every recipient's new state."""

    delivery_id: int
    slice: int
    attempt: int  # the intent's; delivery.attempt + 1 where there was none (refused before any body)
    at: float
    state: State  # the delivery's new state; LEGAL_MOVES must allow it
    recipients: tuple[RecipientState, ...]  # all of them, in order; may be left out where there is only one
    outcome: Outcome  # the one that decided the delivery's state
    due_at: float  # when it may be tried again; kept as it was for untried
    charged: bool  # whether the attempt counts
    had_intent: bool


class Refusal(StrEnum):
    """Why the ledger refused an intent."""

    SUPPRESSED = "suppressed"  # a To is on the suppression list
    SENT_ELSEWHERE = "sent elsewhere"  # the To has this letter from another row or another campaign
    PAUSED = "paused"
    CANCELLED = "cancelled"
    TAKEN = "taken"  # the slice has another owner now, or the delivery is not in the state it was taken in
    QUOTA = "quota"  # nothing is left in some window
    TOO_EARLY = "too early"  # the time before which nothing of the campaign leaves has not come


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One delivery, or one attempt, as the log shows it."""

    campaign: str
    address: str
    name: str
    row: int
    state: str  # of the delivery; of an attempt: its outcome's kind
    attempts: int  # of an attempt: its number
    relay: str
    stage: str
    code: int | None
    enhanced: str
    reply: str
    reason: str
    message_id: str
    updated_at: float | None
    recipients: tuple[RecipientState, ...] = ()


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which deliveries the log shows; empty fields do not restrict."""

    campaign_id: str = ""
    states: tuple[State, ...] = ()
    address_glob: str = ""  # case-folded, * and ?
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What the journal tells of a delivery at one moment: what became of an attempt, or what somebody decided."""

    at: float
    what: str  # the outcome's kind, or the decision: "resolve --resend"
    attempt: int  # its number; of a decision: of the last attempt before it
    who: str  # who decided; empty for an attempt
    relay: str  # empty for a decision
    stage: str
    code: int | None
    enhanced: str
    reply: str
    reason: str
    recipients: tuple[RecipientState, ...] = ()  # empty where the record doesn't say


@dataclass(frozen=True, slots=True)
class Undecided:
    """A delivery that is unsure, with all that is known."""

    delivery_id: int
    address: str
    name: str
    row: int
    attempts: int
    at: float  # the intent's
    relay: str
    message_id: str
    reason: str
    recipients: tuple[RecipientState, ...]
    past: tuple[Past, ...]  # what came before, by time; without what made it unsure


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision moved."""

    moved: int
    addresses: tuple[str, ...]  # of the deliveries moved, the first thousand
    unmatched: tuple[str, ...]  # address keys that no delivery in the right state has


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about deliveries: `resolve`, `retry`, `mark`, `cancel`."""

    campaign_id: str
    from_states: tuple[State, ...]
    to_state: State
    address_keys: tuple[str, ...]  # empty for all in from_states
    who: str
    what: str  # "resolve --resend"
    now: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address we must not write to."""

    key: str
    address: str
    reason: str
    source: str  # who or what put it there
    at: float


@dataclass(frozen=True, slots=True)
class HashedSuppression:
    """An address we must not write to, as somebody else's list has it: only who has the address can tell."""

    salt: bytes
    digest: str  # HMAC-SHA-256 of the address key by the salt, in hex
    reason: str
    source: str  # whose list it is
    at: float


@dataclass(frozen=True, slots=True)
class HashedSource:
    """How many addresses came as digests from one source, and since when."""

    source: str
    count: int
    since: float
