"""Several connections that fare differently: nobody waits for ever, nobody overtakes the pace."""

from __future__ import annotations

import bisect

import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.flows.test_interrupt import rows

pytestmark = pytest.mark.flow


@pytest.mark.parametrize(
    ("scripts", "letters", "flags"),
    [
        (["slow:greeting:1:after=1"], 2, ("--set", "relay.connections=2", "--set", "relay.rate=2/second")),
        (["slow:greeting:0.06", "drop:rcpt:every=5"], 6, ("--set", "relay.rate=4/second")),
        (["limit:messages:1"], 4, ("--set", "relay.rate=8/second")),
    ],
    ids=["slow second connection", "lost in between", "one letter a connection"],
)
def test_a_paced_run_ends_however_long_connecting_takes(
    campaign: Campaign, start_sink: StartSink, scripts: list[str], letters: int, flags: tuple[str, ...]
) -> None:
    """A lane whose turn passed while it connected gets another one, even while the feed waits for that lane."""
    sink = start_sink(*scripts)
    campaign.use_port(sink.port)
    campaign.contacts(rows(letters))
    running = campaign.start("send", "--yes", "--wait", "1s", *flags)

    out, err = running.communicate(timeout=40)

    assert running.returncode == 0, out + err
    assert sink.count == letters


def test_a_limit_is_reached_while_another_lane_connects(campaign: Campaign, start_sink: StartSink) -> None:
    """--limit with a pace ends at exactly that number."""
    sink = start_sink("slow:greeting:1:after=1")
    campaign.use_port(sink.port)
    campaign.contacts(rows(20))
    running = campaign.start("send", "--yes", "--limit", "3", "--set", "relay.rate=4/second")

    running.communicate(timeout=40)

    assert running.returncode == 0
    assert sink.count == 3


@pytest.mark.timed
def test_lanes_that_connect_slowly_do_not_leave_all_at_once(campaign: Campaign, start_sink: StartSink) -> None:
    """Each lane knows its own turn: after a slow greeting nobody makes up for lost time."""
    sink = start_sink("slow:greeting:1.5:after=1")
    campaign.use_port(sink.port)
    campaign.contacts(rows(150))

    campaign.run("send", "--yes", "--set", "relay.rate=50/second", "--set", "relay.connections=20")

    times = sorted(message.mail_at for message in sink.messages)
    busiest = max(bisect.bisect_left(times, start + 1.0) - index for index, start in enumerate(times))
    assert sink.count == 150
    assert busiest <= 52  # 51, and one for what the sink sees later than we send


def test_letters_that_break_connections_are_put_off_and_the_rest_is_sent(
    campaign: Campaign, start_sink: StartSink
) -> None:
    """Six such rows before five good ones neither stop the run nor stay for ever."""
    sink = start_sink("drop:rcpt:*@bad.example")
    campaign.use_port(sink.port)
    campaign.contacts([*(f"x{n}@bad.example,X {n},Dear {n}," for n in range(6)), *rows(5)])

    sent = campaign.run("send", "--yes", "--json", "--wait", "1s", "--set", "relay.connections=1")

    assert sent.json["counts"]["accepted"] == 5
    assert sent.json["counts"]["deferred"] == 6
    assert sent.json["ended"] == "deferred"


def test_a_connection_limit_said_with_5xx_rests_the_lane(campaign: Campaign, start_sink: StartSink) -> None:
    """While others are connected, a refused greeting is about their number."""
    sink = start_sink("reply:greeting:554:5.7.0 Too many connections from your host:after=1")
    campaign.use_port(sink.port)
    campaign.contacts(rows(60))

    sent = campaign.run("send", "--yes", "--json")

    assert sent.json["counts"]["accepted"] == 60
    assert sink.faults


def test_a_connection_that_has_carried_enough_is_renewed(campaign: Campaign, start_sink: StartSink) -> None:
    """A relay that wants few letters on each connection, in whatever words, gets a new one, and nobody is charged."""
    script = "reply:mail:451:4.7.0 Too many messages per connection:every=4"
    sink = start_sink(script)
    campaign.use_port(sink.port)
    campaign.contacts(rows(12))

    sent = campaign.run("send", "--yes", "--json", "--set", "relay.connections=1")

    assert sent.code == 0
    assert [entry["attempts"] for entry in campaign.run("log", "--json").json_lines] == [1] * 12
    assert sink.faults[script] == 3  # whichever connection: this relay counts over all of them
    assert 4 <= sink.connections <= 6  # those that have carried as many as were allowed are ended in time
    assert sent.json["seconds"] < 3  # the breaker would have waited for a second each time


def test_a_quota_smaller_than_a_letter_is_a_wrong_setting(campaign: Campaign, start_sink: StartSink) -> None:
    """A letter that could never go is found before anything is sent."""
    sink = start_sink()
    campaign.use_port(sink.port)

    sent = campaign.run("send", "--yes", "--set", "relay.quota_counts=recipients", "--set", 'relay.quota=["1/hour"]')

    assert sent.code == 2
    assert "2 recipients" in sent.err
    assert sink.record == []


def test_a_domains_pace_and_a_quota_of_recipients_go_together(campaign: Campaign, start_sink: StartSink) -> None:
    """The quota is asked about the letter that is next, whichever way it came."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts([f'to{n}@x.example,To {n},Dear {n},"a{n}@y.example; b{n}@y.example"' for n in range(3)])

    sent = campaign.run(
        "send",
        "--yes",
        "--json",
        *("--set", "relay.quota_counts=recipients"),
        *("--set", 'relay.quota=["4/second"]'),
        *("--set", 'relay.per_domain={ "x.example" = "20/second" }'),
    )

    assert sent.code == 0
    assert sent.json["counts"]["accepted"] == 3


def test_a_stop_does_not_wait_for_an_envelope_that_stalls(campaign: Campaign, start_sink: StartSink) -> None:
    """Whatever stops the run, what has not left is not waited for."""
    sink = start_sink("stall:rcpt:office0@*", "reject:dot")
    campaign.use_port(sink.port)
    campaign.contacts(rows(40))

    sent = campaign.run("send", "--yes", "--json", "--set", "relay.connections=2")

    assert sent.code == 5
    assert sent.json["seconds"] < 10
    assert sent.json["counts"]["failed"] >= 5
