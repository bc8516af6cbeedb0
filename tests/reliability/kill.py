"""Kill -9 at random moments over the whole life of a run, resumed to the end each time."""

from __future__ import annotations

import random
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from outreach.crashpoints import CrashPoint
from tests.reliability.campaign import RUN_SECONDS, Campaign
from tests.reliability.figure import Figure, Scale
from tests.reliability.killing import ASKED, Tally, examine, finish
from tests.reliability.relay import Relay, own_sink, postfix_sink

_SEED = 20231016
_BEFORE, _PLANNING, _SENDING = "before planning", "in planning and sealing", "in sending"
_RUNS_PER_CAMPAIGN = 10

OpenRelay = Callable[[Path], AbstractContextManager[Relay]]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is sent, and how often it is killed."""

    kills: int
    letters: int
    connections: int = 20
    must_hit: tuple[str, ...] = ()  # where at least one kill must have hit


@dataclass(frozen=True, slots=True)
class _Lengths:
    """How long a run takes that nobody kills."""

    until_sending: float
    whole: float

    def moment(self, chance: random.Random, *, first: bool) -> float:
        """When to kill. The first run may get anywhere; the later ones get on so slowly that there are many of them."""
        sending = self.whole - self.until_sending
        return chance.uniform(0, self.whole if first else self.until_sending + 2 * sending / _RUNS_PER_CAMPAIGN)


def run(scale: Scale) -> Figure:
    """Against our sink."""
    long = Size(200, 2000, must_hit=(_BEFORE, _PLANNING, _SENDING))
    return kill_at_random(long if scale is Scale.LONG else Size(4, 300), own_sink, "our sink")


def run_against_postfix(scale: Scale) -> Figure:
    """Against a relay that we did not write."""
    long = Size(40, 2000, must_hit=(_BEFORE, _SENDING))
    return kill_at_random(long if scale is Scale.LONG else Size(2, 300), postfix_sink, "Postfix's smtp-sink")


def kill_at_random(size: Size, open_relay: OpenRelay, peer: str) -> Figure:
    """Campaign after campaign until there were so many kills."""
    chance = random.Random(_SEED)
    tally = Tally(size.connections)
    lengths: _Lengths | None = None
    for _ in range(3 * size.kills + 2):  # nearly each campaign but the first is killed at least once
        if tally.kills.total() == size.kills:
            break
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o755)  # a relay that runs as somebody else reaches its own folder through this one
            with open_relay(Path(name)) as relay:
                if lengths is None:
                    lengths = _measure(_written(Path(name) / "whole", relay, size))
                    continue
                campaign = _written(Path(name) / "campaign", relay, size)
                _kill_often(campaign, relay, tally, lengths, chance, most=size.kills - tally.kills.total())
                finish(campaign, relay, tally, letters=size.letters)
    if tally.kills.total() != size.kills:
        tally.faults.append(f"{tally.kills.total()} kills, not {size.kills}")
    tally.faults += [f"no kill {where}" for where in size.must_hit if not tally.kills[where]]
    what = f"kill -9 at {size.kills} random moments of {size.letters} letters, {size.connections} connections, {peer}"
    return Figure(what, ASKED, tally.measured(), tuple(tally.faults))


def _written(folder: Path, relay: Relay, size: Size) -> Campaign:
    return Campaign.written(folder, letters=size.letters, port=relay.port, connections=size.connections)


def _measure(campaign: Campaign) -> _Lengths:
    began = time.monotonic()
    until_sending = 0.0
    with campaign.start() as process:
        while process.poll() is None:
            if not until_sending and CrashPoint.SLICE_TAKEN in campaign.passed():
                until_sending = time.monotonic() - began
            time.sleep(0.005)  # another process: there is nothing to wait on but time
    assert process.returncode == 0
    return _Lengths(until_sending, time.monotonic() - began)


def _kill_often(
    campaign: Campaign, relay: Relay, tally: Tally, lengths: _Lengths, chance: random.Random, *, most: int
) -> None:
    """Until it has ended in spite of it, or is killed often enough."""
    for number in range(min(most, 2 * _RUNS_PER_CAMPAIGN)):
        with campaign.start() as process:
            try:
                process.wait(timeout=lengths.moment(chance, first=number == 0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=RUN_SECONDS)
        if process.returncode >= 0:
            if process.returncode > 1:
                tally.faults.append(f"a run ended with {process.returncode}")
            return
        examine(campaign, relay, tally, where=_place(campaign.passed()))


def _place(passed: list[str]) -> str:
    """Where the kill hit, by the points that the run came by."""
    if CrashPoint.SLICE_TAKEN in passed:
        return _SENDING
    return _PLANNING if CrashPoint.PLANNING in passed else _BEFORE
