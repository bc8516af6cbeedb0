"""The story of a send: check, compare, connect, ask, plan and seal, send, account."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

from outreach.composing.sealed import Sealed
from outreach.errors import UsageError
from outreach.ledger.interface import Roster
from outreach.ledger.values import Bundle, PlanRequest, SourceFile
from outreach.preflight.relay import connect_once
from outreach.sending.deliver import deliver
from outreach.sending.ending import SendReport, report_on
from outreach.sending.options import SendRequest
from outreach.sending.parts import SendParts
from outreach.sending.prepare import Prepared, prepare, recover_campaign, refuse_unsafe
from outreach.sending.question import Ask, Question, confirm
from outreach.sending.stop_reasons import FINDINGS_FORBID
from outreach.smtp.interface import Session

_SLICE_MOST = 200
_SLICE_SECONDS = 60.0


async def look(parts: SendParts, request: SendRequest) -> Prepared:
    """Check and compare; changes nothing. The ledger may be open for reading only."""
    async with parts.ledger.roster() as roster:
        return await _prepare(parts, request, roster)


async def dry_run(parts: SendParts, request: SendRequest) -> Prepared:
    """All that `send` does before it connects: what it would refuse is refused."""
    prepared = await look(parts, request)
    if not prepared.checked.findings.errors or request.skip_bad_rows:
        await refuse_unsafe(prepared, request, name=parts.source.campaign.name, ledger=parts.ledger)
    return prepared


async def send(parts: SendParts, request: SendRequest, ask: Ask) -> SendReport:
    """Do it. Errors that forbid sending are raised; how far it got is in the report."""
    if request.only and request.plan_only:
        raise UsageError("--only and --plan-only do not go together", "Plan the whole list, then send --only ADDRESS.")
    started = parts.clock.monotonic()
    async with (
        parts.ledger.lock(parts.source.campaign.name, holder=parts.identity.who),
        parts.ledger.roster() as roster,
    ):
        report = await _send_locked(parts, request, ask, roster)
    return replace(report, seconds=parts.clock.monotonic() - started)


async def _send_locked(parts: SendParts, request: SendRequest, ask: Ask, roster: Roster) -> SendReport:
    """The steps, in order; each may end the send."""
    name = parts.source.campaign.name
    await recover_campaign(parts.ledger, name, owner=parts.identity.owner, now=parts.clock.now())
    prepared = await _prepare(parts, request, roster)
    if prepared.checked.findings.errors and not request.skip_bad_rows:
        report = await report_on(prepared, parts.ledger, name=name, stop=FINDINGS_FORBID)
        return replace(report, findings_forbid=True, skipped=0)
    await refuse_unsafe(prepared, request, name=name, ledger=parts.ledger)
    if prepared.changes.outstanding == 0:
        prepared = await _plan_what_changed(parts, prepared, request, roster)
        return replace(await report_on(prepared, parts.ledger, name=name), nothing_to_send=True)
    if request.plan_only:
        prepared = await _confirm_and_plan(parts, prepared, request, ask, roster)
        return await report_on(prepared, parts.ledger, name=name)
    async with _connected(parts) as session:
        prepared = await _confirm_and_plan(parts, prepared, request, ask, roster)
        if prepared.record is None:
            raise AssertionError("a planned campaign has a record")
        return await deliver(parts, prepared, prepared.record, request, session)


async def _prepare(parts: SendParts, request: SendRequest, roster: Roster) -> Prepared:
    return await prepare(
        parts.source,
        parts.terms,
        request,
        ledger=parts.ledger,
        roster=roster,
        clock=parts.clock,
        listener=parts.listener,
    )


@contextlib.asynccontextmanager
async def _connected(parts: SendParts) -> AsyncIterator[Session]:
    """One session, logged in, before anybody is asked."""
    session = await connect_once(parts.relay, parts.terms.shown)
    try:
        yield session
    finally:
        await session.close()


async def _confirm_and_plan(
    parts: SendParts, prepared: Prepared, request: SendRequest, ask: Ask, roster: Roster
) -> Prepared:
    """Ask, then plan and seal in one transaction."""
    await confirm(_question(parts, prepared, request), request, ask)
    return replace(prepared, record=await roster.plan(_plan_request(parts, prepared, request)))


def _question(parts: SendParts, prepared: Prepared, request: SendRequest) -> Question:
    rate = parts.terms.rate
    return Question(
        campaign=parts.source.campaign.name,
        first_send=prepared.record is None,
        seal=prepared.seal,
        letters=prepared.going,
        of_total=prepared.changes.total,
        copies=prepared.changes.outstanding_copies,
        subject=prepared.checked.subject,
        one_subject=prepared.checked.one_subject,
        attachments=prepared.checked.sealed.attachments,
        cancelled=prepared.changes.vanished,
        suppressed=prepared.changes.suppressed,
        skipped=prepared.checked.bad_rows,
        from_=prepared.checked.sealed.sender.from_.address,
        relay=parts.terms.shown,
        rate=rate,
        quotas=parts.terms.quotas,
        quota_left=prepared.quota_left,
        ends_at=parts.clock.now() + prepared.going / rate if rate else None,
        plan_only=request.plan_only,
    )


def _plan_request(parts: SendParts, prepared: Prepared, request: SendRequest) -> PlanRequest:
    rate = parts.terms.rate
    return PlanRequest(
        name=parts.source.campaign.name,
        bundle=bundle_of(prepared.checked.sealed),
        date=prepared.date,
        slice_size=_SLICE_MOST if rate is None else max(1, min(_SLICE_MOST, int(rate * _SLICE_SECONDS))),
        now=parts.clock.now(),
        who=parts.identity.who,
        amend=request.amend,
        new_id=parts.identity.new_id() if prepared.record is None else "",
    )


def bundle_of(sealed: Sealed) -> Bundle:
    """The sealed value as the ledger keeps it."""
    files = tuple(SourceFile(path, content) for path, content in sorted(sealed.files.items()))
    return Bundle(settings=sealed.settings_json(), files=files, text_digest=sealed.text_digest)


async def _plan_what_changed(parts: SendParts, prepared: Prepared, request: SendRequest, roster: Roster) -> Prepared:
    """Record what the list says now although nothing leaves: rows that vanished, rows that are suppressed."""
    changes = prepared.changes
    if not (changes.new or changes.vanished or changes.returning or changes.changed):
        return prepared
    return replace(prepared, record=await roster.plan(_plan_request(parts, prepared, request)))
