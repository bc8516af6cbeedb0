"""A relay that wants letters more slowly, or is busy: nobody is charged for it, and the run goes on where it can."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.flows.test_interrupt import rows

pytestmark = pytest.mark.flow


@pytest.mark.parametrize(
    "script",
    [
        "reply:dot:450:4.7.1 Message delivery request rate limit exceeded:after=20:times=1",
        "shutdown:mail:421:4.7.28 unusual rate of mail, try again in 1 second:after=20:times=1",
    ],
)
def test_a_relay_that_wants_less_gets_less_in_the_same_run(
    campaign: Campaign, start_sink: StartSink, script: str
) -> None:
    """After a rest it goes on more slowly, and each letter has one charged attempt."""
    sink = start_sink(script)
    campaign.use_port(sink.port)
    campaign.contacts(rows(26))

    sent = campaign.run("send", "--yes", "--json", "--set", "relay.rate=40/second")

    assert sent.code == 0
    assert sent.json["counts"]["accepted"] == 26
    assert {entry["attempts"] for entry in campaign.run("log", "--json").json_lines} == {1}
    assert sum(sink.faults.values()) == 1
    times = sorted(message.mail_at for message in sink.messages)
    assert max(later - earlier for earlier, later in pairwise(times)) > 0.9
    assert min(later - earlier for earlier, later in pairwise(times[21:])) > 0.03


def test_a_rest_longer_than_wait_stops_the_run_and_says_until_when(campaign: Campaign, start_sink: StartSink) -> None:
    """The relay's own hint of ten minutes, with --wait 1m: exit code 5, nobody charged."""
    sink = start_sink("reply:mail:450:4.7.1 Sending too fast, try again in 10 minutes:after=1")
    campaign.use_port(sink.port)

    sent = campaign.run("send", "--yes", "--json", "--wait", "1m", "--set", "relay.connections=1")

    assert sent.code == 5
    assert sent.json["counts"] | {"accepted": 1, "planned": 2} == sent.json["counts"]
    assert "Run outreach send at" in sent.err.splitlines()[-1]
    assert sum(entry["attempts"] for entry in campaign.run("log", "--json").json_lines) == 1


def test_a_relay_that_puts_off_every_letter_does_not_burn_the_list(campaign: Campaign, start_sink: StartSink) -> None:
    """Four letters are charged before the same words are understood to mean all; the run ends with 5."""
    sink = start_sink("reply:dot:451:4.3.0 Server busy, try again later")
    campaign.use_port(sink.port)
    campaign.contacts(rows(40))

    sent = campaign.run("send", "--yes", "--json", "--wait", "1s", "--set", "relay.connections=1")

    assert sent.code == 5
    assert sent.json["counts"]["deferred"] == 4
    assert sent.json["counts"]["planned"] == 36
    assert sent.json["balanced"]


def test_greylisting_of_all_slows_nobody_down(campaign: Campaign, start_sink: StartSink) -> None:
    """What is said of recipients is each one's own affair: all are tried, and all are charged once."""
    sink = start_sink("greylist")
    campaign.use_port(sink.port)
    campaign.contacts(rows(40))

    sent = campaign.run("send", "--yes", "--json", "--wait", "1s")

    assert sent.code == 1
    assert sent.json["counts"]["deferred"] == 40
    assert sent.json["seconds"] < 5
