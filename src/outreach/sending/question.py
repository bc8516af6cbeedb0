"""The question before a send: all that matters, and how a flag may answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from outreach.errors import Interrupted, UnsafeError
from outreach.ledger.run_values import Quota
from outreach.sending.options import SendRequest
from outreach.sending.timing import Timing


class Doing(StrEnum):
    """What is asked about."""

    SEND = "send"
    PLAN = "plan"  # seal, and send nothing yet
    CANCEL = "cancel"  # rows vanished, and nothing is to be sent


@dataclass(frozen=True, slots=True)
class Question:
    """What a person must know before the letters leave."""

    campaign: str
    first_send: bool
    may_be_second: bool  # the ledger is lost: everyone may have the letter already
    for_sink: bool  # nobody will receive it
    seal: str  # TEXT-ROWS
    letters: int  # that would go now
    of_total: int  # deliveries of the campaign
    accepted: int  # of these, so far
    cc: int  # of the letters that would go
    bcc: int
    subject: str  # of the first letter
    one_subject: bool  # whether all letters have this one
    attachments: tuple[str, ...]
    cancelled: int  # rows that vanished before their letter left
    suppressed: int
    skipped: int  # bad rows left out
    expired: int  # rows left out because the basis on which they are written to is over
    repeated: int  # rows left out because they repeat an earlier one
    amended: str  # what has changed since it was sealed, in words; empty for nothing
    reserved: int  # letters to addresses that are reserved for examples
    moved_from: str  # the folder that the campaign was in; empty if it is this one
    from_: str
    relay: str  # host:port
    relay_on_loopback: bool
    rate: float | None
    quotas: tuple[Quota, ...]
    quota_left: int | None
    timing: Timing
    doing: Doing


Ask = Callable[[Question], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Asking:
    """The words for what is asked about."""

    letter: str
    command: str

    def letters(self, count: int) -> str:
        """So many of them."""
        return f"{count} {self.letter}{'' if count == 1 else 's'}"


SEND = Asking("letter", "outreach send")
REHEARSAL = Asking("test letter", "outreach send --redirect ADDRESS")


async def confirm(question: Question, request: SendRequest, ask: Ask) -> None:
    """Return when the answer is yes. UnsafeError or Interrupted when it is not; `ask` may have a UsageError."""
    if answered(question.letters, request, may_be_second=question.may_be_second):
        return
    if not await ask(question):
        raise not_confirmed()


def answered(letters: int, request: SendRequest, asking: Asking = SEND, *, may_be_second: bool = False) -> bool:
    """Whether a flag says yes; False where a person must be asked. UnsafeError where it says no."""
    if request.confirm is not None and request.confirm != letters:
        raise UnsafeError(
            f"--confirm {request.confirm}: {asking.letters(letters)} would go now.",
            f"Look at {asking.command} --dry-run; if that is right, say --confirm {letters}.",
        )
    if request.at_most is not None and letters > request.at_most:
        raise UnsafeError(
            f"--at-most {request.at_most}: {asking.letters(letters)} would go now.",
            f"Look at {asking.command} --dry-run, or say --limit to send only some of them.",
        )
    if may_be_second:
        if request.confirm is None and (request.yes or request.at_most is not None):
            raise UnsafeError(
                f"--new-ledger: {letters} {'person' if letters == 1 else 'people'} may get the letter a second time.",
                f"If that must be, say --confirm {letters}, or type the number on a terminal.",
            )
        return request.confirm is not None
    return request.yes or request.confirm is not None or request.at_most is not None


def not_confirmed(asking: Asking = SEND) -> Interrupted:
    """The error where the answer is not the number."""
    return Interrupted("Not confirmed: nothing was sent.", f"Run {asking.command} again when you are ready.")
