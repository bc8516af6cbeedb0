"""Who must not be written to is not written to."""

from __future__ import annotations

import json
import re
import time

import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow


def test_a_suppressed_address_is_left_out_until_it_is_taken_off(campaign: Campaign, start_sink: StartSink) -> None:
    """It is told as an info, its delivery is suppressed, and a later send writes to it when it may."""
    sink = start_sink()
    campaign.use_port(sink.port)
    added = campaign.run("suppress", "add", "Desk@PRESS.example", "--reason", "asked by phone")

    checked = campaign.run("check", "--json").json
    sent = campaign.run("send", "--yes", "--json")

    assert "1 added" in added.out
    assert checked["finding_counts"] == {"E11": 1}
    assert checked["findings"][0]["level"] == "info"
    assert sent.code == 0
    assert sent.json["counts"]["suppressed"] == 1
    assert sink.accepted_by_recipient()["desk@press.example"] == 0
    assert "asked by phone" in campaign.run("suppress", "list").out
    assert campaign.run("suppress", "remove", "desk@press.example").code == 0
    assert campaign.run("send", "--yes", "--json").json["counts"]["accepted"] == 3


def test_a_suppressed_copy_is_left_out_and_shows(campaign: Campaign, start_sink: StartSink) -> None:
    """The To gets its letter; the copy is suppressed, and the run ends with 1."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("suppress", "add", "chief@state.example")

    sent = campaign.run("send", "--yes", "--json")

    assert sent.code == 1
    assert sent.json["copies_refused"] == 1
    assert sink.accepted_by_recipient()["chief@state.example"] == 0
    entry = campaign.run("log", "--json", "--to", "minister@*").json_lines[0]
    assert [one["state"] for one in entry["recipients"]] == ["accepted", "suppressed"]


def test_addresses_come_from_a_file_too_and_wrong_ones_are_named(campaign: Campaign) -> None:
    """One address a line; what is no address is an error, and nothing is added."""
    campaign.write("no.txt", "a@b.example\n\nc@d.example\n")
    campaign.write("bad.txt", "a@b.example\nnobody\n")

    bad = campaign.run("suppress", "add", "--file", "bad.txt")
    good = campaign.run("suppress", "add", "--file", "no.txt")
    none = campaign.run("suppress", "add")

    assert (bad.code, good.code, none.code) == (2, 0, 2)
    assert "nobody" in bad.err
    assert "2 added" in good.out


def test_addresses_of_a_file_are_taken_off_again(campaign: Campaign) -> None:
    """What was added from a file is taken off with it; one that stands there twice counts once."""
    campaign.write("no.txt", "a@b.example\nc@d.example\nA@b.example\n")
    campaign.run("suppress", "add", "--file", "no.txt", "e@f.example")

    removed = campaign.run("suppress", "remove", "--file", "no.txt")
    none = campaign.run("suppress", "remove")

    assert removed.code == 0
    assert "2 taken off" in removed.out
    assert none.code == 2
    assert "--file" in none.err
    listed = campaign.run("suppress", "list").out
    assert "e@f.example" in listed
    assert "a@b.example" not in listed


def test_an_address_that_was_not_on_the_list_is_named(campaign: Campaign) -> None:
    """Those that were are taken off all the same; only where none was, it is an error."""
    campaign.run("suppress", "add", "a@b.example")

    some = campaign.run("suppress", "remove", "a@b.example", "Nobody@b.example")
    none = campaign.run("suppress", "remove", "Nobody@b.example")

    assert (some.code, none.code) == (0, 2)
    assert "Nobody@b.example" in some.err
    assert "1 taken off." in some.out
    assert "Nobody@b.example" in none.err


def test_a_missing_file_is_told_in_words(campaign: Campaign) -> None:
    """Without the number that the system has for it."""
    ran = campaign.run("suppress", "add", "--file", "none.txt")

    assert ran.code == 2
    assert "none.txt: No such file or directory" in ran.err


def test_times_of_lists_are_those_of_the_clock_on_the_wall(campaign: Campaign, start_sink: StartSink) -> None:
    """In the zone of this machine, as in the log."""
    campaign.use_port(start_sink().port)
    campaign.run("send", "--yes")
    campaign.run("suppress", "add", "a@b.example")

    began, since = campaign.run("campaigns").out, campaign.run("suppress", "list").out

    assert all(re.search(r" \d\d:\d\d\b", shown) for shown in (began, since))
    assert all("T" not in re.findall(r"\d{4}-\d\d-\d\d.", shown) for shown in (began, since))


def test_a_letter_that_came_back_is_marked(campaign: Campaign, start_sink: StartSink) -> None:
    """What a person learned stands in the log with their name; only a letter that left can come back."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--yes")

    marked = campaign.run("mark", "bounced", "desk@press.example", "--reason", "mailbox closed")
    again = campaign.run("mark", "bounced", "desk@press.example")

    assert (marked.code, again.code) == (0, 2)
    assert "desk@press.example is marked as bounced already" in again.err
    entry = campaign.run("log", "--json", "--to", "desk@*").json_lines[0]
    assert entry["state"] == "bounced"
    assert entry["reason"].endswith("mailbox closed")


def test_copies_of_a_letter_that_is_not_sent_are_shown_so(campaign: Campaign, start_sink: StartSink) -> None:
    """Suppressed or cancelled, as the letter is: they do not stand there as if they were still to come."""
    campaign.use_port(start_sink().port)
    campaign.contacts(["a@b.example,A,Dear,c@d.example", "e@f.example,E,Dear,g@h.example", "i@j.example,I,Dear,"])
    campaign.run("suppress", "add", "a@b.example")
    campaign.run("send", "--yes", "--plan-only")
    campaign.contacts(["a@b.example,A,Dear,c@d.example", "i@j.example,I,Dear,"])
    campaign.run("send", "--yes")

    entries = {one["address"]: one["recipients"] for one in campaign.run("log", "--json").json_lines}
    table = campaign.run("log").out

    assert [one["state"] for one in entries["a@b.example"]] == ["suppressed", "suppressed"]
    assert [one["state"] for one in entries["e@f.example"]] == ["cancelled", "cancelled"]
    assert "planned" not in table


def test_a_copy_suppressed_while_the_run_is_on_is_left_out(campaign: Campaign, start_sink: StartSink) -> None:
    """Also where its letter was handed out before: the To gets it, the copy does not."""
    sink = start_sink("slow:dot:1.5:times=1")
    campaign.use_port(sink.port)
    campaign.edit("outreach.toml", "[relay]", "[relay]\nconnections = 1")
    campaign.contacts(
        [
            "first@state.example,First,Dear First,",
            "second@state.example,Second,Dear Second,copy@state.example",
            "third@state.example,Third,Dear Third,copy@state.example;other@state.example",
        ]
    )
    running = campaign.start("send", "--yes", "--json")
    while sink.count < 1:
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    assert campaign.run("suppress", "add", "copy@state.example").code == 0
    out, err = running.communicate(timeout=30)

    received = sink.accepted_by_recipient()
    assert "copy@state.example" not in received, (out, err)
    assert set(received.values()) == {1}
    assert sorted(received) == [f"{name}@state.example" for name in ("first", "other", "second", "third")]
    counts = json.loads(out.strip().splitlines()[-1])
    assert (counts["counts"]["accepted"], counts["copies_refused"]) == (3, 2)
