"""Relays that allow less than the settings do: what it costs to find out, and how much of what they allow is used.

Postfix's own experiment (SCHEDULER_README): a server that allows 5 connections, and a sender that would use 20. Each
letter takes the server 50 ms, so that its capacity is 100 letters a second. Counted from the server's own record and
from the ledger.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outreach.sink.script import parse_script
from outreach.sink.server import Sink
from tests.flows.conftest import sink_in_thread
from tests.reliability.figure import Figure, Scale

ALLOWED = 5
SLOW = "slow:dot:0.05"
_SETTINGS = """\
[campaign]
name = "limits"
letter = "letter.txt"
date = 2023-10-16
[contacts]
file = "contacts.csv"
[sender]
from = "Coalition <letters@coalition.example>"
[relay]
host = "127.0.0.1"
port = {port}
security = "none"
connections = {connections}
[ledger]
url = "sqlite:///ledger.db"
"""
_LETTER = '+++\nsubject = "A call"\n+++\nDear {{ name }},\n\nspeak up.\n'


Meddle = Callable[[Sink, Callable[[], bool]], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """One send, seen from the relay and from the ledger."""

    letters: int
    accepted: int
    charged_twice: int  # letters with more than one attempt that counts, or none accepted
    copies: int  # the most that anybody has got
    refusals: int  # faults that the relay played, delays apart
    seconds: float  # from the first MAIL to the last dot
    rate: float  # letters a second, in that time
    last_rate: float  # of the last quarter
    ended: str

    @property
    def deferred_share(self) -> float:
        """How many of a hundred letters were charged with more than the attempt that they needed."""
        return 100 * self.charged_twice / self.letters

    @property
    def clean(self) -> bool:
        """Whether each letter arrived once, and the relay did misbehave."""
        return self.accepted == self.letters and self.copies == 1 and self.ended == "complete" and self.refusals > 0


def send(*scripts: str, letters: int, connections: int, while_sending: Meddle | None = None) -> Sent:
    """Send so many letters over at most so many connections to a relay that plays these scripts.

    `while_sending` is called once the send has begun, with the relay and whether the send still runs.
    """
    with tempfile.TemporaryDirectory() as name, sink_in_thread(*scripts, record_limit=0) as sink:
        folder = Path(name)
        _write_campaign(folder, sink.port, letters=letters, connections=connections)
        child = subprocess.Popen(
            [sys.executable, "-m", "outreach", "send", "--yes", "--json", "--wait", "60s"],
            cwd=folder,
            env={**os.environ, "HOME": name, "XDG_DATA_HOME": name, "XDG_CONFIG_HOME": name},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            if while_sending is not None:
                while_sending(sink, lambda: child.poll() is None)
            out, err = child.communicate(timeout=600)
        finally:
            child.kill()
        if not out:
            raise RuntimeError(err)
        return _measure(folder, sink, letters, json.loads(out.splitlines()[-1]))


def _write_campaign(folder: Path, port: int, *, letters: int, connections: int) -> None:
    (folder / "outreach.toml").write_text(_SETTINGS.format(port=port, connections=connections))
    (folder / "letter.txt").write_text(_LETTER)
    rows = (f"person{number}@state.example,Person {number}" for number in range(letters))
    (folder / "contacts.csv").write_text("\n".join(["email,name", *rows]) + "\n")


def _measure(folder: Path, sink: Sink, letters: int, report: dict[str, Any]) -> Sent:
    log = subprocess.run(
        [sys.executable, "-m", "outreach", "log", "--json"], cwd=folder, capture_output=True, text=True, check=True
    )
    entries = [json.loads(line) for line in log.stdout.splitlines()]
    times = sorted(message.at for message in sink.messages)
    seconds = times[-1] - min(message.mail_at for message in sink.messages)
    quarter = times[-max(2, len(times) // 4) :]
    return Sent(
        letters=letters,
        accepted=report["counts"]["accepted"],
        charged_twice=sum(entry["attempts"] != 1 for entry in entries),
        copies=max(sink.accepted_by_recipient().values()),
        refusals=sum(times for script, times in sink.faults.items() if not script.startswith("slow:")),
        seconds=seconds,
        rate=len(times) / seconds,
        last_rate=(len(quarter) - 1) / (quarter[-1] - quarter[0]),
        ended=report["ended"],
    )


# --- the experiments --------------------------------------------------------------------------------------------------


def allowed_connections(limit: str, *, letters: int, reference: Sent) -> Figure:
    """20 connections wanted where 5 are allowed, against 5 wanted: of both the better of two runs."""
    runs = [send(limit, SLOW, letters=letters, connections=20) for _ in range(2)]
    sent = max(runs, key=lambda one: one.rate)
    used = 100 * sent.rate / reference.rate
    a_minute = sent.refusals / sent.seconds * 60
    return Figure(
        what=f"`{limit}`, `connections = 20`, {letters} letters",
        asked="deferred ≤ 1 %, throughput ≥ 95 % of the limit",
        measured=f"deferred {sent.deferred_share:.1f} %, throughput {used:.1f} % "
        f"({sent.rate:.0f} of {reference.rate:.0f} a second), {sent.refusals} refused ({a_minute:.0f} a minute)",
        faults=_faults(all(one.clean and one.deferred_share <= 1 for one in runs) and used >= 95),
    )


def lift_in_mid_run(*, letters: int, lift_after: int, connections: int) -> tuple[Sent, float]:
    """The limit is lifted in the middle of the run; how many seconds later all connections are there."""
    moments: dict[str, float] = {}

    def lift(sink: Sink, running: Callable[[], bool]) -> None:
        _wait(lambda: sink.count >= lift_after, running)
        sink.play([parse_script(SLOW)])
        moments["lifted"] = time.monotonic()
        _wait(lambda: sink.open_connections >= connections, running)
        moments["all"] = time.monotonic()

    sent = send(f"limit:connections:{ALLOWED}", SLOW, letters=letters, connections=connections, while_sending=lift)
    return sent, moments["all"] - moments["lifted"]


def lifted(*, letters: int, lift_after: int, connections: int, reference: Sent) -> Figure:
    """How soon all connections are used again, and how well."""
    sent, recovered = lift_in_mid_run(letters=letters, lift_after=lift_after, connections=connections)
    used = 100 * sent.last_rate / reference.rate
    return Figure(
        what=f"`limit:connections:{ALLOWED}`, lifted after {lift_after} letters of {letters}",
        asked=f"{connections} connections within 60 s, and then ≥ 95 % of what they carry",
        measured=f"after {recovered:.1f} s, {used:.1f} % "
        f"({sent.last_rate:.0f} of {reference.rate:.0f} a second); deferred {sent.deferred_share:.1f} %",
        faults=_faults(sent.clean and sent.charged_twice == 0 and recovered <= 60 and used >= 95),
    )


def letters_per_connection(most: int, *, letters: int) -> Figure:
    """A relay that ends each connection after so many letters."""
    sent = send(f"limit:messages:{most}", letters=letters, connections=5)
    return Figure(
        what=f"`limit:messages:{most}`, 5 connections, {letters} letters",
        asked="nobody charged, the limit is met once per connection at most",
        measured=f"charged twice {sent.charged_twice}, met {sent.refusals} times in {letters // most} connections",
        faults=_faults(sent.clean and sent.charged_twice == 0 and sent.refusals <= 5),
    )


def _reference(*, letters: int, connections: int) -> Sent:
    """What so many connections carry where nothing limits them: the better of two runs."""
    runs = [send(SLOW, letters=letters, connections=connections) for _ in range(2)]
    return max(runs, key=lambda sent: sent.rate)


def _wait(happened: Callable[[], bool], running: Callable[[], bool]) -> None:
    while not happened():
        if not running():
            raise RuntimeError("the send ended too early")
        time.sleep(0.01)


def _faults(holds: bool) -> tuple[str, ...]:
    return () if holds else ("it does not",)


def _joined(what: str, figures: Iterable[Figure]) -> Figure:
    """One figure of several that were asked for the same."""
    parts = list(figures)
    return Figure(
        what,
        parts[0].asked,
        "; ".join(f"{part.what}: {part.measured}" for part in parts),
        tuple(f"{part.what}: {part.measured}" for part in parts if not part.holds),
    )


def run_few_connections(scale: Scale) -> Figure:
    """A relay that says in three ways that it allows 5. A short run is too short to speak of throughput."""
    letters = 2000 if scale is Scale.LONG else 150
    reference = _reference(letters=letters, connections=ALLOWED)
    limit = f"limit:connections:{ALLOWED}"
    return _joined(
        f"`connections = 20` where {ALLOWED} are allowed, {letters} letters of 50 ms each",
        [
            allowed_connections(variant, letters=letters, reference=reference)
            for variant in (limit, f"{limit}:reset", f"{limit}:mail")
        ],
    )


def run_lifted(scale: Scale) -> Figure:
    """The limit goes in the middle of the run."""
    letters = 2000 if scale is Scale.LONG else 150
    reference = _reference(letters=letters * 2, connections=20)
    return lifted(letters=letters * 6, lift_after=letters // 2, connections=20, reference=reference)


def run_letters_per_connection(scale: Scale) -> Figure:
    """A relay that ends each connection after 50 letters."""
    return letters_per_connection(50, letters=4000 if scale is Scale.LONG else 300)
