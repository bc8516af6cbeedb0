"""What a rehearsal hands on, as values: what was chosen, the question, how it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from outreach.model import Mailbox, State
from outreach.sending.choosing import NOTHING, Choice, StandsFor
from outreach.sending.ending import SendReport
from outreach.sending.prepare import Prepared, RelayTerms


@dataclass(frozen=True, slots=True)
class RehearsalQuestion:
    """What a person must know before the test letters leave."""

    campaign: str
    seal: str  # TEXT-ROWS
    letters: int
    of_rows: int  # good rows in the list
    skipped: int  # bad rows left out
    stands_for: tuple[StandsFor, ...]  # the first ten
    to: tuple[Mailbox, ...]
    from_: str
    attachments: tuple[str, ...]
    terms: RelayTerms
    for_sink: bool  # the relay is the test sink, as far as is known: nobody will receive it
    quota_left: int | None


AskRehearsal = Callable[[RehearsalQuestion], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal that was checked and, unless the findings forbid it, chosen; nothing is sent."""

    prepared: Prepared
    choice: Choice = NOTHING
    question: RehearsalQuestion | None = None  # None where the findings forbid it


@dataclass(frozen=True, slots=True)
class Trouble:
    """Test letters that the relay did not take."""

    state: State
    reason: str
    letters: int


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """How a rehearsal ended."""

    send: SendReport  # of the test letters alone
    to: tuple[Mailbox, ...]
    troubles: tuple[Trouble, ...] = ()
    amended: bool = False  # the campaign was sealed with another text or other rows
