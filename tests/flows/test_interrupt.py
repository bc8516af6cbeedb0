"""Ctrl-C, SIGTERM and a terminal that is closed: what had left is recorded, the rest is sent by the next run."""

from __future__ import annotations

import json
import signal
import time
from typing import Any

import pytest

from outreach.sink.server import Sink
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow


def rows(count: int) -> list[str]:
    """So many contacts."""
    return [f"office{n}@state.example,Office {n},Dear office {n}," for n in range(count)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_ends_in_time_and_the_next_one_finishes(
    campaign: Campaign, start_sink: StartSink, number: signal.Signals
) -> None:
    """Ends within 5 s with 130, balanced, nothing unsure; afterwards each has exactly one copy."""
    sink = start_sink("slow:dot:0.05")
    campaign.use_port(sink.port)
    campaign.contacts(rows(300))
    running = campaign.start("send", "--yes", "--json", "--set", "relay.connections=5")
    while sink.count < 40:
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)

    running.send_signal(number)
    asked_at = time.monotonic()
    out, err = running.communicate(timeout=20)
    seconds = time.monotonic() - asked_at

    assert seconds < 5
    assert running.returncode == 130
    report = json.loads(out.splitlines()[-1])
    assert report["ended"] == "interrupted"
    assert report["balanced"] is True
    assert report["counts"]["unsure"] == 0
    assert report["counts"]["accepted"] == sink.count
    assert report["counts"]["planned"] == 300 - sink.count > 0
    assert "Interrupted" in err
    rest = campaign.run("send", "--yes", "--json")
    assert rest.json["counts"]["accepted"] == 300
    assert set(sink.accepted_by_recipient().values()) == {1}
    print(f"ended {seconds:.2f} s after the signal")


def interrupted_twice(campaign: Campaign, sink: Sink) -> dict[str, Any]:
    """The report of a run over three connections that was interrupted twice, once all of them waited for an answer."""
    campaign.use_port(sink.port)
    campaign.contacts(rows(50))
    running = campaign.start("send", "--yes", "--json", "--set", "relay.connections=3")
    while sum(event.kind == "fault" for event in list(sink.record)) < 3:
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)

    running.send_signal(signal.SIGINT)
    time.sleep(0.5)
    still_waiting = running.poll() is None
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=10)

    assert still_waiting
    assert running.returncode == 130
    report: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert report["balanced"] is True
    return report


def test_a_second_interrupt_makes_what_was_under_way_unsure(campaign: Campaign, start_sink: StartSink) -> None:
    """Twice means now: letters whose answer is awaited are unsure, the run says so at once."""
    report = interrupted_twice(campaign, start_sink("stall:dot:after=10"))

    assert report["counts"]["unsure"] == 3
    assert report["counts"]["accepted"] == 10


def test_a_second_interrupt_keeps_the_acceptances_that_have_come(campaign: Campaign, start_sink: StartSink) -> None:
    """Letters that were answered, and wait only for what the relay says to the next envelope, are accepted."""
    sink = start_sink("stall:mail:after=10")

    report = interrupted_twice(campaign, sink)

    assert report["counts"]["unsure"] == 0
    assert report["counts"]["accepted"] == sink.count == 10
