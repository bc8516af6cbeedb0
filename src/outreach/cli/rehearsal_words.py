"""A rehearsal in words: its question, its dry run, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from outreach.cli.findings import print_findings
from outreach.cli.terminal import ARROW, data, print_fields, say
from outreach.model import State
from outreach.report.summary import SWALLOWED, counted, pace_words, relay_words
from outreach.sending.stop import Ended

if TYPE_CHECKING:
    from rich.console import Console

    from outreach.model import Mailbox
    from outreach.sending.rehearsal_values import Rehearsal, RehearsalQuestion, RehearsalReport

_ANEW = "Every rehearsal starts anew: run it again when you are ready."


def print_look(looked: Rehearsal) -> None:
    """What a rehearsal would send, or the findings that forbid it."""
    console = data()
    print_findings(console, looked.prepared.checked.findings)
    question = looked.question
    if question is None:
        errors = counted(looked.prepared.checked.findings.errors, "error")
        say(console, (errors, "bold red"), ": a rehearsal would stop here.")
        return
    letters = letters_words(question.letters)
    say(console, f"Would send {letters} to {listed(question.to)} through {question.terms.shown}.")
    print_fields(console, describe_rehearsal(question))
    say(console, "Nothing was sent: this was a dry run. To rehearse, leave --dry-run out.")


def describe_rehearsal(question: RehearsalQuestion) -> list[tuple[str, str]]:
    """What matters, a line each."""
    terms = question.terms
    lines = [
        ("Rehearsal", "nobody but the addresses named here gets a letter"),
        ("Campaign", question.campaign),
        ("Seal", question.seal),
        ("Letters", f"{question.letters} of {counted(question.of_rows, 'row')}, each to {listed(question.to)}"),
    ]
    for stand_in in question.stands_for:
        copies = f", with {counted(stand_in.copies, 'copy', 'copies')}" if stand_in.copies else ""
        lines.append(("Stands for", f"row {stand_in.row}, {', '.join(stand_in.addresses)}{copies}"))
    if question.letters > len(question.stands_for):
        lines.append(("", f"and {question.letters - len(question.stands_for)} more"))
    if question.skipped:
        lines.append(("Left out", counted(question.skipped, "bad row")))
    if question.attachments:
        lines.append(("Attachments", ", ".join(question.attachments)))
    lines += [
        ("Relay", relay_words(terms.shown, on_loopback=terms.on_loopback, is_sink=question.for_sink)),
        ("Pace", pace_words(terms.rate, terms.quotas, question.quota_left)),
    ]
    return lines


def print_rehearsal(console: Console, report: RehearsalReport, again: str) -> None:
    """Findings or reason, what was accepted, next step. `again` is the command that sends what was rehearsed."""
    send = report.send
    if send.findings_forbid:
        print_findings(console, send.prepared.checked.findings)
    if send.stop is not None:
        interrupted = send.ended is Ended.INTERRUPTED  # in a real send the rest is kept
        what = "Interrupted: the rest was not sent." if interrupted else send.stop.what
        say(console, (what, "bold red"))
        # A command in the remedy would speak of the campaign's ledger.
        remedy = send.stop.remedy if send.findings_forbid or "outreach" not in send.stop.remedy else _ANEW
        say(console, remedy, before=ARROW)
    if send.findings_forbid:
        return
    for trouble in report.troubles:
        say(console, trouble.reason, before=(f"{trouble.letters} {trouble.state.value}: ", "yellow"))
    if send.swallowed:
        say(console, (SWALLOWED, "yellow"))
    accepted, total = send.balance.counts[State.ACCEPTED], send.balance.total
    count = letters_words(accepted) if accepted == total else f"{accepted} of {letters_words(total)}"
    say(console, f"Rehearsal: {count} accepted for {listed(report.to)}; nobody else was written to.")
    if accepted == total:
        say(console, f"To send exactly this: {again} --seal {send.seal}")
    elif send.stop is None:
        say(console, _ANEW)


def listed(mailboxes: Sequence[Mailbox]) -> str:
    """The addresses, in one line."""
    return ", ".join(mailbox.address for mailbox in mailboxes)


def letters_words(count: int) -> str:
    """1 test letter, 5 test letters."""
    return counted(count, "test letter")
