"""What the ledger tells of deliveries, what a person decides about them, and whom not to write to, as values."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.model import RecipientState, State


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
