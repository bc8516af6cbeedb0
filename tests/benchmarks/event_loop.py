"""What a letter costs the event loop alone: engine, feed and lanes with a real relay, and nothing else that takes time.

python -m tests.benchmarks.event_loop [LETTERS] [CONNECTIONS]

The peer is Postfix's smtp-sink. The ledger is one in memory, which answers what has come when the loop comes round. The
messages are composed already, and come as from a process beside: as pickled batches.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import time
from collections.abc import Sequence
from typing import Any, cast

import uvloop

from outreach.clock import SystemClock
from outreach.ledger.interface import Ledger
from outreach.ledger.run_values import Intent, Refusal, Result, TakenSlice
from outreach.model import Contact, Delivery, Kind, Mailbox, RecipientState, Role, State
from outreach.policy.options import RetryOptions
from outreach.processes.frames import FrameReader, pack
from outreach.processes.pool import Pool
from outreach.sending.alarm import Alarm
from outreach.sending.breaker import Breaker
from outreach.sending.connections import Connections
from outreach.sending.engine import Engine
from outreach.sending.engine_parts import EngineParts
from outreach.sending.events import ignore
from outreach.sending.feed import Feed, FeedLimits
from outreach.sending.gate import Gate, GateTerms
from outreach.sending.losses import Losses
from outreach.sending.messages import ComposedAhead
from outreach.sending.pacing import Pacing
from outreach.sending.sealed_text import SealedText
from outreach.sending.stop import StopSignal
from outreach.sending.throttle import Throttle
from outreach.smtp.options import RelayOptions
from outreach.smtp.relay import SmtpRelay
from tests.benchmarks.servers import postfix_sink

_SLICE = 200
_BATCH = 25
_CONTENT = (
    b"Subject: A letter\r\n\r\n" + b"One line of the letter, which is as long as those of other letters are\r\n" * 84
)


class MemoryLedger:
    """Hands out slices and takes in commits; those that come in one round of the loop are answered in the next."""

    def __init__(self, letters: int) -> None:
        self._deliveries = tuple(_delivery(row) for row in range(letters))
        self._taken = 0
        self._waiting: list[asyncio.Future[Refusal | None]] = []
        self.accepted = 0

    async def take_slice(self, now: float, *, only: Sequence[str] = ()) -> TakenSlice | None:
        """The next 200."""
        del now, only
        deliveries = self._deliveries[self._taken : self._taken + _SLICE]
        self._taken += len(deliveries)
        return TakenSlice(deliveries[0].slice, 1, deliveries) if deliveries else None

    async def release_slice(self, number: int, epoch: int) -> None:
        """Nothing to be kept."""

    async def next_due(self, *, only: Sequence[str] = ()) -> float | None:
        """Nothing comes back."""
        del only
        return None

    async def commit(self, results: Sequence[Result], intent: Intent | None = None) -> Refusal | None:
        """Count, and let it stand."""
        del intent
        self.accepted += sum(result.outcome.kind is Kind.ACCEPTED for result in results)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Refusal | None] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._answer)
        self._waiting.append(future)
        return await future

    def _answer(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            future.set_result(None)


class ReadyPool(Pool):
    """Answers with messages that were composed before, unpacked anew each time."""

    def __init__(self) -> None:
        made = [(bytes(_CONTENT), f"<{n}@x.example>", "a@x.example", False, "0" * 64, None) for n in range(_BATCH)]
        self._answer = pack((1, made, None))

    async def run(self, batch: Any) -> Any:
        """The answer to a whole batch."""
        pack((1, batch))
        await asyncio.sleep(0)
        ((_, made, _),) = FrameReader().feed(self._answer)
        return made[: len(batch)]


def measure(letters: int, connections: int) -> float:
    """Microseconds of CPU per letter, user and system, of the process that sends. AssertionError if any is missing."""
    with postfix_sink() as port:
        return uvloop.run(_measure(letters, connections, port))


async def _measure(letters: int, connections: int, port: int) -> float:
    ledger = MemoryLedger(letters)
    engine = Engine(_parts(ledger, connections, port))
    gc.freeze()  # deliveries that wait for their turn are the ledger's
    gc.set_threshold(50_000, 20, 50)  # as the commands do
    began = time.process_time()
    await engine.run(lanes=connections)
    seconds = time.process_time() - began
    assert ledger.accepted == letters, f"{ledger.accepted} of {letters} were accepted"
    return seconds * 1e6 / letters


def _parts(memory: MemoryLedger, connections: int, port: int) -> EngineParts:
    clock, stop, ledger = SystemClock(), StopSignal(), cast(Ledger, memory)
    relay = SmtpRelay(
        RelayOptions(host="127.0.0.1", port=port, security="none"), password=None, hostname="bench.example"
    )
    messages = ComposedAhead(ReadyPool(), cast(SealedText, None), clock)
    gate = Gate(GateTerms(), clock, stop, ignore, wait_seconds=0.0)
    throttle = Throttle(clock, stop, ignore, connections=connections, rate=None, wait_seconds=0.0)
    pacing = Pacing(ledger, clock, stop, throttle=throttle, per_domain={})
    feed = Feed(
        ledger,
        gate,
        pacing,
        clock,
        stop,
        limits=FeedLimits(wait_seconds=0.0),
        listener=ignore,
        announce=messages.announce,
        is_ready=messages.is_ready,
    )
    return EngineParts(
        ledger=ledger,
        relay=relay,
        messages=messages,
        feed=feed,
        gate=gate,
        throttle=throttle,
        alarm=Alarm(stop),
        losses=Losses(),
        stop=stop,
        connections=Connections(
            relay,
            throttle,
            Breaker(clock, stop, ignore),
            clock,
            stop,
            to_sink=False,
            finished=feed.finished,
            listener=ignore,
        ),
        listener=ignore,
        clock=clock,
        chance=random.Random(1),
        retry=RetryOptions(),
    )


def _delivery(row: int) -> Delivery:
    mailbox = Mailbox("Minister", f"minister{row}@state{row % 100}.example", f"minister{row}@state{row % 100}.example")
    fields = {"email": mailbox.address, "name": "Minister", "country": "Somewhere", "title": "Her Excellency"}
    contact = Contact(mailbox.key, row + 2, (mailbox,), fields=fields)
    return Delivery(row + 1, row // _SLICE, 1, contact, State.PLANNED, (RecipientState(Role.TO, mailbox),))


if __name__ == "__main__":
    asked = [int(argument) for argument in sys.argv[1:]]
    print(f"{measure(*(asked + [50_000, 50][len(asked) :])):.1f} µs of CPU per letter")
