"""Pace and quota, seen from the sink."""

from __future__ import annotations

import bisect
import signal
import time

import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.flows.test_interrupt import rows

pytestmark = pytest.mark.flow


@pytest.mark.timed
def test_fifty_a_second_for_twenty_seconds(campaign: Campaign, start_sink: StartSink) -> None:
    """No sliding second holds more than 51 letters, and at least 98 % of the pace is used."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(rows(1000))

    sent = campaign.run("send", "--yes", "--json", "--set", "relay.rate=50/second")

    assert sent.json["counts"]["accepted"] == 1000
    times = sorted(message.mail_at for message in sink.messages)
    busiest = max(bisect.bisect_left(times, start + 1.0) - index for index, start in enumerate(times))
    used = (len(times) - 1) / (times[-1] - times[0]) / 50
    print(f"busiest second {busiest}, {used:.1%} of the pace used")
    assert busiest <= 51
    assert used >= 0.98


def test_a_quota_outlives_two_runs_and_a_kill(campaign: Campaign, start_sink: StartSink) -> None:
    """100 an hour hold over a run that is killed and one that follows; the second says when to go on."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(rows(150))
    settings = ("--set", 'relay.quota=["100/hour"]')
    first = campaign.start("send", "--yes", *settings, "--set", "relay.rate=60/second")
    while sink.count < 30:
        assert first.poll() is None, first.communicate()
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=10)
    after_kill = sink.count

    second = campaign.run("send", "--yes", "--json", *settings)
    third = campaign.run("send", "--yes", "--json", *settings)

    assert 30 <= after_kill < 100
    assert (second.code, third.code) == (5, 5)
    assert "(0 left)" in campaign.run("send", "--dry-run", *settings).out
    assert "quota" in second.err
    assert sink.count <= 100
    assert sink.count >= 95  # what the killed run had intended but not sent is counted as spent
    assert set(sink.accepted_by_recipient().values()) == {1}


@pytest.mark.timed
def test_a_domain_has_a_pace_of_its_own(campaign: Campaign, start_sink: StartSink) -> None:
    """Letters to a slow domain are spaced; the others do not wait for them."""
    sink = start_sink()
    campaign.use_port(sink.port)
    slow = [f"slow{n}@slow.example,Slow {n},Dear {n}," for n in range(5)]
    campaign.contacts([*slow, *rows(50)])

    sent = campaign.run("send", "--yes", "--json", "--set", 'relay.per_domain={ "slow.example" = "5/second" }')

    assert sent.json["counts"]["accepted"] == 55
    times = {True: [], False: []}  # type: dict[bool, list[float]]
    for message in sink.messages:
        times[b"@slow.example" in message.content].append(message.mail_at)
    gaps = [later - earlier for earlier, later in zip(times[True], times[True][1:], strict=False)]
    assert min(gaps) >= 0.19
    assert max(times[False]) < times[True][2]
