"""Kill -9 of one of the processes of a run of many letters: the sender's, the ledger's, or one that composes."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from outreach.crashpoints import CrashPoint
from outreach.model import OPEN_STATES
from outreach.processes.pool import is_worth_it
from tests.reliability.campaign import RUN_SECONDS, Campaign
from tests.reliability.figure import Figure, Scale
from tests.reliability.killing import ASKED, Tally, examine, finish
from tests.reliability.relay import own_sink
from tests.support.processes import children, ledger_child

_SEED = 20231016
_CONNECTIONS = 20
_SENDER, _LEDGER, _COMPOSING = "of the sender", "of the ledger", "of what composes"
_LEDGER_GONE = 5  # how the run ends when its ledger's process is gone
_SPREAD_SECONDS = 0.7  # from the first slice on


@dataclass(frozen=True, slots=True)
class _Size:
    kills: int
    letters: int


def run(scale: Scale) -> Figure:
    """Campaign after campaign until there were so many kills of each."""
    size = _Size(10, 6000) if scale is Scale.LONG else _Size(1, 3000)
    chance = random.Random(_SEED)
    tally = Tally(_CONNECTIONS)
    for _ in range(6 * size.kills):
        missing = [whom for whom in (_SENDER, _LEDGER, _COMPOSING) if tally.kills[whom] < size.kills]
        if not missing:
            break
        with tempfile.TemporaryDirectory() as name, own_sink(Path(name)) as relay:
            campaign = Campaign.written(
                Path(name) / "campaign", letters=size.letters, port=relay.port, connections=_CONNECTIONS
            )
            chance.shuffle(missing)
            for whom in missing:
                if _kill(campaign, whom, chance, tally):
                    examine(campaign, relay, tally, where=whom)
                if not is_worth_it(_open_letters(campaign)):
                    break
            finish(campaign, relay, tally, letters=size.letters)
    tally.faults += [f"{count} kills {whom}" for whom, count in tally.kills.items() if count != size.kills]
    what = (
        f"kill -9 of one of the processes of a run, {size.kills} times each, "
        f"{size.letters} letters, {_CONNECTIONS} connections, our sink"
    )
    return Figure(what, ASKED, tally.measured(), tuple(tally.faults))


def _kill(campaign: Campaign, whom: str, chance: random.Random, tally: Tally) -> bool:
    """Whether it could be killed while the run was on; a run that loses what composes goes on to its end."""
    with campaign.start() as process:
        keeper = ledger_child(process.pid)
        while CrashPoint.SLICE_TAKEN not in campaign.passed() and process.poll() is None:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, _SPREAD_SECONDS))
        others = [child for child in children(process.pid) if child != keeper]
        victims = {_SENDER: [process.pid], _LEDGER: [keeper], _COMPOSING: others}[whom] if keeper else []
        hit = process.poll() is None and any(map(_has_killed, victims[:1]))
        code = process.wait(timeout=RUN_SECONDS)
    if not hit:
        return False
    # 1: all that could be sent was; letters of an earlier kill are unsure.
    if code not in {_SENDER: (-9,), _LEDGER: (_LEDGER_GONE,), _COMPOSING: (0, 1)}[whom]:
        tally.faults.append(f"a run ended with {code} after the process {whom} was killed")
    return True


def _has_killed(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _open_letters(campaign: Campaign) -> int:
    states = Counter(delivery.state for delivery in campaign.deliveries())
    return sum(states[state] for state in OPEN_STATES)
