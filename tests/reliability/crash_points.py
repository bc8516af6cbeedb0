"""Kill -9 at each crash point: at the very step that is most likely to be got wrong."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from outreach.crashpoints import CrashPoint
from tests.reliability.campaign import RUN_SECONDS, Campaign
from tests.reliability.figure import Figure, Scale
from tests.reliability.kill import Size
from tests.reliability.killing import ASKED, Tally, examine, finish
from tests.reliability.relay import own_sink

_SEED = 20231017
_LETTER_BYTES = 20 * 1024  # above what leaves in one write, or there would be no moment in mid-body
_ONCE = frozenset(
    {CrashPoint.MIGRATING, CrashPoint.PLANNING, CrashPoint.PLANNED, CrashPoint.SEALING, CrashPoint.SEALED}
)


def run(scale: Scale) -> Figure:
    """Each campaign dies once at every point, in order, and each death is resumed from."""
    times = 20 if scale is Scale.LONG else 1
    points = len(CrashPoint)
    size = Size(times * points, 2000) if scale is Scale.LONG else Size(times * points, 300)
    chance = random.Random(_SEED)
    tally = Tally(size.connections)
    for _ in range(times):
        with tempfile.TemporaryDirectory() as name, own_sink(Path(name)) as relay:
            campaign = Campaign.written(
                Path(name) / "campaign",
                letters=size.letters,
                port=relay.port,
                connections=size.connections,
                attachment_bytes=_LETTER_BYTES,
            )
            for point in CrashPoint:
                _die(campaign, tally, point, nth=_nth(point, chance, size))
                examine(campaign, relay, tally, where=point)
            finish(campaign, relay, tally, letters=size.letters)
    tally.faults += [
        f"{point}: {tally.kills[point]} deaths, not {times}" for point in CrashPoint if tally.kills[point] != times
    ]
    return Figure(
        f"kill -9 {times} times at each of {points} crash points, {size.letters} letters, "
        f"{size.connections} connections",
        ASKED,
        tally.measured(),
        tuple(tally.faults),
    )


def _nth(point: CrashPoint, chance: random.Random, size: Size) -> int:
    """At which of its times the point kills; few enough that letters are left for the points that follow."""
    if point in _ONCE or point is CrashPoint.SLICE_TAKEN:
        return 1
    return chance.randint(1, size.letters // (2 * len(CrashPoint)))


def _die(campaign: Campaign, tally: Tally, point: CrashPoint, *, nth: int) -> None:
    """Let a send run until it dies there by itself."""
    with campaign.start(die_at=point, nth=nth) as process:
        code = process.wait(timeout=RUN_SECONDS)
    if code != -9 or campaign.died_at() != point:
        tally.faults.append(f"{point}: not reached {nth} times, ended with {code}")
        tally.kills[point] -= 1  # it is examined all the same
