"""The machine fails too: its disk, its memory of what was sent, its clock, its sleep. No letter leaves twice."""

from __future__ import annotations

import asyncio
import datetime
import itertools
import json
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from outreach.clock import SystemClock
from outreach.ledger.transaction import Transaction
from outreach.sink.record import Kind
from outreach.sink.server import Sink
from tests.flows.campaign import Campaign, Ran
from tests.flows.conftest import StartSink
from tests.flows.test_interrupt import rows

pytestmark = pytest.mark.flow

ONE_CONNECTION = ("--set", "relay.connections=1")
HOUR = 3600.0


def ledger_path(campaign: Campaign) -> Path:
    """Where the campaign's ledger is."""
    return campaign.folder / ".outreach/ledger.db"


def two_lines(ran: Ran, what: str, remedy: str) -> None:
    """It ended with two lines: what happened, and what to do."""
    lines = ran.err.splitlines()
    error = next(index for index, line in enumerate(lines) if line.startswith("Error: "))
    assert "Traceback" not in ran.err
    assert what in lines[error]
    assert lines[error + 1].startswith("  → ")
    assert remedy in lines[error + 1]


@pytest.mark.parametrize(
    ("fault", "what", "remedy"),
    [
        (apsw.FullError("database or disk is full"), "the disk is full", "Free some space"),
        (apsw.IOError("disk I/O error"), "can't be read or written (disk I/O error)", "Check the disk"),
        (apsw.ReadOnlyError("attempt to write a readonly database"), "can't be read or written", "Check the disk"),
    ],
)
def test_a_ledger_that_can_not_be_written_stops_the_run_before_the_next_body(
    campaign: Campaign, start_sink: StartSink, fault: Exception, what: str, remedy: str
) -> None:
    """The letter whose result is lost is unsure, no other leaves, and with the disk mended the rest is sent."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(rows(10))
    write = Transaction.commit
    refused: list[int] = []

    def commit(transaction: Transaction) -> None:
        if sink.count >= 3:
            refused.append(sink.count)
            raise fault
        write(transaction)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transaction, "commit", commit)
        stopped = campaign.run("send", "--yes", *ONE_CONNECTION)
    left = sink.count
    rest = campaign.run("send", "--yes", "--json")

    assert stopped.code == 5
    two_lines(stopped, what, remedy)
    assert refused[0] == left == 3
    assert (rest.json["counts"]["accepted"], rest.json["counts"]["unsure"]) == (9, 1)
    assert rest.json["balanced"] is True
    assert set(sink.accepted_by_recipient().values()) == {1}


def overwrite(path: Path) -> None:
    """All between its first and its last page is other bytes."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 8192) + content[-4096:])


def truncate(path: Path) -> None:
    """The second half is lost."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def replace_by_text(path: Path) -> None:
    """Something that is no database."""
    path.write_text("Dear Minister,\n" * 500)


@pytest.mark.parametrize("command", ["send --yes", "status", "log", "resolve", "resolve --sent --all"])
@pytest.mark.parametrize("harm", [overwrite, truncate, replace_by_text])
def test_a_ledger_that_is_damaged_is_said_to_be_so(
    campaign: Campaign, start_sink: StartSink, harm: Callable[[Path], None], command: str
) -> None:
    """In two lines, with 2, by every command that needs it; nothing is sent."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(rows(60))
    campaign.run("send", "--yes", "--limit", "5")
    harm(ledger_path(campaign))
    damaged = ledger_path(campaign).read_bytes()

    ran = campaign.run(*command.split())

    assert ran.code == 2
    two_lines(ran, f"{ledger_path(campaign)}: not a ledger of outreach, or a damaged one", ".recover")
    assert sink.count == 5
    assert ledger_path(campaign).read_bytes() == damaged


def jump(monkeypatch: pytest.MonkeyPatch, sink: Sink, seconds: float) -> None:
    """Once five letters have left, the wall clock shows so much more; timers run as usual."""
    monkeypatch.setattr(SystemClock, "now", lambda self: time.time() + (seconds if sink.count >= 5 else 0.0))


def recorded_times(campaign: Campaign) -> list[float]:
    """The times of the journal, in the order in which it was written."""
    with sqlite3.connect(ledger_path(campaign)) as ledger:
        return [float(at) for (at,) in ledger.execute("SELECT at FROM journal ORDER BY number")]


def largest_step(times: list[float]) -> float:
    """The largest step between two that follow each other, with its sign."""
    return max((after - before for before, after in itertools.pairwise(times)), key=abs)


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
def test_a_clock_that_jumps_by_an_hour_changes_neither_count_nor_pace(
    campaign: Campaign, start_sink: StartSink, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """Each gets one letter, at the pace that was set but for one at the jump, and nothing waits for the hour."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(rows(20))
    jump(monkeypatch, sink, seconds)

    sent = campaign.run("send", "--yes", "--json", "--set", "relay.rate=20/second", *ONE_CONNECTION)

    assert abs(largest_step(recorded_times(campaign)) - seconds) < 5
    assert (sent.code, sent.json["counts"]["accepted"]) == (0, 20)
    assert set(sink.accepted_by_recipient().values()) == {1}
    starts = [message.mail_at for message in sink.messages]
    ten = [starts[index + 10] - starts[index] for index in range(10)]
    assert min(ten) > 0.35  # 0.5 but for the one at the jump, and one that came late before these ten
    assert 0.8 < starts[-1] - starts[0] < 20


@pytest.mark.parametrize(("seconds", "again"), [(HOUR, 1), (-HOUR, 0)])
def test_a_retry_keeps_the_time_that_the_ledger_has(
    campaign: Campaign, start_sink: StartSink, monkeypatch: pytest.MonkeyPatch, seconds: float, again: int
) -> None:
    """A clock that jumps over it makes it due; one that jumps back leaves it for a later run, which is told when."""
    greylisting = "defer:rcpt:office0@state.example:times=1"
    sink = start_sink(greylisting)
    campaign.use_port(sink.port)
    campaign.contacts(rows(8))
    campaign.write("outreach.toml", (campaign.folder / "outreach.toml").read_text() + '\n[retry]\nfirst_wait = "60s"\n')
    jump(monkeypatch, sink, seconds)
    began_at = time.time()

    sent = campaign.run("send", "--yes", "--json", "--wait", "70s", *ONE_CONNECTION)

    assert sink.faults == {greylisting: 1}
    assert abs(largest_step(recorded_times(campaign)) - seconds) < 5
    assert sink.accepted_by_recipient()["office0@state.example"] == again
    assert (sent.json["counts"]["accepted"], sent.json["counts"]["deferred"]) == (7 + again, 1 - again)
    assert set(sink.accepted_by_recipient().values()) <= {0, 1}
    assert time.time() - began_at < 10
    if not again:
        due_at = datetime.datetime.fromisoformat(sent.json["next_attempt_at"]).timestamp()
        assert due_at - began_at > 40


def test_a_run_goes_on_after_the_machine_has_slept(campaign: Campaign, start_sink: StartSink) -> None:
    """Stopped in the middle, every connection broken by the relay meanwhile: it connects anew, nothing leaves twice."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(rows(40))
    running = campaign.start("send", "--yes", "--json", "--set", "relay.connections=2", "--set", "relay.rate=40/second")
    while sink.count < 10:
        assert running.poll() is None, running.communicate()
        time.sleep(0.005)

    running.send_signal(signal.SIGSTOP)
    before = sink.connections
    sink.hang_up()
    while sink.open_connections:
        time.sleep(0.005)
    asleep = sink.count
    running.send_signal(signal.SIGCONT)
    out, err = running.communicate(timeout=20)

    closed = [event for event in sink.record if event.kind is Kind.CLOSED]
    assert len(closed) >= 2
    assert sink.connections > before
    assert 10 <= asleep < 40
    report = json.loads(out.splitlines()[-1])
    assert report["counts"]["accepted"] + report["counts"]["unsure"] == 40, err
    assert report["counts"]["unsure"] <= 2
    assert max(sink.accepted_by_recipient().values()) == 1
    assert sink.count == 40


def test_a_wall_clock_that_ran_on_while_timers_stood_still_costs_no_letter(
    campaign: Campaign, start_sink: StartSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an hour of sleep the relay has hung up: what was not asked for is asked for on a new connection."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(rows(20))
    slept: list[float] = []

    def now(clock: SystemClock) -> float:
        if sink.count >= 5 and not slept:
            slept.append(time.time())
            sink.hang_up()
        return time.time() + (HOUR if slept else 0.0)

    monkeypatch.setattr(SystemClock, "now", now)

    sent = campaign.run("send", "--yes", "--json", "--set", "relay.rate=40/second", *ONE_CONNECTION)

    assert slept, sent.err
    assert sink.connections >= 2
    assert abs(largest_step(recorded_times(campaign)) - HOUR) < 5
    assert sent.json["counts"]["accepted"] + sent.json["counts"]["unsure"] == 20
    assert sent.json["counts"]["unsure"] <= 1
    assert set(sink.accepted_by_recipient().values()) == {1}


def test_a_retry_that_fell_due_while_the_machine_slept_leaves_soon_after(
    campaign: Campaign, start_sink: StartSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timers stand still during sleep, so the wall clock is looked at now and then: nothing waits for the timer."""
    greylisting = "defer:rcpt:office0@state.example:times=1"
    sink = start_sink(greylisting)
    campaign.use_port(sink.port)
    campaign.contacts(rows(8))
    timers: list[float] = []

    async def sleep(clock: SystemClock, seconds: float) -> None:
        if seconds > 1:
            timers.append(seconds)
        await asyncio.sleep(min(seconds, 0.01))

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    monkeypatch.setattr(SystemClock, "now", lambda self: time.time() + sum(timers) + (HOUR if timers else 0.0))

    sent = campaign.run("send", "--yes", "--json", "--wait", "15m", *ONE_CONNECTION)

    assert sink.faults == {greylisting: 1}
    assert (sent.code, sent.json["counts"]["accepted"]) == (0, 8)
    assert set(sink.accepted_by_recipient().values()) == {1}
    assert 0 < sum(timers) <= 60
    assert sent.err.count("nothing is due before") <= 1
