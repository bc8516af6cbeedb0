"""Power loss: a campaign is recorded with all that it does to the disk, and taken up again from many moments in it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import apsw

from outreach.assembly.parts import opened_parts
from outreach.config import load_settings
from outreach.errors import OutreachError, UnsafeError
from outreach.ledger.record_values import LogEntry, LogFilter
from outreach.ledger.sqlite import open_ledger
from outreach.model import State
from outreach.sending.events import AttemptEnded, Event, Listener, ignore
from outreach.sending.options import SendRequest
from outreach.sending.parts import Interruption, SendParts
from outreach.sending.question import Question
from outreach.sending.run import send
from outreach.sink.mailbox import Mailbox, Received
from tests.flows.conftest import sink_in_thread
from tests.reliability.accounting import count_copies, disagreements
from tests.reliability.campaign import NAME, Campaign
from tests.reliability.disk import Loss, Sync, Write, left_on_disk
from tests.reliability.figure import Figure, Scale
from tests.reliability.recording import DiskLog, recorded
from tests.reliability.relay import Copy

_SEED = 20231018
_CONNECTIONS = 10
_NOT_LEFT = (State.PLANNED, State.DEFERRED, State.FAILED)  # states in which a letter has not arrived, and may be sent
_CHECKPOINT_EVERY = 100  # letters; of itself a checkpoint comes with some thousands


@dataclass(frozen=True, slots=True)
class Dot:
    """The relay has a letter, and is about to say so."""

    copy: Copy


@dataclass(frozen=True, slots=True)
class Told:
    """The user has seen what became of a letter."""

    address: str
    state: State


@dataclass(slots=True)
class _Tally:
    """What came of the losses."""

    points: Counter[str] = field(default_factory=Counter)  # by what was going on
    opened: int = 0
    losses: int = 0
    unsure: int = 0
    twice: int = 0
    forgotten: int = 0  # letters that had left, and results that were told
    torn: int = 0  # losses that left something else than what was synced
    faults: list[str] = field(default_factory=list)

    def measured(self) -> str:
        """The figure."""
        where = ", ".join(f"{count} {place}" for place, count in self.points.items())
        return (
            f"the ledger opens {self.opened} of {self.losses} times, sent twice {self.twice}, "
            f"forgotten {self.forgotten}; {self.unsure} unsure, {self.torn} losses with torn writes. Points: {where}"
        )


def run(scale: Scale) -> Figure:
    """Record a campaign, then lose the power at so many points of it, in three ways each."""
    points, letters = (50, 600) if scale is Scale.LONG else (6, 120)
    tally = _Tally()
    with tempfile.TemporaryDirectory() as name, _home(Path(name) / "home"):
        folder = Path(name).resolve() / "campaign"
        log = _record(folder, letters)
        chance = random.Random(_SEED)
        for point, place in _choose(log, points, chance):
            tally.points[place] += 1
            for loss in Loss:
                _lose_power(folder, log[:point], loss, chance, tally, letters=letters, where=f"{place}, {loss.value}")
    if tally.points.total() != points:
        tally.faults.append(f"{tally.points.total()} points, not {points}")
    return Figure(
        f"power lost at {points} points of {letters} letters, each with the unsynced writes undone, torn and cut short",
        "the ledger opens every time; sent twice 0; no letter that left and no result that was told is forgotten",
        tally.measured(),
        tuple(tally.faults),
    )


@contextlib.contextmanager
def _home(home: Path) -> Iterator[None]:
    """Away from the settings of this machine."""
    home.mkdir()
    with patch.dict("os.environ", {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}):
        yield


# --- The recording ----------------------------------------------------------------------------------------------------


class _NotingMailbox(Mailbox):
    """Notes each letter when its dot has come."""

    def __init__(self, log: DiskLog | None = None) -> None:
        super().__init__()
        self.copies: list[Copy] = []
        self._log = log

    def keep(self, message: Received) -> None:
        """Take one message."""
        super().keep(message)
        head = message.content.partition(b"Message-ID: ")[2].partition(b"\r\n")[0]
        self.copies.append(Copy(message.addresses, head.decode(), message.at, message.connection))
        if self._log is not None:
            self._log.note(Dot(self.copies[-1]))


def _record(folder: Path, letters: int) -> Sequence[object]:
    """Send a whole campaign; what it did to the disk, and what others saw of it meanwhile."""
    campaign = Campaign.written(folder, letters=letters, port=1, connections=_CONNECTIONS)
    with recorded(folder) as log, sink_in_thread(keep=_NotingMailbox(log), record_limit=0) as sink:
        told = 0

        def listen(event: Event) -> None:
            nonlocal told
            if isinstance(event, AttemptEnded):
                log.note(Told(event.address, event.after))
                told += 1
                if told % _CHECKPOINT_EVERY == 0:
                    _checkpoint(campaign)

        _send(campaign, sink.port, listen)
        assert sink.count == letters
    return log.entries


def _checkpoint(campaign: Campaign) -> None:
    """Move what is in the -wal into the database, as a longer campaign does of itself, and begin the -wal anew."""
    connection = apsw.Connection(str(campaign.ledger), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.pragma("synchronous", "full")
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    connection.close()


def _choose(log: Sequence[object], points: int, chance: random.Random) -> list[tuple[int, str]]:
    """Moments of the log, spread over the whole life of the campaign, with what was going on."""
    first_dot = next(place for place, entry in enumerate(log) if isinstance(entry, Dot))
    last_told = max(place for place, entry in enumerate(log) if isinstance(entry, Told))
    moving = [
        place
        for place, entry in enumerate(log[:last_told])
        if place > first_dot and isinstance(entry, Write | Sync) and entry.path.endswith(".db")
    ]
    spans = {
        "before the first letter": list(range(1, first_dot)),
        "in sending": list(range(first_dot + 1, last_told + 1)),
        "in a checkpoint": [place + 1 for place in moving],
        "at the end": list(range(last_told + 1, len(log) + 1)),
    }
    shares = dict(zip(spans, (points // 5, points, points // 6, points // 10), strict=True))
    shares["in sending"] = points - sum(shares.values()) + points
    return [
        (place, what)
        for what, span in spans.items()
        for place in sorted(chance.sample(span, min(shares[what], len(span))))
    ]


# --- The loss ---------------------------------------------------------------------------------------------------------


def _lose_power(
    folder: Path,
    log: Sequence[object],
    loss: Loss,
    chance: random.Random,
    tally: _Tally,
    *,
    letters: int,
    where: str,
) -> None:
    """Leave on the disk what a power loss at the end of this log would, look at it, and send the rest."""
    campaign = Campaign(folder)
    left = left_on_disk(log, loss, chance)
    tally.torn += left != left_on_disk(log, Loss.UNDONE, chance)
    _restore(campaign, left)
    tally.losses += 1
    before = [entry.copy for entry in log if isinstance(entry, Dot)]
    try:
        deliveries = asyncio.run(_recovered(campaign))
    except (OutreachError, apsw.Error) as error:
        tally.faults.append(f"{where}: the ledger does not open: {error}")
        return
    tally.opened += 1
    forgotten = [f"{where}: {line}" for line in _forgotten(log, deliveries)]
    tally.forgotten += len(forgotten)
    tally.faults += forgotten
    mailbox = _NotingMailbox()
    with sink_in_thread(keep=mailbox, record_limit=0) as sink:
        try:
            _send(campaign, sink.port)
        except UnsafeError as error:
            tally.faults.append(f"{where}: {error.what}")  # nothing is sent twice, but a ledger is lost
    _count(campaign, [*before, *mailbox.copies], tally, letters=letters, where=where)


def _restore(campaign: Campaign, left: dict[str, bytes]) -> None:
    shutil.rmtree(campaign.ledger.parent, ignore_errors=True)
    campaign.seal.unlink(missing_ok=True)
    for path, content in left.items():
        file = campaign.folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)


async def _recovered(campaign: Campaign) -> list[LogEntry]:
    """Every delivery, once it is found out what the run that died has left behind."""
    if not campaign.ledger.exists():
        return []
    ledger = open_ledger(campaign.ledger)
    try:
        record = await ledger.campaign(NAME)
        if record is not None:
            await ledger.recover(record.id, owner="after the loss", now=record.created_at)
        broken = await ledger.verify()
        assert not broken, f"the journal is broken: {broken}"
        return [entry async for entry in ledger.log(LogFilter())]
    finally:
        await ledger.close()


def _forgotten(log: Sequence[object], deliveries: Sequence[LogEntry]) -> Iterator[str]:
    """What the ledger must know and does not: letters that have left, and results that were told."""
    states = {delivery.address: State(delivery.state) for delivery in deliveries}
    for entry in log:
        if isinstance(entry, Dot):
            address = entry.copy.recipients[0]
            if states.get(address, State.PLANNED) in _NOT_LEFT:
                yield f"{address}: has left, and is {states.get(address, 'unknown')}"
        elif isinstance(entry, Told) and states.get(entry.address) is not entry.state:
            yield f"{entry.address}: {entry.state} was told, {states.get(entry.address, 'unknown')} is known"


def _count(campaign: Campaign, copies: Sequence[Copy], tally: _Tally, *, letters: int, where: str) -> None:
    deliveries = campaign.deliveries()
    unsure = sum(delivery.state == State.UNSURE for delivery in deliveries)
    tally.unsure += unsure
    twice = [address for address, count in count_copies(copies).items() if count > 1]
    tally.twice += len(twice)
    tally.faults += [f"{where}: {address} sent twice" for address in twice]
    tally.faults += [f"{where}: {line}" for line in disagreements(deliveries, copies)]
    accepted = sum(delivery.state == State.ACCEPTED for delivery in deliveries)
    if accepted + unsure != letters or unsure > _CONNECTIONS:
        tally.faults.append(f"{where}: {accepted} accepted and {unsure} unsure of {letters}")
    if not campaign.seal.exists():
        tally.faults.append(f"{where}: no seal at the end")


def _send(campaign: Campaign, port: int, listener: Listener = ignore) -> None:
    """A send in this process, with everything but a terminal."""
    settings = load_settings(
        config=campaign.folder / "outreach.toml", cwd=campaign.folder, environ={}, flags={"relay.port": str(port)}
    )

    def open_parts(of_sink: bool) -> AbstractAsyncContextManager[SendParts]:
        return opened_parts(
            settings, of_sink=of_sink, ask_secret=lambda _: "", listener=listener, interruption=Interruption()
        )

    async def ask(question: Question) -> bool:
        raise AssertionError("--yes answers the question")

    asyncio.run(send(open_parts, SendRequest(yes=True), ask, to_sink=False))
