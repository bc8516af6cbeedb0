"""Where the time of a letter goes: CPU of each step through its real functions, in one process, for a few thousand."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import uvloop

from outreach.composing.composer import Composer
from outreach.ledger.encoding import contact_to_json, digest_contact
from outreach.ledger.interface import Ledger
from outreach.ledger.run_values import Intent, Result, RunRequest, TakenSlice
from outreach.ledger.sqlite import open_ledger
from outreach.message.compose import content_digest
from outreach.model import (
    Concern,
    Contact,
    Delivery,
    Kind,
    Message,
    Outcome,
    Reply,
    Stage,
    State,
)
from outreach.smtp.interface import ConnectFailure, Envelope
from outreach.smtp.relay import SmtpRelay
from tests.benchmarks.plain_planning import DATE, Opened, contacts_of, open_campaign, plan
from tests.benchmarks.servers import postfix_sink

_LANES = 20  # commits under way at a time, as with so many connections
_ACCEPTED = Outcome(Kind.ACCEPTED, Concern.MESSAGE, "accepted", Reply(Stage.DOT, 250, "2.0.0", "Ok"))

STEPS = {
    "row": "read a row and validate its address",
    "json": "contact as JSON, and its digest",
    "plan": "row into the roster, roster into the ledger",
    "render": "render the letter",
    "compose": "compose the message",
    "digest": "digest of the message",
    "take": "take the delivery with its slice",
    "intent": "intent, durable",
    "result": "result, durable",
    "smtp": "envelope and body through the session",
}


def measure_steps(folder: Path) -> dict[str, float]:
    """Microseconds of CPU (user and system, all threads of this process) per letter, for each step.

    The steps are run one after the other over all contacts of the campaign, each by itself.
    """
    return uvloop.run(_measure(open_campaign(folder)))


class _Stopwatch:
    """CPU time since the last look, per letter."""

    def __init__(self, letters: int) -> None:
        self._letters = letters
        self._last = time.process_time()

    def restart(self) -> None:
        self._last = time.process_time()

    def lap(self) -> float:
        """Microseconds per letter; begins the next lap."""
        now = time.process_time()
        passed, self._last = now - self._last, now
        return passed * 1e6 / self._letters


async def _measure(opened: Opened) -> dict[str, float]:
    contacts = list(contacts_of(opened))  # warm, and counted
    watch = _Stopwatch(len(contacts))
    steps: dict[str, float] = {}
    for _ in contacts_of(opened):
        pass
    steps["row"] = watch.lap()
    for contact in contacts:
        digest_contact(contact_to_json(contact))
    steps["json"] = watch.lap()
    messages = _compose(opened, contacts, steps)
    async with AsyncExitStack() as stack:
        ledger = open_ledger(opened.settings.folder / "steps.db")
        stack.push_async_callback(ledger.close)
        watch.restart()
        record = await plan(ledger, opened)
        # Planning reads the list again: what that costs is known.
        steps["plan"] = max(0.0, watch.lap() - steps["row"])
        await ledger.start_run(RunRequest(record.id, "bench:1:0", "127.0.0.1:1", (), time.time()))
        watch.restart()
        taken = await _take(ledger, len(contacts))
        steps["take"] = watch.lap()
        intents = [_intent(part, delivery) for part in taken for delivery in part.deliveries]
        results = [_result(part, delivery) for part in taken for delivery in part.deliveries]
        watch.restart()
        await _in_lanes(ledger, intents, [])
        steps["intent"] = watch.lap()
        await _in_lanes(ledger, [], results)
        steps["result"] = watch.lap()
    await _send(opened, messages, steps)
    return {name: steps[name] for name in STEPS}


def _compose(opened: Opened, contacts: Sequence[Contact], steps: dict[str, float]) -> list[Message]:
    composer = Composer(opened.sealed, date=datetime.date.fromisoformat(DATE))
    for contact in contacts[:2]:  # what is done once for all letters is no letter's
        composer.message(contact, date=0.0)
    watch = _Stopwatch(len(contacts))
    letters = [composer.letter_in_stretches(contact) for contact in contacts]
    steps["render"] = watch.lap()
    messages = [composer.compose(letter, contact, date=0.0) for letter, contact in zip(letters, contacts, strict=True)]
    steps["compose"] = watch.lap()
    for message in messages:
        content_digest(message)
    steps["digest"] = watch.lap()
    return messages


async def _take(ledger: Ledger, most: int) -> list[TakenSlice]:
    taken: list[TakenSlice] = []
    while (part := await ledger.take_slice(time.time())) is not None and len(taken) < most:
        taken.append(part)
    return taken


def _intent(part: TakenSlice, delivery: Delivery) -> Intent:
    now = time.time()
    return Intent(
        delivery_id=delivery.id,
        slice=part.number,
        epoch=part.epoch,
        attempt=delivery.attempt + 1,
        at=now,
        date=now,
        message_id=f"<{delivery.id}@bench.example>",
        digest=hashlib.sha256(str(delivery.id).encode()).hexdigest(),
        named=(0,),
    )


def _result(part: TakenSlice, delivery: Delivery) -> Result:
    recipients = tuple(recipient._replace(state=State.ACCEPTED) for recipient in delivery.recipients)
    return Result(
        delivery_id=delivery.id,
        slice=part.number,
        attempt=delivery.attempt + 1,
        at=time.time(),
        state=State.ACCEPTED,
        recipients=recipients,
        outcome=_ACCEPTED,
        due_at=0.0,
        charged=True,
        had_intent=True,
    )


async def _in_lanes(ledger: Ledger, intents: Sequence[Intent], results: Sequence[Result]) -> None:
    calls = iter([*((intent, None) for intent in intents), *((None, result) for result in results)])

    async def lane() -> None:
        for intent, result in calls:
            refused = await ledger.commit([result] if result else [], intent)
            if refused is not None:
                raise RuntimeError(f"the ledger refused an intent: {refused}")

    await asyncio.gather(*(lane() for _ in range(_LANES)))


async def _send(opened: Opened, messages: Sequence[Message], steps: dict[str, float]) -> None:
    with postfix_sink() as port:
        relay = SmtpRelay(replace(opened.settings.require_relay(), port=port), password=None, hostname="bench.example")
        waiting = iter(messages)

        async def lane() -> None:
            session = await relay.connect()
            if isinstance(session, ConnectFailure):
                raise ConnectionError(f"no session: {session.answer}")
            body: Message | None = None
            for message in waiting:
                envelope = Envelope(message, (0,), frozenset({0}))
                await session.exchange(body=body, envelope=envelope)
                body = message
            if body is not None:
                await session.exchange(body=body)
            await session.close()

        watch = _Stopwatch(len(messages))
        await asyncio.gather(*(lane() for _ in range(_LANES)))
        steps["smtp"] = watch.lap()
