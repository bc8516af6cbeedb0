"""The words of the project as plain values: contact, letter, message, delivery, reply, outcome, and the legal moves.

What is made for every letter on its way is a named tuple, which costs 0.2 µs to make; a frozen dataclass 0.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Literal, NamedTuple

# --- who receives -----------------------------------------------------------------------------------------------------


class Role(StrEnum):
    """How an envelope recipient is named in the message."""

    TO = "to"  # the letter is addressed to them
    CC = "cc"  # gets a copy that the others see
    BCC = "bcc"  # gets a copy that the others do not see


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address (RFC 5322, 3.4), checked and normalised."""

    name: str  # the display name; empty where there is none
    address: str  # as written, normalised: Unicode domain, NFC
    wire: str  # the same with the domain as A-labels (RFC 5890); only its local part may be non-ASCII

    @property
    def key(self) -> str:
        """What addresses are compared by: case-folded, the domain as A-labels."""
        return self.wire.casefold()

    @property
    def domain(self) -> str:
        """The domain as A-labels, in lower case."""
        return self.wire.rpartition("@")[2].lower()

    @property
    def needs_smtputf8(self) -> bool:
        """Whether the local part can only travel with SMTPUTF8 (RFC 6531)."""
        return not self.wire.isascii()


@dataclass(frozen=True, slots=True)
class Contact:
    """One person or office to write to."""

    key: str  # stays the same when the row moves: the `id` column, else the address' key; unique in a campaign
    row: int  # the line (CSV, JSON Lines) or row (XLSX) in the contact file, from 1
    to: tuple[Mailbox, ...]  # one; several only where one cell holds several addresses "together"
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    lang: str = ""  # language tag, empty for the campaign's default
    attachments: tuple[str, ...] = ()  # paths as written in the row
    fields: Mapping[str, str] = field(default_factory=dict)  # every column under its normalised name, `email` included

    @property
    def envelope(self) -> tuple[EnvelopeRecipient, ...]:
        """The envelope recipients in the order of their positions: To, Cc, Bcc."""
        envelope = [EnvelopeRecipient(Role.TO, mailbox) for mailbox in self.to]
        if self.cc:
            envelope += [EnvelopeRecipient(Role.CC, mailbox) for mailbox in self.cc]
        if self.bcc:
            envelope += [EnvelopeRecipient(Role.BCC, mailbox) for mailbox in self.bcc]
        return tuple(envelope)


# --- what is said -----------------------------------------------------------------------------------------------------


class Stretches:
    """A text in stretches that many letters share, the first and the last of it, and the values between them."""

    __slots__ = ("fixed", "joined_values", "values")

    def __init__(self, fixed: tuple[str, ...], values: Sequence[str]) -> None:
        """`fixed` is the same object in every letter that shares it, and has one more than `values`."""
        self.fixed = fixed
        self.values = values
        self.joined_values = "".join(values)

    def __str__(self) -> str:
        pieces = [""] * (2 * len(self.fixed) - 1)
        pieces[::2], pieces[1::2] = self.fixed, self.values
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Letter:
    """The template rendered for one contact. Line ends are LF; nothing is encoded."""

    subject: str  # one line
    text: str
    html: str | None  # None for a letter of text only
    lang: str
    attachments: tuple[str, ...] = ()  # paths from the letter's front matter and the contact's row
    images: tuple[str, ...] = ()  # paths of images the HTML names as cid:<path>, to become inline parts


@dataclass(slots=True)  # not frozen: made for each letter, in a third of the time
class LetterInStretches:
    """A letter whose text and HTML are not put together yet, since a message can be made of them as they are."""

    subject: str
    text: Stretches
    html: Stretches | None
    lang: str
    attachments: tuple[str, ...] = ()
    images: tuple[str, ...] = ()

    @property
    def letter(self) -> Letter:
        """The same, put together."""
        html = None if self.html is None else str(self.html)
        return Letter(self.subject, str(self.text), html, self.lang, self.attachments, self.images)


class EnvelopeRecipient(NamedTuple):
    """One RCPT of a message: a To, a Cc or a Bcc."""

    role: Role
    mailbox: Mailbox


@dataclass(frozen=True, slots=True)
class Message:
    """A letter as MIME bytes, with its envelope."""

    content: bytes  # headers and body, lines end in CRLF, not dot-stuffed, ends with CRLF
    message_id: str  # with angle brackets
    envelope_from: str  # the return path, domain as A-labels, no brackets
    recipients: tuple[EnvelopeRecipient, ...]  # all of them, To first
    needs_smtputf8: bool = False  # a header or an address holds raw UTF-8 (RFC 6531)
    stuffed: bytes | None = None  # the content as it travels, where smtp.commands has checked and stuffed it already
    has_plain_lines: bool = field(default=False, compare=False)  # all surely end with CRLF, and none begins with a dot


# --- what nobody else may know ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is kept; never the secret itself."""

    kind: Literal["env", "file", "command", "ask", "keyring"]
    value: str | tuple[str, ...] = ""  # name, path, argument list, service/user


# --- what happens to a delivery ---------------------------------------------------------------------------------------


class State(StrEnum):
    """Where a delivery, or one of its envelope recipients, stands."""

    PLANNED = "planned"  # to be sent
    SENDING = "sending"  # the intent is durable, no result yet
    ACCEPTED = "accepted"  # the relay took responsibility
    DEFERRED = "deferred"  # refused for now, tried again when due
    FAILED = "failed"  # refused for good, or given up
    UNSURE = "unsure"  # the final dot was sent and no reply came
    SUPPRESSED = "suppressed"  # must not be written to
    CANCELLED = "cancelled"  # the row vanished or a person cancelled
    BOUNCED = "bounced"  # accepted, then returned
    COMPLAINED = "complained"  # accepted, then reported as unwanted


OPEN_STATES = (State.PLANNED, State.DEFERRED)  # a letter is still to be sent


# Every move the ledger allows; it refuses all others. `sending` to the state before it is the undoing of an
# intent whose final dot was surely never written. `planned` to `accepted` does not exist: no body without intent.
LEGAL_MOVES: Mapping[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.SENDING, State.DEFERRED, State.FAILED, State.SUPPRESSED, State.CANCELLED}),
    State.SENDING: frozenset(
        {State.PLANNED, State.DEFERRED, State.ACCEPTED, State.FAILED, State.UNSURE},
    ),
    State.DEFERRED: frozenset(
        # To accepted: only a copy was deferred, and that copy failed, was given up or suppressed.
        {State.SENDING, State.FAILED, State.ACCEPTED, State.SUPPRESSED, State.CANCELLED, State.DEFERRED},
    ),
    State.FAILED: frozenset({State.PLANNED}),
    State.UNSURE: frozenset({State.PLANNED, State.ACCEPTED, State.FAILED, State.DEFERRED, State.BOUNCED}),
    State.SUPPRESSED: frozenset({State.PLANNED}),
    State.CANCELLED: frozenset({State.PLANNED}),
    State.ACCEPTED: frozenset({State.BOUNCED, State.COMPLAINED}),
    State.BOUNCED: frozenset(),
    State.COMPLAINED: frozenset(),
}


class RecipientState(NamedTuple):
    """What became of one envelope recipient of a delivery."""

    role: Role
    mailbox: Mailbox
    state: State = State.PLANNED
    reply: Reply | None = None  # the last reply about this recipient


class Delivery(NamedTuple):
    """One contact's place in one campaign, as the ledger holds it."""

    id: int
    slice: int
    epoch: int  # of the slice, when it was taken
    contact: Contact
    state: State
    recipients: tuple[RecipientState, ...]
    attempts: int = 0  # those charged
    attempt: int = 0  # the number of the last one, charged or not; results are keyed by it
    first_attempt_at: float | None = None  # seconds since the epoch
    date: float | None = None  # what the Date header says, from the first attempt on
    due_at: float = 0.0  # not before; seconds since the epoch
    earlier_text: int | None = None  # the number of the text its letter left with; None for the campaign's present one

    @property
    def outstanding(self) -> tuple[RecipientState, ...]:
        """The recipients that the next attempt names."""
        return tuple(r for r in self.recipients if r.state in OPEN_STATES)


# --- what the relay says ----------------------------------------------------------------------------------------------


class Stage(StrEnum):
    """What was answered or tried."""

    CONNECT = "connect"
    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"
    RSET = "rset"
    QUIT = "quit"


class Reply(NamedTuple):
    """What the relay said (RFC 5321, 4.2; enhanced code: RFC 3463)."""

    stage: Stage
    code: int
    enhanced: str  # "5.1.1"; empty where the relay gave none
    text: str  # lines joined by a blank, control characters escaped, the enhanced code taken off

    @property
    def accepted(self) -> bool:
        """Whether the code is 2xx (or 354 to DATA)."""
        return 200 <= self.code < 300 or (self.stage is Stage.DATA and self.code == 354)


@dataclass(frozen=True, slots=True)
class Lost:
    """No reply came, or none that can be trusted: the connection is gone."""

    stage: Stage  # what was under way
    reason: str  # in words: "connection reset", "no reply within 600 s", "malformed reply: …"
    dot_written: bool = False  # whether the final dot may have reached the relay


Answer = Reply | Lost


@dataclass(frozen=True)
class EnvelopeAnswers:
    """The answers to MAIL, each RCPT and DATA; None for what was not asked.

    Without slots, for it keeps what is found out about it: letters that are answered alike share one.
    """

    mail: Answer
    rcpts: tuple[Answer | None, ...]  # in the order of the named recipients
    data: Answer | None  # accepted only with 354: the body may follow

    @cached_property
    def ready(self) -> bool:
        """Whether the relay waits for the body."""
        return isinstance(self.data, Reply) and self.data.accepted

    @cached_property
    def all_taken(self) -> bool:
        """The same, and no recipient was refused."""
        return self.ready and all(isinstance(answer, Reply) and answer.accepted for answer in self.rcpts)


class Exchange(NamedTuple):
    """What one exchange with the relay brought: the end of one message, the beginning of the next, or both."""

    final: Answer | None = None  # to the final dot
    envelope: EnvelopeAnswers | None = None


# --- what we make of it -----------------------------------------------------------------------------------------------


class Kind(StrEnum):
    """What an attempt ended in."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNSURE = "unsure"
    UNTRIED = "untried"  # the letter was not the cause and is not charged


class Concern(StrEnum):
    """Whom a reply is about, and so what must stop or change because of it."""

    RECIPIENT = "recipient"  # this recipient only
    MESSAGE = "message"  # this message, whoever receives it
    CONNECTION = "connection"  # this connection; it is closed
    ACCOUNT = "account"  # our account at the relay: slow down, or stop until its quota returns
    RUN = "run"  # nothing can be sent as things are: stop


class Limit(StrEnum):
    """What there is too much of for the relay, and so what must become less."""

    CONNECTIONS = "connections"  # open at once
    LETTERS = "letters"  # on one connection
    PACE = "pace"  # letters in a while


class Outcome(NamedTuple):
    """What we make of an answer, for one envelope recipient or a whole message."""

    kind: Kind
    concern: Concern
    reason: str  # in words a user can read: "mailbox full"
    answer: Answer | None = None
    wait_seconds: float | None = None  # the relay's own hint when to come again
    limit: Limit | None = None  # what the relay wants less of; None: nothing that a smaller number would help
