"""`outreach send --redirect`: the flags of a rehearsal, and its run."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from outreach.cli.common import Common, send_again, wait_for
from outreach.cli.rehearsal_words import describe_rehearsal, letters_words, listed, print_look, print_rehearsal
from outreach.cli.status import refused_json
from outreach.cli.terminal import print_fields, print_json, talk
from outreach.errors import ContentError, OutreachError, UsageError

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.model import Mailbox
    from outreach.sending.options import RehearsalRequest, SendRequest
    from outreach.sending.rehearsal_values import Rehearsal, RehearsalQuestion, RehearsalReport

_ADDRESSES_MOST = 10


def read_rehearsal(addresses: Sequence[str], request: SendRequest, *, every_row: bool) -> RehearsalRequest:
    """The flags, checked. UsageError for those that make no rehearsal."""
    from outreach.sending.choosing import TELLING
    from outreach.sending.options import RehearsalRequest

    if request.plan_only:
        raise UsageError("--redirect and --plan-only do not go together", "A rehearsal plans nothing; leave one out.")
    by_default = None if request.only else TELLING
    most = None if every_row else request.limit or by_default
    return RehearsalRequest(_read_addresses(addresses), most, replace(request, limit=None))


def _read_addresses(addresses: Sequence[str]) -> tuple[Mailbox, ...]:
    """Who gets the test letters, each once."""
    from outreach.contacts.address import AddressError, parse_mailbox

    found: dict[str, Mailbox] = {}
    for address in addresses:
        try:
            mailbox = parse_mailbox(address)
        except AddressError as error:
            raise UsageError(
                f"--redirect {address}: {error}", "Name the address that gets the test letters."
            ) from error
        found.setdefault(mailbox.key, mailbox)
    if not found:
        raise UsageError("--redirect: there is no address", "Name the address that gets the test letters.")
    if len(found) > _ADDRESSES_MOST:
        raise UsageError(
            f"--redirect: {len(found)} addresses; a rehearsal goes to {_ADDRESSES_MOST} at the most",
            "Name those who look at the test letters.",
        )
    return tuple(found.values())


def rehearsal(settings: Settings, request: RehearsalRequest, common: Common, *, json: bool) -> int:
    """Run it, and tell how it ended."""
    try:
        report = wait_for(lambda: _rehearse(settings, request, quiet=common.quiet, verbose=common.verbose))
    except OutreachError as error:
        if json:
            print_json({**refused_json(settings, error), "rehearsal": True})
        raise
    with contextlib.suppress(BrokenPipeError):  # the exit code matters more than who reads the words
        real = replace(request.send, only=(), amend=report.amended)
        print_rehearsal(talk(), report, send_again(real, common))
    if json:
        from outreach.cli.ending import ending_json

        print_json({**ending_json(report.send), "next_attempt_at": None, "rehearsal": True})
    return report.send.exit_code


async def _rehearse(settings: Settings, request: RehearsalRequest, *, quiet: bool, verbose: bool) -> RehearsalReport:
    from outreach.assembly.ledgers import last_ledger, scratch_ledger
    from outreach.assembly.parts import send_parts
    from outreach.cli.ask import ask_secret
    from outreach.cli.progress import Progress
    from outreach.cli.signals import signals_handled
    from outreach.sending.parts import Interruption
    from outreach.sending.rehearsal import rehearse

    interruption = Interruption()
    with Progress(talk(), quiet=quiet, verbose=verbose, rehearsal=True) as progress:

        async def ask(question: RehearsalQuestion) -> bool:
            progress.pause()
            return await ask_rehearsal(question)

        async with last_ledger(settings) as (ledger, place), scratch_ledger() as scratch:
            parts = send_parts(
                settings, ledger, place, ask_secret=ask_secret, listener=progress, interruption=interruption
            )
            with signals_handled(interruption):
                return await rehearse(parts, request, ask, scratch=scratch)


async def ask_rehearsal(question: RehearsalQuestion) -> bool:
    """Show what matters and have the number typed. Without a terminal a flag must answer."""
    from outreach.cli.ask import typed

    if not sys.stdin.isatty():
        raise UsageError(
            f"{letters_words(question.letters)} would go now, and there is no terminal to ask on",
            f"Say --confirm {question.letters}, --at-most N, or --yes.",
        )
    console = talk()
    print_fields(console, describe_rehearsal(question))
    letters = letters_words(question.letters)
    return typed(
        console, question.letters, f"to send {letters} to {listed(question.to)} through {question.terms.shown}"
    )


def dry_rehearsal(settings: Settings, request: RehearsalRequest, common: Common, *, json: bool) -> int:
    """Show whom the test letters would stand for; connects nowhere."""
    from outreach.cli.dry_run import dry_run_json

    try:
        looked = wait_for(lambda: _look(settings, request, quiet=common.quiet, verbose=common.verbose))
    except ContentError as error:
        if json:
            print_json({**dry_run_json(None, settings, request.send, problem=error.problem), "rehearsal": True})
        raise
    if json:
        would_send = {"would_send": looked.choice.letters, "copies": 0, "ends_at": None, "rehearsal": True}
        print_json({**dry_run_json(looked.prepared, settings, request.send), **would_send})
    else:
        print_look(looked)
    return 3 if looked.question is None else 0


async def _look(settings: Settings, request: RehearsalRequest, *, quiet: bool, verbose: bool) -> Rehearsal:
    from outreach.assembly.ledgers import last_ledger
    from outreach.assembly.parts import send_parts
    from outreach.cli.progress import Progress
    from outreach.sending.rehearsal import look_at_rehearsal

    async with last_ledger(settings) as (ledger, place):
        with Progress(talk(), quiet=quiet, verbose=verbose, rehearsal=True) as progress:
            return await look_at_rehearsal(
                send_parts(settings, ledger, place, ask_secret=None, listener=progress), request
            )
