"""The story of a send: check, compare, connect, ask, plan and seal, send, account."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from outreach import crashpoints
from outreach.composing.sealed import Sealed
from outreach.crashpoints import CrashPoint
from outreach.errors import Problem, UnsafeError, UsageError
from outreach.ledger.campaign_values import Bundle, CampaignRecord, PlanRequest, SourceFile
from outreach.ledger.interface import Roster
from outreach.model import State
from outreach.preflight.network.check import check_network
from outreach.preflight.network.request import NetworkRequest
from outreach.preflight.relay import connected_once
from outreach.sending.deliver import deliver
from outreach.sending.ending import SendReport, report_on
from outreach.sending.events import DomainsLookedUp
from outreach.sending.options import SendRequest
from outreach.sending.parts import SendParts
from outreach.sending.prepare import Prepared, gate_terms, prepare, recover_campaign
from outreach.sending.question import Ask, Doing, Question, confirm
from outreach.sending.refuse import amendments, refuse_unknown, refuse_unsafe
from outreach.sending.seal import home, is_moved, keep_seal, new_campaign_id
from outreach.sending.standing import folder_of
from outreach.sending.stop_reasons import FINDINGS_FORBID, warnings_forbid
from outreach.sending.unchanged import digest_lists, note_check, prepare_unchanged
from outreach.sending.waiting import wait_to_start
from outreach.smtp.interface import Session

_SLICE_MOST = 200
_SLICE_SECONDS = 60.0


async def look(
    parts: SendParts,
    request: SendRequest,
    *,
    on_problem: Callable[[Problem], None] | None = None,
    network: NetworkRequest | None = None,
) -> Prepared:
    """Check and compare; changes nothing. The ledger may be open for reading only. `on_problem` is told of each.

    With `network` DNS is asked about the domains, too; without it nothing is.
    """
    async with parts.ledger.roster() as roster:
        prepared = await _prepare(parts, request, roster, on_problem=on_problem)
        if network is None:
            return prepared
        checked = await check_network(
            network,
            prepared.checked,
            roster=roster,
            ledger=parts.ledger,
            contacts=parts.source.contacts,
            on_problem=on_problem,
            on_progress=lambda domains, of: parts.listener(DomainsLookedUp(domains, of)),
        )
        return replace(prepared, checked=checked)


async def dry_run(parts: SendParts, request: SendRequest) -> tuple[Prepared, Question]:
    """All that `send` does before it connects: what it would refuse is refused; and what it would ask."""
    await refuse_unknown(parts, request)
    if parts.place.of_sink:
        request = replace(request, amend=True)
    prepared = await look(parts, request)
    if not prepared.forbidden(request):
        await refuse_unsafe(parts, prepared, request)
    return prepared, question_of(parts, prepared, request)


OpenParts = Callable[[bool], AbstractAsyncContextManager[SendParts]]  # True: with the ledger of the test sink


async def send(open_parts: OpenParts, request: SendRequest, ask: Ask, *, to_sink: bool) -> SendReport:
    """Do it. Errors that forbid sending are raised; how far it got is in the report.

    What goes to the test sink is accounted for in a ledger of its own. `to_sink` is what is known of the relay so far;
    only who has connected knows whether it still is so.
    """
    if request.only and request.plan_only:
        raise UsageError("--only and --plan-only do not go together", "Plan the whole list, then send --only ADDRESS.")
    if request.new_ledger and (request.only or request.limit):
        raise UsageError(
            "--new-ledger goes without --limit and --only: what is confirmed is a second copy to everyone",
            "Leave them out; the number that is asked for is that of all letters.",
        )
    # What is only planned goes nowhere yet, and so not to the sink.
    for of_sink in (False,) if request.plan_only else (to_sink, not to_sink):
        async with open_parts(of_sink) as parts:
            report = await _send(parts, request, ask)
        if report is not None:
            return report
    raise UnsafeError(
        "The relay is the test sink at one moment, and at the next it is not: several servers answer at its port.",
        "Nothing was sent. Stop those that are not meant, then run outreach send again.",
    )


async def _send(parts: SendParts, request: SendRequest, ask: Ask) -> SendReport | None:
    """With this ledger; None, with nothing changed, where the relay asks for the other one."""
    if parts.place.of_sink:
        request = replace(request, amend=True)  # a rehearsal at the sink may be one of a changed letter
    started = parts.clock.monotonic()
    async with (
        parts.ledger.lock(parts.source.campaign.name, holder=parts.identity.who),
        parts.ledger.roster() as roster,
    ):
        report = await _send_locked(parts, request, ask, roster)
    seconds = parts.clock.monotonic() - started
    return replace(report, seconds=seconds, swallowed=parts.place.of_sink) if report is not None else None


async def _send_locked(parts: SendParts, request: SendRequest, ask: Ask, roster: Roster) -> SendReport | None:
    """The steps, in order; each may end the send."""
    name = parts.source.campaign.name
    await refuse_unknown(parts, request)
    await recover_campaign(parts.ledger, name, owner=parts.identity.owner, now=parts.clock.now())
    prepared = await _prepare_send(parts, request, roster)
    if prepared.forbidden(request):
        stop = FINDINGS_FORBID if prepared.has_errors(request) else warnings_forbid(prepared.unaccepted(request))
        report = await report_on(prepared, parts.ledger, name=name, stop=stop)
        return replace(report, findings_forbid=True, skipped=0)
    await refuse_unsafe(parts, prepared, request)
    if prepared.changes.outstanding == 0:
        if parts.place.of_sink and not await _answers_as_sink(parts):
            return None
        prepared = await _plan_what_changed(parts, prepared, request, ask, roster)
        await keep_seal(parts, prepared)
        return replace(await report_on(prepared, parts.ledger, name=name), nothing_to_send=True)
    if request.plan_only:
        prepared = await _confirm_and_plan(parts, prepared, request, ask, roster)
        return await report_on(prepared, parts.ledger, name=name)
    if request.start_at is None:
        closed = gate_terms(parts.source, parts.terms).closed(parts.clock.now(), request.wait_seconds)
        if closed is not None:
            return await report_on(prepared, parts.ledger, name=name, stop=closed)
    return await _connect_and_send(parts, prepared, request, ask, roster)


async def _connect_and_send(
    parts: SendParts, prepared: Prepared, request: SendRequest, ask: Ask, roster: Roster
) -> SendReport | None:
    """Connect, ask, plan; then send, at the time that was asked for."""
    async with connected_once(parts.relay, parts.terms.shown) as session:
        if session.is_sink is not parts.place.of_sink:
            return None
        prepared = await _confirm_and_plan(parts, prepared, request, ask, roster)
        if prepared.record is None:
            raise AssertionError("a planned campaign has a record")
        if request.start_at is None:
            return await _deliver(parts, prepared, prepared.record, request, session)
    stop = await wait_to_start(request.start_at, parts.clock, parts.interruption, parts.listener)
    if stop is not None:
        return await report_on(prepared, parts.ledger, name=parts.source.campaign.name, stop=stop)
    return await _deliver(parts, prepared, prepared.record, request, None)


async def _deliver(
    parts: SendParts, prepared: Prepared, record: CampaignRecord, request: SendRequest, session: Session | None
) -> SendReport:
    """Send; afterwards the seal file knows how far the ledger has got, so that an older copy of it is noticed."""
    report = await deliver(parts, prepared, record, request, session)
    await keep_seal(parts, prepared)
    return report


async def _prepare(
    parts: SendParts,
    request: SendRequest,
    roster: Roster,
    *,
    on_problem: Callable[[Problem], None] | None = None,
) -> Prepared:
    return await prepare(
        parts.source,
        parts.terms,
        request,
        ledger=parts.ledger,
        roster=roster,
        clock=parts.clock,
        listener=parts.listener,
        on_problem=on_problem,
    )


async def _prepare_send(parts: SendParts, request: SendRequest, roster: Roster) -> Prepared:
    """The short road where nothing is new since the last plan, else the full one, which makes the next one short."""
    if (prepared := await prepare_unchanged(parts, request)) is not None:
        return prepared
    lists = digest_lists(parts.source)
    prepared = await _prepare(parts, request, roster)
    return replace(prepared, check=note_check(parts, prepared, lists))


async def _answers_as_sink(parts: SendParts) -> bool:
    """Whether the relay is still the test sink: a real one may answer at its port now, or nobody."""
    async with connected_once(parts.relay, parts.terms.shown) as session:
        return session.is_sink


async def _confirm_and_plan(
    parts: SendParts, prepared: Prepared, request: SendRequest, ask: Ask, roster: Roster
) -> Prepared:
    """Ask, then plan and seal in one transaction; the seal file follows, so that it never speaks of what is not."""
    await confirm(question_of(parts, prepared, request), request, ask)
    plan = _plan_request(parts, prepared, request)
    planned = await (parts.ledger.plan_unchanged(plan) if prepared.unchanged else roster.plan(plan))
    prepared = replace(prepared, record=planned)
    if crashpoints.hook:
        crashpoints.hook(CrashPoint.PLANNED)
    await keep_seal(parts, prepared)
    return prepared


def question_of(parts: SendParts, prepared: Prepared, request: SendRequest) -> Question:
    """What a person must know before these letters leave."""
    record = prepared.record
    return Question(
        campaign=parts.source.campaign.name,
        first_send=record is None and not request.new_ledger,
        may_be_second=request.new_ledger,
        for_sink=parts.place.of_sink,
        seal=prepared.seal,
        letters=prepared.going,
        of_total=prepared.changes.total,
        accepted=prepared.changes.counts[State.ACCEPTED],
        cc=prepared.going_cc,
        bcc=prepared.going_bcc,
        subject=prepared.checked.subject,
        one_subject=prepared.checked.one_subject,
        attachments=prepared.checked.sealed.attachments,
        cancelled=prepared.changes.vanished,
        suppressed=prepared.changes.suppressed,
        skipped=prepared.checked.bad_rows,
        amended=amendments(prepared),
        reserved=prepared.checked.reserved,
        moved_from=str(folder_of(record.folder)) if record is not None and is_moved(parts, record) else "",
        from_=prepared.checked.sealed.sender.from_.address,
        relay=parts.terms.shown,
        relay_on_loopback=parts.terms.on_loopback,
        rate=parts.terms.rate,
        quotas=parts.terms.quotas,
        quota_left=prepared.quota_left,
        timing=prepared.timing,
        doing=Doing.PLAN if request.plan_only else Doing.SEND,
        expired=prepared.checked.expired,
        repeated=prepared.checked.repeated,
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
        new_id=new_campaign_id(parts) if prepared.record is None else "",
        folder=home(parts),
        not_before=gate_terms(parts.source, parts.terms).not_before,
        check=prepared.check,
    )


def bundle_of(sealed: Sealed) -> Bundle:
    """The sealed value as the ledger keeps it."""
    files = tuple(SourceFile(path, content) for path, content in sorted(sealed.files.items()))
    return Bundle(sealed.settings_json(), files, sealed.text_digest, sealed.letter_digest)


async def _plan_what_changed(
    parts: SendParts, prepared: Prepared, request: SendRequest, ask: Ask, roster: Roster
) -> Prepared:
    """Record what the list says now although nothing leaves: rows that vanished, rows that are suppressed.

    Nothing is begun by it, and nothing cancelled unasked.
    """
    changes = prepared.changes
    if prepared.record is None or not (changes.new or changes.vanished or changes.returning or changes.changed):
        return prepared
    if changes.vanished:
        question = replace(question_of(parts, prepared, request), letters=changes.vanished, doing=Doing.CANCEL)
        await confirm(question, request, ask)
    return replace(prepared, record=await roster.plan(_plan_request(parts, prepared, request)))
