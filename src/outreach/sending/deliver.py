"""Sends what is planned: joins feed, pacing, breaker and engine for one run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from math import inf

from outreach.ledger.campaign_values import CampaignRecord
from outreach.ledger.interface import RunLedger
from outreach.ledger.run_values import RunRequest
from outreach.processes.pool import is_worth_it, open_pool
from outreach.sending.alarm import Alarm
from outreach.sending.breaker import Breaker
from outreach.sending.connections import Connections
from outreach.sending.ending import SendReport, report_on
from outreach.sending.engine import Engine
from outreach.sending.engine_parts import EngineParts
from outreach.sending.events import RunStarted
from outreach.sending.feed import Feed, FeedLimits
from outreach.sending.gate import Gate, GateTerms
from outreach.sending.ledger_beside import run_ledger
from outreach.sending.losses import Losses
from outreach.sending.messages import ComposedAhead, ComposedHere, Messages
from outreach.sending.options import SendRequest
from outreach.sending.orders import Setup
from outreach.sending.pacing import Pacing
from outreach.sending.parts import SendParts
from outreach.sending.prepare import Prepared
from outreach.sending.remembering import remembering
from outreach.sending.sealed_text import SealedText, load_sealed_text
from outreach.sending.signing import public_keys
from outreach.sending.stop import StopSignal
from outreach.sending.throttle import Throttle
from outreach.smtp.interface import Session

_FAST = 300.0  # letters per second
_LARGE_BYTES = 64 * 1024  # of a message; handing over larger ones costs more than composing them, attachments ready


async def deliver(
    parts: SendParts,
    prepared: Prepared,
    record: CampaignRecord,
    request: SendRequest,
    session: Session | None,
    *,
    text: SealedText | None = None,
) -> SendReport:
    """Send until nothing is due, or the run must stop; the report says how it ended. A session may be open already.

    `text` makes the messages; by default it is what the ledger holds.
    """
    many = _is_many(parts, prepared)
    async with (
        remembering(parts.relay, parts.ledger, parts.clock),
        run_ledger(parts.ledger, beside=many) as ledger,
        _composing(parts, prepared, record, text, beside=many) as messages,
    ):
        return await _deliver(parts, prepared, record, request, ledger=ledger, session=session, messages=messages)


def _is_many(parts: SendParts, prepared: Prepared) -> bool:
    """Whether letters and cores are enough to be worth other processes; below some pace one does it all in passing."""
    return parts.terms.cores > 1 and is_worth_it(prepared.going) and (parts.terms.rate or inf) >= _FAST


async def _deliver(
    parts: SendParts,
    prepared: Prepared,
    record: CampaignRecord,
    request: SendRequest,
    *,
    ledger: RunLedger,
    session: Session | None,
    messages: Messages,
) -> SendReport:
    stop = StopSignal()
    terms = GateTerms(record.not_before, parts.terms.hours)
    gate = Gate(terms, parts.clock, stop, parts.listener, wait_seconds=request.wait_seconds)
    throttle = _throttle(parts, request, stop)
    pacing = Pacing(ledger, parts.clock, stop, throttle=throttle, per_domain=parts.terms.per_domain)
    feed = Feed(
        ledger,
        gate,
        pacing,
        parts.clock,
        stop,
        limits=_limits(parts, request),
        listener=parts.listener,
        announce=messages.announce,
        is_ready=messages.is_ready,
    )
    engine = Engine(_engine_parts(parts, ledger, messages, stop, feed=feed, gate=gate, throttle=throttle))
    await ledger.start_run(
        RunRequest(
            record.id,
            parts.identity.owner,
            parts.relay.account,
            parts.terms.quotas,
            parts.clock.now(),
            letters=prepared.going,
            keys=public_keys(parts.source),
        )
    )
    await _announce(parts, prepared, record)
    parts.interruption.engine = engine
    try:
        await engine.run(lanes=min(parts.terms.connections, prepared.going), first=session)
    finally:
        parts.interruption.engine = None
        await pacing.close()
    return await report_on(
        replace(prepared, record=record), parts.ledger, name=record.name, stop=stop.reason, limited=feed.limited
    )


@asynccontextmanager
async def _composing(
    parts: SendParts, prepared: Prepared, record: CampaignRecord, text: SealedText | None, *, beside: bool
) -> AsyncIterator[Messages]:
    """What composes the messages: processes `beside` this one, or it alone."""
    beside = beside and text is None
    keys = parts.source.keys
    text = text or await load_sealed_text(parts.ledger, record, keys)
    if not beside or prepared.checked.largest_bytes > _LARGE_BYTES:
        yield ComposedHere(text, parts.clock)
        return
    bundle = await parts.ledger.bundle(record.id)
    files = {file.path: file.content for file in bundle.files}
    argument: Setup = (bundle.settings, files, record.date, record.id, keys)
    # Signing costs more than all else, so that sending does not fill a core of its own.
    workers = parts.terms.cores - (keys.signing is None)
    async with open_pool("outreach.sending.orders:setup", argument, workers=workers) as pool:
        messages = ComposedAhead(pool, text, parts.clock)
        try:
            yield messages
        finally:
            await messages.close()


async def _announce(parts: SendParts, prepared: Prepared, record: CampaignRecord) -> None:
    balance = await parts.ledger.balance(record.id)
    parts.listener(
        RunStarted(
            record.name, parts.terms.shown, prepared.going, balance.counts, parts.terms.rate, parts.place.of_sink
        )
    )


def _limits(parts: SendParts, request: SendRequest) -> FeedLimits:
    return FeedLimits(
        request.wait_seconds,
        most=request.limit,
        only=request.only,
        quota=bool(parts.terms.quotas),
        count_recipients=parts.terms.count_recipients,
    )


def _throttle(parts: SendParts, request: SendRequest, stop: StopSignal) -> Throttle:
    return Throttle(
        parts.clock,
        stop,
        parts.listener,
        connections=parts.terms.connections,
        rate=parts.terms.rate,
        wait_seconds=request.wait_seconds,
    )


def _engine_parts(
    parts: SendParts,
    ledger: RunLedger,
    messages: Messages,
    stop: StopSignal,
    *,
    feed: Feed,
    gate: Gate,
    throttle: Throttle,
) -> EngineParts:
    breaker = Breaker(parts.clock, stop, parts.listener)
    return EngineParts(
        ledger=ledger,
        relay=parts.relay,
        messages=messages,
        feed=feed,
        gate=gate,
        throttle=throttle,
        alarm=Alarm(stop),
        losses=Losses(),
        stop=stop,
        connections=Connections(
            parts.relay,
            throttle,
            breaker,
            parts.clock,
            stop,
            to_sink=parts.place.of_sink,
            finished=feed.finished,
            listener=parts.listener,
        ),
        listener=parts.listener,
        clock=parts.clock,
        chance=parts.identity.chance,
        retry=parts.retry,
        count_recipients=parts.terms.count_recipients,
    )
