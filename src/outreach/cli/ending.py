"""How a send ended, for people and as JSON; the last line says what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outreach.cli.findings import print_findings
from outreach.cli.terminal import ARROW, clock_time, say
from outreach.model import State
from outreach.report.delivery_log import iso_time
from outreach.report.summary import SWALLOWED, all_of, balance_json, balance_words, counted

if TYPE_CHECKING:
    from rich.console import Console

    from outreach.sending.ending import SendReport


def print_ending(console: Console, report: SendReport) -> None:
    """Findings or reason, balance, next step."""
    if report.findings_forbid:
        print_findings(console, report.prepared.checked.findings)
    if report.nothing_to_send:
        say(console, f"Nothing to send: {all_of(report.balance.counts, report.balance.total)}.")
    if report.stop is not None:
        say(console, (report.stop.what, "bold red"))
        say(console, report.stop.remedy, before=ARROW)
    if report.record is not None and not report.nothing_to_send:
        say(console, balance_words(report.balance), before=(f"{report.campaign}: ", "bold"))
    if report.swallowed:
        say(console, (SWALLOWED, "yellow"))
    if report.skipped:
        words = "1 row was" if report.skipped == 1 else f"{report.skipped} rows were"
        say(console, f"{words} left out for errors: outreach check --bad-rows FILE writes them.")
    if not report.findings_forbid and (report.record is not None or report.stop is None):
        say(console, next_step(report))


def next_step(report: SendReport) -> str:
    """The last line of a send."""
    counts = report.balance.counts
    if counts[State.UNSURE]:
        return f"{_letters(counts[State.UNSURE])} unsure: the relay's answer was lost. Run outreach resolve."
    if counts[State.DEFERRED] and not counts[State.PLANNED]:
        due = report.balance.next_due_at
        until = f", the first until {clock_time(due)}" if due is not None else ""
        verb = "waits" if counts[State.DEFERRED] == 1 else "wait"
        return (
            f"{_letters(counts[State.DEFERRED])} {verb}{until}. "
            "Run outreach send then, or keep outreach send --wait 24h open."
        )
    if counts[State.PLANNED]:
        resume_at = report.stop.resume_at if report.stop is not None else None
        when = f"at {clock_time(resume_at)} or later" if resume_at is not None else "to go on"
        return f"{_letters(counts[State.PLANNED])} still to go. Run outreach send {when}."
    if counts[State.FAILED]:
        return "Run outreach log --state failed to see who was not reached and why."
    if report.balance.copies_refused:
        return f"{counted(report.balance.copies_refused, 'copy was', 'copies were')} refused: outreach log tells which."
    return "Run outreach log to see every letter."


def _letters(count: int) -> str:
    return counted(count, "letter")


def ending_json(report: SendReport) -> dict[str, Any]:
    """The object of the contract."""
    record = report.record
    seal = record.text_digest[:8] if record is not None else report.prepared.text_seal
    return {
        **balance_json(report.campaign, record.id if record else None, seal, report.balance),
        "skipped": report.skipped,
        "swallowed": report.swallowed,
        "ended": report.ended.value,
        **_why(report),
        "next_attempt_at": iso_time(_next_attempt_at(report)),
        "seconds": round(report.seconds, 2),
    }


def _why(report: SendReport) -> dict[str, Any]:
    """What stopped it before its end, and what to do about that; the findings where it was these."""
    from outreach.sending.stop import Ended

    why: dict[str, Any] = {}
    if report.stop is not None and report.ended is Ended.STOPPED:
        why = {"error": report.stop.what, "remedy": report.stop.remedy}
    if report.findings_forbid:
        why["finding_counts"] = dict(report.prepared.checked.findings.counts)
    return why


def _next_attempt_at(report: SendReport) -> float | None:
    """When the next letter may leave; None where none waits, or one may leave at once."""
    if report.stop is not None and report.stop.resume_at is not None:
        return report.stop.resume_at
    return report.balance.next_due_at or None
