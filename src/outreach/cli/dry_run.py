"""What a dry run says: what would be sent, to whom, at what pace, until when, under which seal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outreach.cli.findings import finding_json, print_findings
from outreach.cli.start_time import timing_lines
from outreach.cli.terminal import data, print_fields
from outreach.model import State
from outreach.report.summary import RESERVED_MANY, RESERVED_ONE, counted, pace_words, relay_words

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.errors import Problem
    from outreach.sending.options import SendRequest
    from outreach.sending.parts import LedgerPlace
    from outreach.sending.prepare import Prepared


def print_dry_run(prepared: Prepared, settings: Settings, request: SendRequest, place: LedgerPlace) -> None:
    """For people."""
    from rich.markup import escape

    from outreach.assembly import relay_terms

    console = data()
    print_findings(console, prepared.checked.findings)
    if prepared.checked.findings.errors and not request.skip_bad_rows:
        console.print(
            f"[bold red]{counted(prepared.checked.findings.errors, 'error')}[/]: a real send would stop here."
        )
        return
    if not prepared.going:
        console.print("Nothing to send: nothing is due.")
        return
    changes, terms = prepared.changes, relay_terms(settings.require_relay())
    sender = prepared.checked.sealed.sender.from_
    console.print(
        f"Would send [bold]{counted(prepared.going, 'letter')}[/] "
        f"and {counted(changes.outstanding_copies, 'copy', 'copies')} "
        f"from {escape(sender.address)} through {escape(terms.shown)}."
    )
    print_fields(console, _fields(prepared, settings, place))
    console.print("Nothing was sent: this was a dry run. To send: outreach send")


def _fields(prepared: Prepared, settings: Settings, place: LedgerPlace) -> list[tuple[str, str]]:
    """What matters, a line each."""
    from outreach.assembly import relay_terms

    changes, checked, terms = prepared.changes, prepared.checked, relay_terms(settings.require_relay())
    lines = [
        ("Subject", f"{checked.subject}{'' if checked.one_subject else ' (the first; it varies)'}"),
        ("Attachments", ", ".join(checked.sealed.attachments)),
        ("Campaign", f"{settings.require_campaign().name}, {_standing(prepared)}"),
        ("Relay", relay_words(terms.shown, on_loopback=terms.on_loopback, is_sink=place.of_sink)),
        ("Pace", pace_words(terms.rate, terms.quotas, prepared.quota_left)),
        *timing_lines(prepared.timing),
    ]
    lines += [
        ("Note", f"{count} {one if count == 1 else many}" if count else "")
        for count, one, many in (
            (changes.vanished, "row vanished and would be cancelled", "rows vanished and would be cancelled"),
            (changes.suppressed, "is on the suppression list", "are on the suppression list"),
            (checked.bad_rows, "bad row would be left out", "bad rows would be left out"),
            (checked.reserved, RESERVED_ONE, RESERVED_MANY),
        )
    ]
    return [(label, value) for label, value in [*lines, ("Seal", prepared.seal)] if value]


def _standing(prepared: Prepared) -> str:
    if prepared.record is None:
        return "its first send"
    done = prepared.changes.counts[State.ACCEPTED]
    return f"{done} of {prepared.changes.total} accepted so far"


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
    forbidden = bool(prepared.checked.findings.errors) and not request.skip_bad_rows
    return {
        "campaign": settings.require_campaign().name,
        "seal": prepared.seal,
        "total": prepared.changes.total,
        "would_send": 0 if forbidden else prepared.going,
        "copies": prepared.changes.outstanding_copies,
        "counts": counts_json(prepared.changes.counts),
        "findings": [finding_json(one) for one in prepared.checked.findings.listed],
        "finding_counts": dict(prepared.checked.findings.counts),
        "ends_at": None if forbidden else iso_time(prepared.timing.ends_at),
    }
