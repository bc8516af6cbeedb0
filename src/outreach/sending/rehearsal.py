"""The story of a rehearsal: check, choose, connect, ask, send to the named addresses alone, account for it, forget.

Nothing of the campaign changes: its ledger is read only. What is sent stands in a ledger for the moment.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from outreach.composing.redirect import Redirect, RedirectComposer, redirected_sender
from outreach.contacts.reserved import is_reserved
from outreach.errors import RelayError, UnsafeError, UsageError
from outreach.ledger.campaign_values import CampaignRecord, PlanRequest
from outreach.ledger.interface import Ledger, Roster
from outreach.ledger.record_values import LogFilter
from outreach.model import Mailbox, State
from outreach.preflight.relay import connected_once
from outreach.sending.choosing import Choice, choose_rows, rehearsed_pages
from outreach.sending.deliver import deliver
from outreach.sending.ending import SendReport, report_on
from outreach.sending.options import RehearsalRequest, SendRequest
from outreach.sending.parts import SendParts
from outreach.sending.prepare import Prepared, RelayTerms, prepare
from outreach.sending.question import REHEARSAL, answered, not_confirmed
from outreach.sending.refuse import amendments, refuse_other_seal, refuse_reserved_sender
from outreach.sending.rehearsal_values import AskRehearsal, Rehearsal, RehearsalQuestion, RehearsalReport, Trouble
from outreach.sending.run import bundle_of
from outreach.sending.sealed_text import SealedText
from outreach.sending.signing import refuse_other_key
from outreach.sending.stop_reasons import FINDINGS_FORBID
from outreach.smtp.interface import Session

_SLICE = 200
_TROUBLES = 5
_NOT_TAKEN = tuple(state for state in State if state not in (State.ACCEPTED, State.PLANNED))


async def look_at_rehearsal(parts: SendParts, request: RehearsalRequest) -> Rehearsal:
    """Check and choose; opens no connection. UnsafeError where no test letter may go to those addresses."""
    async with parts.ledger.roster() as roster:
        return await _look(parts, request, roster)


async def rehearse(
    parts: SendParts, request: RehearsalRequest, ask: AskRehearsal, *, scratch: Ledger
) -> RehearsalReport:
    """Do it. `scratch` is an empty ledger that nobody needs afterwards; the campaign's own may be read only."""
    started = parts.clock.monotonic()
    async with parts.ledger.roster() as roster:
        rehearsal = await _look(parts, request, roster)
        if rehearsal.question is None:
            return RehearsalReport(await _forbidden(parts, rehearsal.prepared), request.to)
        async with connected_once(parts.relay, parts.terms.shown) as session:
            await _confirm(replace(rehearsal.question, for_sink=session.is_sink), request.send, ask)
            record = await _plan(parts, rehearsal, request, roster, scratch)
            report = await _deliver(_on_scratch(parts, scratch, session), rehearsal, record, request, session)
    troubles = await _troubles(scratch, record)
    report = replace(report, seconds=parts.clock.monotonic() - started)
    return RehearsalReport(report, request.to, troubles, amended=bool(amendments(rehearsal.prepared)))


async def _look(parts: SendParts, request: RehearsalRequest, roster: Roster) -> Rehearsal:
    await _refuse_addresses(parts, request.to)
    prepared = await prepare(
        parts.source,
        parts.terms,
        request.send,
        ledger=parts.ledger,
        roster=roster,
        clock=parts.clock,
        listener=parts.listener,
        reserved_allowed=not request.send.skip_bad_rows,  # else the rows are left out, as a real send would
    )
    if prepared.has_errors(request.send):
        return Rehearsal(prepared)
    refuse_reserved_sender(parts, prepared)
    await refuse_other_key(parts.ledger, parts.source)
    refuse_other_seal(prepared, request.send)
    choice = await choose_rows(roster, parts.ledger, request, default_lang=prepared.checked.sealed.default_lang)
    if not choice.letters:
        raise UsageError(
            "Nothing to rehearse: every row that may be chosen is on the suppression list.",
            "Choose another row with --only ADDRESS, or look at outreach suppress list.",
        )
    _refuse_small_quota(parts.terms, prepared, choice.letters, request)
    return Rehearsal(prepared, choice, _question(parts, prepared, choice, request))


async def _refuse_addresses(parts: SendParts, to: Sequence[Mailbox]) -> None:
    """UnsafeError for an address that must not be written to, whoever asks."""
    listed = await parts.ledger.suppressed([mailbox.key for mailbox in to])
    for mailbox in to:
        if entry := listed.get(mailbox.key):
            raise UnsafeError(
                f"--redirect {mailbox.address}: on the suppression list ({entry.reason}).",
                "Name another address; if that is wrong: outreach suppress remove ADDRESS.",
            )
        if is_reserved(mailbox.domain) and not parts.terms.on_loopback:
            raise UnsafeError(
                f"--redirect {mailbox.address}: {mailbox.domain} is reserved for examples, nobody is there.",
                "Name an address of your own.",
            )


def _refuse_small_quota(terms: RelayTerms, prepared: Prepared, letters: int, request: RehearsalRequest) -> None:
    """RelayError where the account has not enough left. What a rehearsal uses is not counted: it is small."""
    left = prepared.quota_left
    needed = letters * (len(request.to) if terms.count_recipients else 1)
    if left is not None and left < needed:
        raise RelayError(
            f"{left} are left of the quota of the relay account, and the rehearsal needs {needed}.",
            "Nothing was sent. Say --limit N for fewer test letters, or rehearse when the quota is free.",
        )


async def _forbidden(parts: SendParts, prepared: Prepared) -> SendReport:
    report = await report_on(
        replace(prepared, record=None), parts.ledger, name=parts.source.campaign.name, stop=FINDINGS_FORBID
    )
    return replace(report, findings_forbid=True, skipped=0)


async def _confirm(question: RehearsalQuestion, request: SendRequest, ask: AskRehearsal) -> None:
    """Return when the answer is yes; UnsafeError or Interrupted when it is not."""
    if not answered(question.letters, request, REHEARSAL) and not await ask(question):
        raise not_confirmed(REHEARSAL)


async def _plan(
    parts: SendParts, rehearsal: Rehearsal, request: RehearsalRequest, roster: Roster, scratch: Ledger
) -> CampaignRecord:
    """Put the redirected contacts into the scratch ledger: from here on, nobody on the list is named."""
    redirect = Redirect(request.to, rehearsal.prepared.seal)
    async with scratch.roster() as redirected:
        async for page in rehearsed_pages(roster, parts.ledger, request, takes=rehearsal.choice.takes):
            await redirected.add([redirect.contact(contact) for contact in page])
        return await redirected.plan(
            PlanRequest(
                name=parts.source.campaign.name,
                bundle=bundle_of(redirected_sender(rehearsal.prepared.checked.sealed, redirect)),
                date=rehearsal.prepared.date,
                slice_size=_SLICE,
                now=parts.clock.now(),
                who=parts.identity.who,
                new_id=parts.identity.new_id(),
                rehearsal=True,
            )
        )


def _on_scratch(parts: SendParts, scratch: Ledger, session: Session) -> SendParts:
    """The parts that send from the scratch ledger, at any hour: whom the hours spare is not written to."""
    return replace(
        parts,
        ledger=scratch,
        place=replace(parts.place, of_sink=session.is_sink),
        terms=replace(parts.terms, hours=None),
    )


async def _deliver(
    parts: SendParts, rehearsal: Rehearsal, record: CampaignRecord, request: RehearsalRequest, session: Session
) -> SendReport:
    """Send all that the scratch ledger holds, as `parts` have it."""
    prepared = replace(rehearsal.prepared, record=None, going=rehearsal.choice.letters)
    composer = RedirectComposer(
        prepared.checked.sealed,
        Redirect(request.to, prepared.seal),
        date=datetime.date.fromisoformat(prepared.date),
        rehearsal_id=record.id,
        keys=parts.source.keys,
    )
    everything = replace(request.send, only=(), limit=None)
    report = await deliver(parts, prepared, record, everything, session, text=SealedText(composer))
    return replace(report, record=None, swallowed=session.is_sink)  # its campaign is gone in a moment


async def _troubles(scratch: Ledger, record: CampaignRecord) -> tuple[Trouble, ...]:
    """What the relay did not take, and why, the most frequent first."""
    reasons: Counter[tuple[str, str]] = Counter()
    async for entry in scratch.log(LogFilter(campaign_id=record.id, states=_NOT_TAKEN)):
        said = f" ({entry.code} {entry.reply})" if entry.code else ""
        reasons[entry.state, f"{entry.reason}{said}"] += 1
    return tuple(Trouble(State(state), reason, letters) for (state, reason), letters in reasons.most_common(_TROUBLES))


def _question(parts: SendParts, prepared: Prepared, choice: Choice, request: RehearsalRequest) -> RehearsalQuestion:
    checked = prepared.checked
    return RehearsalQuestion(
        campaign=parts.source.campaign.name,
        seal=prepared.seal,
        letters=choice.letters,
        of_rows=checked.rows - checked.bad_rows - checked.expired,
        skipped=checked.bad_rows,
        stands_for=choice.examples,
        to=request.to,
        from_=checked.sealed.sender.from_.address,
        attachments=checked.sealed.attachments,
        terms=parts.terms,
        for_sink=parts.place.of_sink,
        quota_left=prepared.quota_left,
    )
