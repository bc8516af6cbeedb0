"""Asks on the terminal: the number before a send, and secrets."""

from __future__ import annotations

import getpass
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from outreach.cli.terminal import clock_time, printable, talk
from outreach.errors import Interrupted, UsageError
from outreach.report.summary import counted, pace_words

if TYPE_CHECKING:
    from outreach.sending.question import Question

_Answer = TypeVar("_Answer")


async def ask_number(question: Question) -> bool:
    """Show what matters and have the number typed. Without a terminal a flag must answer."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"{question.letters} letters would go now, and there is no terminal to ask on",
            f"Say --confirm {question.letters}, --at-most N, or --yes.",
        )
    console = talk()
    for label, value in describe(question):
        console.print(f"  [bold]{label:<12}[/] {value}", markup=True, soft_wrap=True)
    doing = "plan" if question.plan_only else "send"
    console.print(
        f"Type [bold]{question.letters}[/] to {doing} {counted(question.letters, 'letter')} "
        f"from {printable(question.from_)} through {question.relay}: ",
        end="",
        soft_wrap=True,
    )
    return interruptible(input).strip() == str(question.letters)


def describe(question: Question) -> list[tuple[str, str]]:
    """What matters, a line each."""
    from rich.markup import escape

    lines = [
        ("Campaign", f"{question.campaign}{', its first send' if question.first_send else ''}"),
        ("Seal", question.seal),
        ("Letters", f"{question.letters} To, {question.copies} Cc and Bcc; {question.of_total} in the campaign"),
        ("Subject", question.subject if question.one_subject else f"{question.subject} (the first; it varies)"),
        ("Relay", f"{question.relay}, {pace_words(question.rate, question.quotas, question.quota_left)}"),
    ]
    if question.attachments:
        lines.append(("Attachments", ", ".join(question.attachments)))
    lines += [
        (label, f"{count} {what}")
        for label, count, what in (
            ("Cancelled", question.cancelled, "rows vanished before their letter left"),
            ("Suppressed", question.suppressed, "are on the suppression list"),
            ("Left out", question.skipped, "bad rows"),
        )
        if count
    ]
    if question.ends_at is not None:
        lines.append(("Ends", f"about {clock_time(question.ends_at)}"))
    return [(label, escape(printable(value))) for label, value in lines]


def ask_secret(prompt: str) -> str:
    """A secret, typed without being shown."""
    if not sys.stdin.isatty():
        raise UsageError(f"{prompt}: there is no terminal to ask on", "Keep it in an environment variable or a file.")
    return interruptible(lambda: getpass.getpass(f"{prompt}: ", stream=sys.stderr))


def interruptible(read: Callable[[], _Answer]) -> _Answer:
    """Read from the terminal such that Ctrl-C ends the reading; the event loop would only note it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return read()
    except (KeyboardInterrupt, EOFError):
        raise Interrupted("Not answered: nothing was sent.", "Run the command again when you are ready.") from None
    finally:
        signal.signal(signal.SIGINT, before)
