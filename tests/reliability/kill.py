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
_MOST_PER_CAMPAIGN = 10

OpenRelay = Callable[[Path], AbstractContextManager[Relay]]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is sent, and how often it is killed."""

    kills: int
    letters: int
    connections: int = 20
    must_hit: tuple[str, ...] = ()  # where at least one kill must have hit


@dataclass(frozen=True, slots=True)
class _Stage:
    """A part of a run's life, and how long it takes where nobody kills."""

    begins: CrashPoint | None  # the point at which it begins; None: the start of the process
    seconds: float
    weight: int  # how many of ten kills are aimed at it


def _stages(*, until_planning: float, until_sending: float, whole: float) -> list[_Stage]:
    """The whole life.

    Planning is short, so that moments spread evenly would miss it. Of sending only the first part is aimed at, or there
    would be two kills to a campaign: where one run dies, the next goes on.
    """
    return [
        _Stage(None, until_planning, 3),
        _Stage(CrashPoint.PLANNING, until_sending - until_planning, 2),
        _Stage(CrashPoint.SLICE_TAKEN, 0.4 * (whole - until_sending), 5),
    ]


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
    stages: list[_Stage] | None = None
    for _ in range(3 * size.kills + 2):  # nearly each campaign but the first is killed at least once
        if tally.kills.total() == size.kills:
            break
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o755)  # a relay that runs as somebody else reaches its own folder through this one
            with open_relay(Path(name)) as relay:
                if stages is None:
                    stages = _measure(_written(Path(name) / "whole", relay, size))
                    continue
                campaign = _written(Path(name) / "campaign", relay, size)
                _kill_often(campaign, relay, tally, stages, chance, most=size.kills - tally.kills.total())
                finish(campaign, relay, tally, letters=size.letters)
    if tally.kills.total() != size.kills:
        tally.faults.append(f"{tally.kills.total()} kills, not {size.kills}")
    tally.faults += [f"no kill {where}" for where in size.must_hit if not tally.kills[where]]
    what = f"kill -9 at {size.kills} random moments of {size.letters} letters, {size.connections} connections, {peer}"
    return Figure(what, ASKED, tally.measured(), tuple(tally.faults))


def _written(folder: Path, relay: Relay, size: Size) -> Campaign:
    return Campaign.written(folder, letters=size.letters, port=relay.port, connections=size.connections)


def _measure(campaign: Campaign) -> list[_Stage]:
    began = time.monotonic()
    with campaign.start() as process:
        _wait_for(CrashPoint.PLANNING, campaign, process)
        until_planning = time.monotonic() - began
        _wait_for(CrashPoint.SLICE_TAKEN, campaign, process)
        until_sending = time.monotonic() - began
        assert process.wait(timeout=RUN_SECONDS) == 0
    return _stages(until_planning=until_planning, until_sending=until_sending, whole=time.monotonic() - began)


def _wait_for(point: CrashPoint, campaign: Campaign, process: subprocess.Popen[bytes]) -> None:
    """Return when the run has come by the point, or has ended."""
    while point not in campaign.passed() and process.poll() is None:
        time.sleep(0.002)  # another process: there is nothing to wait on but time


def _kill_often(
    campaign: Campaign, relay: Relay, tally: Tally, stages: list[_Stage], chance: random.Random, *, most: int
) -> None:
    """Until it has ended in spite of it, or is killed often enough."""
    for _ in range(min(most, _MOST_PER_CAMPAIGN)):
        [stage] = chance.choices(stages, [one.weight for one in stages])
        with campaign.start() as process:
            if stage.begins is not None:
                _wait_for(stage.begins, campaign, process)
            try:
                process.wait(timeout=chance.uniform(0, stage.seconds))
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
