"""Who may be written to only until some day is not written to from that day on."""

from __future__ import annotations

import datetime

import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow

HEADER = "email,name,salutation,basis,source,obtained_at,expires_at"


def moment(seconds: float) -> str:
    """A time so many seconds from now."""
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)).isoformat()


def row(name: str, expires_at: str) -> str:
    """A row of somebody who gave consent."""
    return f"{name}@state.example,{name},Dear {name},consent,petition 2022,2022-01-01,{expires_at}"


def test_an_expired_basis_keeps_the_contact_out_and_is_told(campaign: Campaign, start_sink: StartSink) -> None:
    """As an info, in the check and in the question; the others get their letters, and the run ends well."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts([row("ann", ""), row("bob", "2023-10-16"), row("eve", moment(3600))], header=HEADER)

    checked = campaign.run("check", "--json").json
    dry = campaign.run("send", "--dry-run")
    sent = campaign.run("send", "--yes", "--json")

    assert checked["finding_counts"] == {"E32": 1}
    assert checked["findings"][0]["level"] == "info"
    assert checked["findings"][0]["where"].endswith(":3")
    assert "1 row's basis has expired" in dry.out
    assert sent.code == 0
    assert sent.json["total"] == 2
    assert set(sink.accepted_by_recipient()) == {"ann@state.example", "eve@state.example"}
    assert "2 letters composed" in campaign.run("check").out


def test_a_basis_that_ends_between_two_sends_is_noticed(campaign: Campaign, start_sink: StartSink) -> None:
    """Also where nothing else has changed since the campaign was planned, and nothing would be read again."""
    sink = start_sink()
    campaign.use_port(sink.port)
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    campaign.contacts([row("ann", ""), row("bob", end.isoformat())], header=HEADER)
    planned = campaign.run("send", "--plan-only", "--yes", "--json")
    while datetime.datetime.now(datetime.UTC) <= end:
        pass

    sent = campaign.run("send", "--yes", "--json")

    assert planned.json["counts"]["planned"] == 2
    assert sent.json["counts"]["cancelled"] == 1
    assert set(sink.accepted_by_recipient()) == {"ann@state.example"}


def test_a_send_for_later_looks_at_that_time(campaign: Campaign) -> None:
    """What ends before the letters leave has ended."""
    campaign.contacts([row("ann", ""), row("bob", moment(3600))], header=HEADER)

    now = campaign.run("send", "--dry-run", "--json").json
    later = campaign.run("send", "--dry-run", "--json", "--at", moment(7200)).json

    assert (now["would_send"], later["would_send"]) == (2, 1)
    assert later["finding_counts"] == {"E32": 1}


def test_a_letter_may_say_where_the_address_is_from(campaign: Campaign) -> None:
    """They are columns like any other."""
    campaign.contacts([row("ann", "")], header=HEADER)
    campaign.edit("templates/letter.md", "speak up", "speak up ({{ source }}, {{ obtained_at | date }})")

    assert "petition 2022, January 1, 2022" in campaign.run("preview").out
