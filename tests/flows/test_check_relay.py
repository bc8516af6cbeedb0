"""`outreach check --relay` tries the mail server whatever is wrong with the list."""

from __future__ import annotations

import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow

BAD_ROW = "no address,Nobody,Dear nobody,"


def test_relay_is_tried_although_a_row_is_wrong(campaign: Campaign, start_sink: StartSink) -> None:
    """The list and the account are made ready apart, by two people perhaps; the row still decides the exit code."""
    campaign.use_port(start_sink().port)
    campaign.contacts([BAD_ROW])

    ran = campaign.run("check", "--relay")
    as_json = campaign.run("check", "--relay", "--json")

    assert (ran.code, as_json.code) == (3, 3)
    assert "error E10" in ran.out
    assert "connected." in ran.out
    assert as_json.json["finding_counts"] == {"E10": 1}
    assert "connected." in as_json.err


def test_relay_out_of_reach_is_told_beside_a_wrong_row(campaign: Campaign) -> None:
    """Both are said, and errors in the list are what a send would stop at first."""
    campaign.contacts([BAD_ROW])

    ran = campaign.run("check", "--relay")

    assert ran.code == 3
    assert "error E10" in ran.out
    assert "Error: 127.0.0.1:1" in ran.err


def test_relay_out_of_reach_ends_with_its_own_code(campaign: Campaign) -> None:
    """Where the list is right, the mail server's trouble is the outcome."""
    assert campaign.run("check", "--relay").code == 5
