"""A run whose ledger is kept by a process beside it: the same letters, and what becomes of them when that one dies."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.support.processes import IS_THERE, ledger_child

pytestmark = pytest.mark.flow

_ROWS = 2500
_CONNECTIONS = 10


@pytest.fixture(autouse=True)
def _two_cores() -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("on one core everything is done in one process")


def many(campaign: Campaign, port: int) -> None:
    campaign.use_port(port)
    campaign.edit("outreach.toml", "[relay]", f'[relay]\nrate = "none"\nconnections = {_CONNECTIONS}')
    campaign.contacts([f"p{number}@s.example,Person {number},Dear {number}," for number in range(_ROWS)])


@pytest.mark.skipif(not IS_THERE, reason="looks into /proc")
@pytest.mark.parametrize("whom", ["the ledger's", "the sender's"])
def test_a_process_that_is_killed_costs_no_letter(campaign: Campaign, start_sink: StartSink, whom: str) -> None:
    """The run ends in two lines (its own end apart); the next sends the rest; unsure at most one of each connection."""
    sink = start_sink()
    many(campaign, sink.port)
    running = campaign.start("send", "--yes", "--json")
    child = ledger_child(running.pid)
    assert child is not None
    while sink.count < 300:
        assert running.poll() is None, running.communicate()
        time.sleep(0.005)
    os.kill(child if whom == "the ledger's" else running.pid, signal.SIGKILL)
    _, err = running.communicate(timeout=30)
    left = sink.count

    assert 300 <= left < _ROWS
    if whom == "the ledger's":
        assert running.returncode == 5
        assert "Run the same command again" in err
        assert "Traceback" not in err

    rest = campaign.run("send", "--yes", "--json").json["counts"]
    received = sink.accepted_by_recipient()
    assert set(received.values()) == {1}
    assert rest["unsure"] <= _CONNECTIONS
    assert rest["accepted"] + rest["unsure"] == _ROWS
    # Whoever is accepted has it, and of the others the ledger says that it does not know.
    assert rest["accepted"] <= len(received) <= rest["accepted"] + rest["unsure"]


def test_a_disk_that_fills_up_ends_the_run_in_good_order(campaign: Campaign, start_sink: StartSink) -> None:
    """The error comes from the other process as it is, with exit code 5; the next run finishes."""
    sink = start_sink()
    many(campaign, sink.port)
    planned = campaign.run("send", "--plan-only", "--yes", "--json")
    assert planned.code == 0, planned.err
    size = (campaign.folder / ".outreach/ledger.db").stat().st_size

    ended = campaign.start("send", "--yes", "--json", limit_file_bytes=size + 100_000)
    _, err = ended.communicate(timeout=60)

    assert ended.returncode == 5, err
    assert "ledger.db" in err
    assert "Traceback" not in err
    rest = campaign.run("send", "--yes", "--json").json["counts"]
    assert set(sink.accepted_by_recipient().values()) == {1}
    assert rest["accepted"] + rest["unsure"] == _ROWS
    assert rest["unsure"] <= _CONNECTIONS
