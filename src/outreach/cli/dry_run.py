"""What a dry run says: what would be sent, to whom, at what pace, until when, under which seal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outreach.cli.ask import describe
from outreach.cli.findings import finding_json, print_findings
from outreach.cli.terminal import ARROW, data, print_fields, say
from outreach.report.summary import all_of, counted

if TYPE_CHECKING:
    from rich.console import Console

    from outreach.config import Settings
    from outreach.errors import Problem
    from outreach.sending.options import SendRequest
    from outreach.sending.prepare import Prepared
    from outreach.sending.question import Question


def print_dry_run(prepared: Prepared, question: Question, request: SendRequest, again: str) -> None:
    """For people. `again` is the command that sends what is shown."""
    console = data()
    print_findings(console, prepared.checked.findings)
    if prepared.forbidden(request):
        _print_forbidden(console, prepared, request)
        return
    if not prepared.going and prepared.record is not None and prepared.changes.vanished:
        vanished = counted(prepared.changes.vanished, "letter")
        say(console, f"A real send would ask whether to cancel {vanished} whose rows are not in the list any more.")
    if not prepared.going:
        say(console, f"Nothing to send: {all_of(prepared.changes.counts, prepared.changes.total)}.")
        return
    letters = (counted(prepared.going, "letter"), "bold")
    copies = counted(prepared.going_cc + prepared.going_bcc, "copy", "copies")
    say(console, "Would send ", letters, f" and {copies} from {question.from_} through {question.relay}.")
    print_fields(console, describe(question))
    say(console, f"Nothing was sent: this was a dry run. To send: {again}")


def _print_forbidden(console: Console, prepared: Prepared, request: SendRequest) -> None:
    """What would stop a real send."""
    findings = prepared.checked.findings
    if prepared.has_errors(request):
        say(console, (counted(findings.errors, "error"), "bold red"), ": a real send would stop here.")
        return
    say(console, (counted(findings.warnings, "warning"), "bold yellow"), ": a real send would stop here.")
    say(console, f"Where it is meant, say --accept {','.join(prepared.unaccepted(request))}.", before=ARROW)


def dry_run_json(
    prepared: Prepared | None, settings: Settings, request: SendRequest, *, problem: Problem | None = None
) -> dict[str, Any]:
    """The object of the contract; for a campaign that could not be read, with the one problem."""
    from outreach.report.delivery_log import iso_time
    from outreach.report.summary import counts_json

    if prepared is None:
        problems = [problem] if problem else []
        return {
            "campaign": settings.require_campaign().name,
            "seal": None,
            "total": 0,
            "would_send": 0,
            "copies": 0,
            "counts": counts_json({}),
            "findings": [finding_json(one) for one in problems],
            "finding_counts": {one.code: 1 for one in problems},
            "ends_at": None,
        }
    forbidden = prepared.forbidden(request)
    return {
        "campaign": settings.require_campaign().name,
        "seal": prepared.seal,
        "total": prepared.changes.total,
        "would_send": 0 if forbidden else prepared.going,
        "copies": 0 if forbidden else prepared.going_cc + prepared.going_bcc,
        "counts": counts_json(prepared.changes.counts),
        "findings": [finding_json(one) for one in prepared.checked.findings.listed],
        "finding_counts": dict(prepared.checked.findings.counts),
        "ends_at": None if forbidden else iso_time(prepared.timing.ends_at),
    }
