"""A list that is long enough to be examined on all cores comes to the same as on one."""

from __future__ import annotations

import dataclasses

import pytest

from outreach.assembly import parts, relays
from outreach.sink.server import Sink
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow

_ROWS = 2600


@pytest.fixture
def relay(campaign: Campaign, start_sink: StartSink) -> Sink:
    """A relay that takes everything, and a long list with something wrong here and there."""
    sink = start_sink()
    campaign.use_port(sink.port)
    rows = [f"p{number}@s.example,Person {number},Dear {number}," for number in range(_ROWS)]
    rows[7] = "no address,Someone,Dear,"
    rows[2100] = "also none,Someone,Dear,"
    rows[2200] = "p3@s.example,Twice,Dear,"
    rows[2300] = "p2300@s.example,With a copy,Dear,copy@s.example"
    rows[2500] = "p2500@s.example,,Dear,"
    campaign.contacts(rows)
    return sink


def on_cores(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    """As on a machine with so many."""
    whole = relays.relay_terms
    monkeypatch.setattr(parts, "relay_terms", lambda options: dataclasses.replace(whole(options), cores=cores))


def test_the_check_says_the_same(campaign: Campaign, relay: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings with their places, counts, sizes and the seal."""
    said = []
    for cores in (1, 2):
        on_cores(monkeypatch, cores)
        said.append((campaign.run("check", "--json").json, campaign.run("send", "--dry-run", "--skip-bad-rows").out))

    assert said[0] == said[1]
    assert said[0][0]["finding_counts"]["E10"] == 2


def test_the_letters_are_the_same(campaign: Campaign, relay: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Composed beside the sending, each leaves once."""
    on_cores(monkeypatch, 2)
    campaign.edit("outreach.toml", "[relay]", '[relay]\nrate = "none"\nconnections = 10')

    sent = campaign.run("send", "--yes", "--skip-bad-rows", "--json")

    assert sent.json["counts"]["accepted"] == _ROWS - 4
    assert relay.count == _ROWS - 4
    addresses = [message.recipients[0] for message in relay.messages]
    assert len(set(addresses)) == len(addresses)
