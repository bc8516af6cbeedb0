"""`outreach send`: the dry run and the real one."""

from __future__ import annotations

import contextlib
import re
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter

from outreach.cli.common import Common, address_key, read_settings, send_again, wait_for
from outreach.cli.status import refused_json
from outreach.cli.terminal import print_json, talk
from outreach.clock import SystemClock
from outreach.errors import ContentError, OutreachError, UsageError

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.sending.ending import SendReport
    from outreach.sending.options import SendRequest
    from outreach.sending.prepare import Prepared
    from outreach.sending.question import Question

_LOOK = Group("Look first", sort_key=1)
_ANSWER = Group("Answer beforehand", sort_key=2)
_WHOSE = Group("Whose letters", sort_key=3)
_WHEN = Group("When", sort_key=4)
_MEANT = Group("What stops a send, and is meant", sort_key=5)


def send(
    *,
    dry_run: Annotated[
        bool, Parameter(group=_LOOK, negative="", help="Do all but connect: show what would be sent.")
    ] = False,
    yes: Annotated[
        bool, Parameter(group=_ANSWER, name=["--yes", "-y"], negative="", help="Answer the question.")
    ] = False,
    confirm: Annotated[
        int | None, Parameter(group=_ANSWER, help="Go on only if exactly so many letters would go now.")
    ] = None,
    at_most: Annotated[int | None, Parameter(group=_ANSWER, help="Go on only if no more letters would go now.")] = None,
    limit: Annotated[
        str | None, Parameter(group=_WHOSE, help="Plan all, let so many leave; with --redirect also: all.")
    ] = None,
    only: Annotated[
        tuple[str, ...], Parameter(group=_WHOSE, help="Only this address; may be repeated.", negative_iterable="")
    ] = (),
    seal: Annotated[
        str | None, Parameter(group=_ANSWER, help="Send exactly what a dry run showed under this seal, or nothing.")
    ] = None,
    amend: Annotated[
        bool, Parameter(group=_MEANT, negative="", help="A changed letter or changed rows are meant.")
    ] = False,
    new_ledger: Annotated[
        bool, Parameter(group=_MEANT, negative="", help="The ledger is lost: accept second copies.")
    ] = False,
    moved: Annotated[
        bool, Parameter(group=_MEANT, negative="", help="Nobody sends it from the other machine any more.")
    ] = False,
    accept: Annotated[
        tuple[str, ...],
        Parameter(group=_MEANT, help="These warnings are meant: W06,W13.", negative_iterable=""),
    ] = (),
    skip_bad_rows: Annotated[bool, Parameter(group=_WHOSE, negative="", help="Leave out rows with errors.")] = False,
    redirect: Annotated[
        tuple[str, ...] | None,
        Parameter(
            group=_LOOK,
            help="Rehearse: test letters to these addresses only.",
            consume_multiple=True,
            negative_iterable="",
        ),
    ] = None,
    plan_only: Annotated[
        bool, Parameter(group=_LOOK, negative="", help="Plan, check, ask and seal; send nothing.")
    ] = False,
    at: Annotated[
        str, Parameter(group=_WHEN, help="Make all ready now, wait, and send at this time: 2023-10-16T09:00+09:00.")
    ] = "",
    wait: Annotated[
        str, Parameter(group=_WHEN, help="End when nothing is due within this time.", show_default=True)
    ] = "15m",
    eml: Annotated[
        Path | None, Parameter(group=_LOOK, help="With --dry-run: write every message into this folder.")
    ] = None,
    json: Annotated[bool, Parameter(negative="", help="One JSON object on stdout, the last line.")] = False,
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Send the letters, each once, and account for every copy.

    Asks before anything leaves; without a terminal it needs --yes, --confirm N or --at-most N.
    With --redirect it is a rehearsal: five telling letters, to the addresses that are named and to nobody else.
    """
    from outreach.cli.rehearsal import dry_rehearsal, read_rehearsal, rehearsal
    from outreach.sending.options import SendRequest

    if eml is not None and not dry_run:
        raise UsageError("--eml goes with --dry-run", "outreach send --dry-run --eml FOLDER")
    if at and plan_only:
        raise UsageError("--at and --plan-only do not go together", "Leave one of them out.")
    if at and redirect is not None:
        raise UsageError("--at and --redirect do not go together", "A rehearsal may go at any time; leave --at out.")
    if eml is not None and redirect is not None:
        raise UsageError("--eml and --redirect do not go together", "Leave --redirect out: --eml shows the real ones.")
    settings = read_settings(common)
    request = SendRequest(
        yes=yes,
        confirm=confirm,
        at_most=at_most,
        limit=_limit(limit, all_allowed=redirect is not None),
        only=tuple(address_key(address) for address in only),
        seal=_seal(seal),
        amend=amend,
        new_ledger=new_ledger,
        moved=moved,
        accept=_accepted(accept, settings),
        skip_bad_rows=skip_bad_rows,
        plan_only=plan_only,
        wait_seconds=_seconds(wait),
        start_at=_start_at(at, settings) if at else None,
    )
    if redirect is not None:  # an empty one too: a mistyped rehearsal must not become a send
        asked = read_rehearsal(redirect, request, every_row=limit == "all")
        run = dry_rehearsal if dry_run else rehearsal
        return run(settings, asked, common, json=json)
    if dry_run:
        return _dry_run(settings, request, common, eml=eml, json=json)
    try:
        report = wait_for(lambda: send_letters(settings, request, quiet=common.quiet, verbose=common.verbose))
    except OutreachError as error:
        if json:
            print_json(refused_json(settings, error))
        raise
    return _tell(report, json=json)


def _seal(seal: str | None) -> str | None:
    """The seal as a dry run prints it; an empty one, as from a variable that is not set, must not mean none."""
    if seal is not None and not re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{8}", seal):
        raise UsageError(
            f'--seal "{seal}": not a seal, which looks like 3f9a1c2e-77b0d41a', "Copy it from outreach send --dry-run."
        )
    return seal


def _accepted(words: tuple[str, ...], settings: Settings) -> frozenset[str]:
    """The warnings that are accepted, on the command line and in the settings."""
    from outreach.preflight.codes import read_codes

    flagged = read_codes(words, said_in="--accept")
    return flagged | read_codes(settings.preflight.accept, said_in="[preflight] accept:")


def _limit(limit: str | None, *, all_allowed: bool) -> int | None:
    """How many letters may leave; None for all."""
    if limit is None or (limit == "all" and all_allowed):
        return None
    if limit == "all":
        raise UsageError("--limit all goes with --redirect", "A send without --limit lets all leave that are due.")
    if not (limit.isascii() and limit.isdecimal() and int(limit)):
        raise UsageError(f"--limit {limit}: not a number of letters", "Give a number from 1 on.")
    return int(limit)


def _seconds(wait: str) -> float:
    from outreach.clock import parse_duration

    try:
        return parse_duration(wait)
    except ValueError as error:
        raise UsageError(f"--wait: {error}", "For example --wait 24h.") from error


def _start_at(at: str, settings: Settings) -> float:
    from outreach.assembly.campaigns import campaign_folder
    from outreach.assembly.relays import relay_terms
    from outreach.cli.start_time import read_start
    from outreach.sending.prepare import gate_terms

    terms = gate_terms(campaign_folder(settings), relay_terms(settings.require_relay()))
    return read_start(at, terms, now=SystemClock().now())


async def send_letters(settings: Settings, request: SendRequest, *, quiet: bool, verbose: bool = False) -> SendReport:
    """The real send, with progress and signals."""
    from outreach.assembly.ledgers import choose_ledger
    from outreach.assembly.parts import opened_parts
    from outreach.cli.ask import ask_number, ask_secret
    from outreach.cli.progress import Progress
    from outreach.cli.signals import signals_handled
    from outreach.sending.parts import Interruption, SendParts
    from outreach.sending.run import send as run_send

    interruption = Interruption()
    with Progress(talk(), quiet=quiet, verbose=verbose) as progress, signals_handled(interruption):

        async def ask(question: Question) -> bool:
            progress.pause()
            return await ask_number(question)

        def open_parts(of_sink: bool) -> AbstractAsyncContextManager[SendParts]:
            return opened_parts(
                settings, of_sink=of_sink, ask_secret=ask_secret, listener=progress, interruption=interruption
            )

        to_sink = (await choose_ledger(settings)).of_sink
        return await run_send(open_parts, request, ask, to_sink=to_sink)


def _dry_run(settings: Settings, request: SendRequest, common: Common, *, eml: Path | None, json: bool) -> int:
    from outreach.cli.dry_run import dry_run_json, print_dry_run

    try:
        prepared, question = wait_for(lambda: _look(settings, request, common, eml=eml))
    except ContentError as error:
        if json:
            print_json(dry_run_json(None, settings, request, problem=error.problem))
        raise
    if json:
        print_json(dry_run_json(prepared, settings, request))
    else:
        print_dry_run(prepared, question, request, send_again(request, common))
    return 3 if prepared.forbidden(request) else 0


async def _look(
    settings: Settings, request: SendRequest, common: Common, *, eml: Path | None
) -> tuple[Prepared, Question]:
    from outreach.assembly.ledgers import last_ledger
    from outreach.assembly.parts import send_parts
    from outreach.cli.progress import Progress
    from outreach.sending.run import dry_run
    from outreach.sending.write_eml import write_messages

    async with last_ledger(settings) as (ledger, place):
        with Progress(talk(), quiet=common.quiet, verbose=common.verbose) as progress:
            parts = send_parts(settings, ledger, place, ask_secret=None, listener=progress)
            prepared, question = await dry_run(parts, request)
            if eml is not None and not prepared.checked.findings.errors:
                write_messages(parts, prepared, eml)
            return prepared, question


def _tell(report: SendReport, *, json: bool) -> int:
    """How it ended: findings or the reason, the balance, what to do next."""
    from outreach.cli.ending import ending_json, print_ending

    with contextlib.suppress(BrokenPipeError):  # the exit code matters more than who reads the words
        print_ending(talk(), report)
    if json:
        print_json(ending_json(report))
    return report.exit_code
