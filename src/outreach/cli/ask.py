"""Asks on the terminal: the number before a send, and secrets."""

from __future__ import annotations

import getpass
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from outreach.cli.start_time import timing_lines
from outreach.cli.terminal import print_fields, prompt, talk
from outreach.errors import Interrupted, UsageError
from outreach.report.summary import (
    RESERVED_MANY,
    RESERVED_ONE,
    counted,
    pace_words,
    recipients_words,
    relay_words,
)

if TYPE_CHECKING:
    from rich.console import Console

    from outreach.sending.question import Question

_Answer = TypeVar("_Answer")


_WOULD = {"send": "go now", "plan": "be planned now", "cancel": "be cancelled now"}


async def ask_number(question: Question) -> bool:
    """Show what matters and have the number typed. Without a terminal a flag must answer."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"{counted(question.letters, 'letter')} would {_WOULD[question.doing]}, and there is no terminal to ask on",
            f"Say --confirm {question.letters}, --at-most N, or --yes.",
        )
    console = talk()
    print_fields(console, describe(question))
    letters = counted(question.letters, "letter")
    through = f"from {question.from_} through {question.relay}"
    to = f"to cancel {letters}" if question.doing == "cancel" else f"to {question.doing} {letters} {through}"
    return typed(console, question.letters, to)


def typed(console: Console, number: int, to: str) -> bool:
    """Whether the number is typed when asked for, and nothing else."""

    def read() -> str:
        prompt(console, "Type ", (str(number), "bold"), f" {to}: ")
        return input()

    return interruptible(read).strip() == str(number)


def describe(question: Question) -> list[tuple[str, str]]:
    """What matters, a line each."""
    lines = [
        ("Campaign", f"{question.campaign}, {_so_far(question)}"),
        ("Moved", f"from {question.moved_from}" if question.moved_from else ""),
        ("Careful", _second_copies(question.letters) if question.may_be_second else ""),
        ("Seal", question.seal),
        ("Letters", f"{recipients_words(question.letters, question.cc, question.bcc)}{_part_of(question)}"),
        ("Subject", question.subject if question.one_subject else f"{question.subject} (an example; it varies)"),
        ("Attachments", ", ".join(question.attachments)),
        ("Changed", question.amended),
    ]
    lines += [
        (label, f"{count} {one if count == 1 else many}" if count else "")
        for label, count, one, many in (
            ("Cancelled", question.cancelled, "row vanished before its letter left", "rows vanished before they left"),
            ("Suppressed", question.suppressed, "is on the suppression list", "are on the suppression list"),
            ("Left out", question.skipped, "bad row", "bad rows"),
            ("Expired", question.expired, "row's basis has expired", "rows' bases have expired"),
            ("Repeated", question.repeated, "row repeats an earlier one", "rows repeat an earlier one"),
            ("Samples", question.reserved, RESERVED_ONE, RESERVED_MANY),
        )
    ]
    lines += [
        ("Relay", relay_words(question.relay, on_loopback=question.relay_on_loopback, is_sink=question.for_sink)),
        ("Pace", pace_words(question.rate, question.quotas, question.quota_left)),
        *timing_lines(question.timing),
    ]
    return [(label, value) for label, value in lines if value]


def _so_far(question: Question) -> str:
    if question.first_send:
        return "its first send"
    return f"{question.accepted} of {question.of_total} accepted so far"


def _part_of(question: Question) -> str:
    return f"; {question.of_total} letters in the campaign" if question.of_total != question.letters else ""


def _second_copies(letters: int) -> str:
    return (
        f"the ledger is not here: {letters} may get a second copy, and its suppression list is not heeded"
        if letters > 1
        else "it may be a second copy, and the suppression list of the lost ledger is not heeded"
    )


def ask_secret(prompt: str) -> str:
    """A secret, typed without being shown."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"{prompt}: there is no terminal to ask on", 'Keep it elsewhere, as { env = "SMTP_PASSWORD" }.'
        )
    return interruptible(lambda: getpass.getpass(f"{prompt}: ", stream=sys.stderr))


def interruptible(read: Callable[[], _Answer]) -> _Answer:
    """Read from the terminal such that Ctrl-C ends the reading, and nothing else: the event loop is not told of it."""
    before, wakeup = signal.signal(signal.SIGINT, signal.default_int_handler), signal.set_wakeup_fd(-1)
    try:
        return read()
    except (KeyboardInterrupt, EOFError):
        raise Interrupted("Not answered: nothing was sent.", "Run the command again when you are ready.") from None
    finally:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGINT, before)
