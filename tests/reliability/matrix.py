"""Every fault at every stage: what becomes of the letter it meets, of the others, and of the run.

Run it: .venv/bin/python -m tests.reliability.matrix, with --write to write docs/reactions.md anew.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outreach.sink.record import Kind
from outreach.sink.server import Sink
from tests.flows.conftest import sink_in_thread
from tests.reliability.figure import Figure, Scale
from tests.reliability.reactions import DOCUMENT, Expected, Meets, document, expected_reactions
from tests.reliability.small_campaign import TIMEOUT, Ran, Row, SmallCampaign
from tests.support.sinks import tls_contexts

_ADDRESSES = tuple(f"l{number}@x.example" for number in range(4))
_WORKERS = 4  # most of the time they wait for a time limit

FAULTS = {
    "4xx": "defer:{stage}",
    "5xx": "reject:{stage}",
    "421": "shutdown:{stage}",
    "fin": "drop:{stage}",
    "rst": "reset:{stage}",
    "stall": "stall:{stage}",
    "drip": "drip:{stage}:1",
    "garbage": "garbage:{stage}",
    "flood": "flood:{stage}",
    "double": "double:{stage}",
    "late": f"slow:{{stage}}:{1.5 * TIMEOUT}",
}
_SLOW = ("stall", "drip", "late")
_OPENING = ("connect", "greeting", "ehlo", "starttls", "auth")
_SPARE_SECONDS = 2.0
_SECONDS_EACH = TIMEOUT + 0.5  # where it is met again and again, for each: a large body takes its time to write
_LARGE_BYTES = 9_000_000  # more than the buffers of two sockets and of the sink take


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one stage, met once or by every letter."""

    stage: str
    fault: str
    meets: Meets

    def __str__(self) -> str:
        return f"{self.stage}-{self.fault}-{self.meets}"

    @property
    def hit(self) -> tuple[str, ...]:
        """The letters that meet it: the second, or all, where something must lead to it all but the first."""
        if self.meets is Meets.ONCE:
            return _ADDRESSES[1:2]
        return _ADDRESSES[1:] if self.stage == "rset" else _ADDRESSES

    @property
    def fault_script(self) -> str:
        """The misbehaviour itself."""
        script = FAULTS[self.fault].format(stage=self.stage)
        if self.meets is Meets.ALWAYS:
            return script
        # RSET follows a refusal only, and QUIT comes once: their first is the one.
        return f"{script}:times=1" if self.stage in ("rset", "quit") else f"{script}:after=1:times=1"

    @property
    def scripts(self) -> list[str]:
        """The fault, and what leads to it."""
        if self.stage == "rset":
            return [self.fault_script, *(f"reject:rcpt:{address}" for address in self.hit)]
        if self.stage in _OPENING and self.meets is Meets.ONCE:
            # The first connection ends in good order with its first letter; the second one meets the fault.
            return [self.fault_script, "shutdown:dot:250:2.0.0 Ok:times=1"]
        return [self.fault_script]


# Those that end a run, and those that must not.
_NEVER_LEFT_OUT = (
    Cell("greeting", "5xx", Meets.ONCE),
    Cell("auth", "5xx", Meets.ONCE),
    Cell("mail", "5xx", Meets.ONCE),
    Cell("mail", "421", Meets.ONCE),
    Cell("mail", "fin", Meets.ALWAYS),
    Cell("rcpt", "421", Meets.ALWAYS),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a cell came to: in the words of the table, and what is wrong beyond it."""

    cell: Cell
    reaction: Expected
    problems: tuple[str, ...]
    seconds: float  # from the fault to the end of the run


def try_cell(cell: Cell) -> Found:
    """Send a small campaign to a relay with this fault."""
    with tempfile.TemporaryDirectory() as name, _sink(cell) as sink:
        campaign = SmallCampaign(Path(name))
        large = "large.bin" if cell.stage == "body" else ""
        if large:
            (campaign.folder / large).write_bytes(b"\0" * _LARGE_BYTES)
        rows = [Row(address, attachment=large if address in cell.hit else "") for address in _ADDRESSES]
        campaign.write(rows, sink, starttls=cell.stage == "starttls", login=cell.stage == "auth")
        ran = campaign.run("send", "--yes", "--json", "--wait", "0s")
        log = campaign.log()
    return _judge(cell, sink, ran, log)


def _sink(cell: Cell) -> AbstractContextManager[Sink]:
    """A relay like any other, with a certificate and a login where the cell needs them."""
    options: dict[str, Any] = {"record_limit": None}
    if cell.stage == "starttls":
        options["tls"] = tls_contexts()[0]
    if cell.stage == "auth":
        options["users"] = {"letters": "secret"}
    return sink_in_thread(*cell.scripts, **options)


def _judge(cell: Cell, sink: Sink, ran: Ran, log: dict[str, dict[str, Any]]) -> Found:
    standing = {address: (entry["state"], entry["attempts"]) for address, entry in log.items()}
    hit = {standing.get(address, ("unplanned", 0)) for address in cell.hit}
    (state, charged), *differing = sorted(hit)
    reaction = Expected(state, charged, ran.code, reused=_is_reused(cell, sink))
    problems = [f"hit letters differ: {hit}"] if differing else []
    problems += _problems_of_others(cell, ran, standing)
    problems += _problems_at_sink(cell, sink, standing)
    met = sink.faults[cell.fault_script]
    if ran.json and not ran.json["balanced"]:
        problems.append(f"not balanced: {ran.json}")
    allowed = _SPARE_SECONDS + (TIMEOUT if cell.meets is Meets.ONCE else met * _SECONDS_EACH)
    seconds = ran.ended_at - _met_at(cell, sink)
    if seconds > allowed:
        problems.append(f"ended {seconds:.1f} s after the fault, and {allowed:.1f} were allowed")
    return Found(cell, reaction, tuple(problems), seconds)


def _met_at(cell: Cell, sink: Sink) -> float:
    """When the fault was first met."""
    times = (event.at for event in sink.record if event.kind is Kind.FAULT and event.detail == cell.fault_script)
    return next(times, 0.0)


def _is_reused(cell: Cell, sink: Sink) -> bool:
    """Whether a letter was offered on a connection after a fault on it.

    Behind a letter stands the envelope of the next one, in the same write: that one was offered before.
    """
    faulty: dict[int, int] = {}  # connections, and how many envelopes are behind the fault
    for event in sink.record:
        if event.kind is Kind.FAULT and event.detail == cell.fault_script:
            faulty.setdefault(event.connection, 0)
        elif event.kind is Kind.COMMAND and event.detail.startswith("MAIL") and event.connection in faulty:
            faulty[event.connection] += 1
    return any(envelopes > (cell.stage == "dot") for envelopes in faulty.values())


def _problems_of_others(cell: Cell, ran: Ran, standing: dict[str, tuple[str, int]]) -> list[str]:
    """What was done to letters that did not meet the fault: all are accepted, or kept back by a run that stopped."""
    fine = {("accepted", 1), ("planned", 0)} if ran.code in (4, 5) else {("accepted", 1)}
    return [
        f"{address}, which did not meet it, is {state} after {attempts}"
        for address, (state, attempts) in standing.items()
        if address not in cell.hit and (state, attempts) not in fine
    ]


def _problems_at_sink(cell: Cell, sink: Sink, standing: dict[str, tuple[str, int]]) -> list[str]:
    """Whether the fault was met, and whether the relay's own record agrees with the ledger."""
    problems = []
    met, copies = sink.faults[cell.fault_script], sink.accepted_by_recipient()
    if met < 1 or (cell.meets is Meets.ONCE and met > 1):
        problems.append(f"the fault was met {met} times")
    for address in _ADDRESSES:
        state = standing.get(address, ("", 0))[0]
        fine = {0, 1} if state == "unsure" else {int(state == "accepted")}
        if copies[address] not in fine:
            problems.append(f"{address} is {state}, and the relay has {copies[address]} copies")
    if any(event.kind is Kind.EARLY for event in sink.record):
        problems.append("a command did not wait for its turn")
    return problems


def problems_of(found: Found) -> list[str]:
    """All that differs from the table, and all that is wrong beyond it."""
    cell = found.cell
    expected = expected_reactions()[cell.stage, cell.fault, cell.meets]
    differs = [] if found.reaction == expected else [f"{found.reaction} in place of {expected}"]
    return [f"{cell}: {problem}" for problem in (*differs, *found.problems)]


def all_cells() -> list[Cell]:
    """Every line of the table, in both columns."""
    return [Cell(*key) for key in expected_reactions()]


def some_cells() -> list[Cell]:
    """A quarter of the lines, every stage and every fault among them; what takes long is met only once."""
    numbers = {stage: number for number, stage in enumerate(dict.fromkeys(cell.stage for cell in all_cells()))}
    faults = {fault: number for number, fault in enumerate(FAULTS)}
    return [
        cell
        for cell in all_cells()
        if cell in _NEVER_LEFT_OUT
        or (
            (place := numbers[cell.stage] + faults[cell.fault]) % 4 == 0
            and cell.meets is (Meets.ALWAYS if place % 8 == 0 and cell.fault not in _SLOW else Meets.ONCE)
        )
    ]


def run(scale: Scale) -> Figure:
    """All cells, or in the short form some of them."""
    chosen = all_cells() if scale is Scale.LONG else some_cells()
    # Each in a process of its own kind: a campaign is sent as by the command line, signals and all.
    with ProcessPoolExecutor(_WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(try_cell, chosen))
    problems = [problem for one in found for problem in problems_of(one)]
    lines = len({(cell.stage, cell.fault) for cell in chosen})
    fine = len(found) - len({problem.partition(":")[0] for problem in problems})
    return Figure(
        what=f"{lines} of 12 stages × 11 faults, met once or always: state, charge, exit code, connection, time",
        asked=f"{len(found)} of {len(found)}",
        measured=f"{fine} of {len(found)}",
        faults=tuple(problems),
    )


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
