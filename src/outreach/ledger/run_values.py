"""What goes in and out of the ledger while a run sends, as values: slices, intents, results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from outreach.model import Delivery, Outcome, RecipientState, State


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
