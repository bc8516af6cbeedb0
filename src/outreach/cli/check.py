"""`outreach check`: reads everything, renders and composes every message, prints what is wrong; sends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from outreach.cli.common import Common, read_settings, wait_for
from outreach.cli.findings import finding_json, print_findings
from outreach.cli.terminal import ARROW, data, print_error, print_json, say, talk
from outreach.errors import ContentError, Interrupted, OutreachError

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.contacts.bad_rows import BadRows
    from outreach.errors import Problem
    from outreach.preflight.check import Checked


def check(
    *,
    network: Annotated[
        bool, Parameter(negative="", help="Ask DNS about the sender's and recipients' domains.")
    ] = False,
    relay: Annotated[bool, Parameter(negative="", help="Connect, encrypt, log in, and print what is offered.")] = False,
    spamassassin: Annotated[
        bool, Parameter(negative="", help="Let SpamAssassin of this machine judge the first letter.")
    ] = False,
    bad_rows: Annotated[Path | None, Parameter(help="Write the rows with errors there, to be mended.")] = None,
    json: Annotated[bool, Parameter(negative="", help="One JSON object on stdout.")] = False,
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Read, render and compose everything; send nothing.

    Ends with 3 where an error would stop a send.
    """
    from outreach.preflight.codes import read_codes

    settings = read_settings(common)
    bad = _collect_bad_rows(settings, bad_rows) if bad_rows is not None else None
    try:
        checked = wait_for(lambda: _check(settings, bad, common, network=network))
    except ContentError as error:
        if json:
            print_json(_json([error.problem], {error.problem.code: 1}, contacts=0))
        else:
            print_error(error)
        return error.exit_code
    findings = checked.findings
    if spamassassin and not findings.errors:
        findings.add(wait_for(lambda: _judge(settings)))
    if json:
        print_json(_json(findings.listed, dict(findings.counts), contacts=checked.rows))
    else:
        print_findings(data(), findings)
        say(data(), _verdict(checked))
        if codes := findings.warned.difference(read_codes(settings.preflight.accept, said_in="[preflight] accept:")):
            say(data(), f"A send stops at the warnings until they are accepted: --accept {','.join(sorted(codes))}.")
        if checked.bad_rows and bad_rows is None and not _all_alike(checked):
            say(data(), "outreach check --bad-rows FILE writes the rows with errors, to be mended.")
    if bad_rows is not None and bad is not None:
        _write_bad_rows(settings, bad, bad_rows)
    if relay:
        _try_relay(settings, json=json, is_alone=not findings.errors)
    return 3 if findings.errors else 0


async def _check(settings: Settings, bad: BadRows | None, common: Common, *, network: bool) -> Checked:
    from outreach.assembly.ledgers import last_ledger
    from outreach.assembly.parts import send_parts
    from outreach.assembly.relays import network_request
    from outreach.cli.progress import Progress
    from outreach.sending.options import SendRequest
    from outreach.sending.run import look

    async with last_ledger(settings) as (ledger, place):
        with Progress(talk(), quiet=common.quiet, verbose=common.verbose) as progress:
            parts = send_parts(settings, ledger, place, ask_secret=None, listener=progress, look_up_secret=False)
            prepared = await look(
                parts,
                SendRequest(),
                on_problem=bad.add if bad is not None else None,
                network=network_request(settings) if network else None,
            )
            return prepared.checked


async def _judge(settings: Settings) -> Problem:
    """What SpamAssassin makes of the first letter."""
    from outreach.assembly.campaigns import campaign_folder
    from outreach.assembly.ledgers import last_ledger
    from outreach.clock import SystemClock
    from outreach.preflight.spamassassin import judge_letter, score_finding
    from outreach.sending.preview import preview_letter

    source = campaign_folder(settings)
    async with last_ledger(settings) as (ledger, _):
        preview = await preview_letter(source, ledger, wanted="", on_loopback=True, clock=SystemClock())
    return score_finding(judge_letter(preview.message.content), source.campaign.letter)


def _collect_bad_rows(settings: Settings, target: Path) -> BadRows:
    """What takes the errors of the rows; UsageError where they can't be written."""
    from outreach.contacts.bad_rows import BadRows, refuse_target

    refuse_target(target, settings.contacts)
    return BadRows(settings.contacts.file)


def _write_bad_rows(settings: Settings, bad: BadRows, target: Path) -> None:
    """Write them and say what to do with them."""
    from outreach.contacts.bad_rows import write_bad_rows
    from outreach.report.summary import counted

    console = talk()
    if not bad.errors:
        say(console, f"No row has an error: {target} is not written.")
        return
    written = write_bad_rows(target, settings.folder, settings.contacts, bad)
    say(console, f"Wrote {counted(written, 'row')} to {target}: mend them there.")
    say(console, f"Then put them back into {settings.contacts.file}, without the first column.", before=ARROW)
    say(
        console,
        "Or run outreach send --skip-bad-rows now; when all of its letters have left, this sends to just these rows:",
        before="    ",
    )
    say(console, f"outreach send --set contacts.file={target}", before="    ")


def _try_relay(settings: Settings, *, json: bool, is_alone: bool) -> None:
    """Say what the relay offers, or what is wrong with it; that decides how the command ends where it `is_alone`."""
    try:
        wait_for(lambda: _probe(settings, json=json))
    except OutreachError as error:
        if is_alone or isinstance(error, Interrupted):
            raise
        print_error(error)


async def _probe(settings: Settings, *, json: bool) -> None:
    """Connect and say what the relay offers."""
    from outreach.assembly.relays import build_relay, relay_terms
    from outreach.cli.ask import ask_secret
    from outreach.preflight.relay import connected_once

    terms = relay_terms(settings.require_relay())
    async with connected_once(build_relay(settings, ask=ask_secret), terms.shown) as session:
        console = talk() if json else data()
        say(console, f"{terms.shown}: connected{', logged in' if settings.require_relay().username else ''}.")
        say(console, f"It offers {', '.join(sorted(session.extensions)) or 'nothing beyond plain SMTP'}.")
        if session.is_sink:
            say(console, "It is outreach's own test sink: it swallows mail and delivers to nobody.")


def _all_alike(checked: Checked) -> bool:
    """Whether every row has the same error: then not the rows are to be mended, but the letter or the settings."""
    return any(group.places >= checked.rows for group in checked.findings.grouped() if group.first.level == "error")


def _verdict(checked: Checked) -> str:
    from outreach.report.summary import counted

    good = checked.rows - checked.bad_rows - checked.expired
    largest = f" (the largest {checked.largest_bytes / 1024:.1f} kB)" if checked.largest_bytes else ""
    return (
        f"{counted(checked.rows, 'row')} read, {counted(good, 'letter')} composed{largest}, "
        f"{counted(checked.copies, 'copy', 'copies')}; {counted(checked.findings.errors, 'error')}, "
        f"{counted(checked.findings.warnings, 'warning')}."
    )


def _json(problems: list[Problem], counts: dict[str, int], *, contacts: int) -> dict[str, Any]:
    return {
        "findings": [finding_json(problem) for problem in problems],
        "finding_counts": counts,
        "contacts": contacts,
    }
