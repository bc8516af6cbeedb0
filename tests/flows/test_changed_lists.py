"""A list that changes between two sends: nobody gets the letter twice, nobody is passed over in silence."""

from __future__ import annotations

import shutil

import pytest

from outreach.sink.server import Sink
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.flows.test_dangers import nobody_twice, stopped

pytestmark = pytest.mark.flow

HEADER = "email,name,salutation,cc"
ROWS = [f"{who}@s.example,Office {who},Dear {who}," for who in "abc"]


@pytest.fixture
def relay(campaign: Campaign, start_sink: StartSink) -> Sink:
    """A relay that takes everything, and a list of three."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(ROWS)
    return sink


def with_ids(*ids: str) -> list[str]:
    """The same rows with ids in front."""
    return [f"{one},{row}" for one, row in zip(ids, ROWS, strict=True)]


def test_ids_that_come_or_go_make_nobody_new(campaign: Campaign, relay: Sink) -> None:
    """A column of ids put in front after the send, and taken away again: who has the letter is found by address."""
    campaign.run("send", "--yes")
    campaign.contacts(with_ids("1", "2", "3"), header=f"id,{HEADER}")

    again = campaign.run("send", "--yes")
    rest = campaign.run("send", "--yes", "--skip-bad-rows")

    stopped(again, "E27", "another id")
    assert rest.code == 0
    assert relay.count == 3
    nobody_twice(relay)


def test_ids_that_are_row_numbers_and_shift_pass_nobody_over(campaign: Campaign, relay: Sink) -> None:
    """A new row on top renumbers all: the new address is told to get nothing, and nobody gets a second copy."""
    campaign.contacts(with_ids("1", "2", "3"), header=f"id,{HEADER}")
    campaign.run("send", "--yes")
    shifted = ["1,new@s.example,New,Dear new,", *(f"{n + 2},{row}" for n, row in enumerate(ROWS))]
    campaign.contacts(shifted, header=f"id,{HEADER}")

    again = campaign.run("send", "--yes")
    told = campaign.run("check", "--json").json

    stopped(again, "E27")
    assert told["finding_counts"]["E30"] == 1
    assert any(f["address"] == "new@s.example" and f["level"] == "info" for f in told["findings"])
    nobody_twice(relay)


@pytest.mark.parametrize(
    ("first", "second", "cell"),
    [("together", "separately", "a@s.example;b@s.example"), ("together", "together", "b@s.example;a@s.example")],
)
def test_cells_of_several_addresses_that_are_read_otherwise_make_nobody_new(
    campaign: Campaign, relay: Sink, first: str, second: str, cell: str
) -> None:
    """Sent as one letter to two; then each is to get one, or their order is another."""
    campaign.edit("outreach.toml", "[sender]", f'several_addresses = "{first}"\n[sender]')
    campaign.contacts(["a@s.example;b@s.example,Both,Dear both,"])
    campaign.run("send", "--yes")
    campaign.edit("outreach.toml", f'"{first}"', f'"{second}"')
    campaign.contacts([f"{cell},Both,Dear both,"])

    campaign.run("send", "--yes")
    campaign.run("send", "--yes", "--skip-bad-rows")

    nobody_twice(relay)
    assert relay.count == 1


def test_rows_that_vanished_are_not_cancelled_unasked(campaign: Campaign, relay: Sink) -> None:
    """Nothing else is to be done: the question is whether to cancel, and the dry run says so."""
    campaign.run("send", "--yes", "--limit", "1")
    campaign.contacts(ROWS[:1])

    dry = campaign.run("send", "--dry-run")
    asked = campaign.run("send")
    before = campaign.run("status", "--json").json["counts"]
    wrong = campaign.run("send", "--confirm", "1")
    right = campaign.run("send", "--confirm", "2", "--json")

    assert "cancel 2 letters" in dry.out.replace("\n", " ")
    assert asked.code == 2
    assert "2 letters would be cancelled now" in asked.err
    assert (before["planned"], before["cancelled"]) == (2, 0)
    assert wrong.code == 3
    assert right.json["counts"]["cancelled"] == 2


def test_nothing_is_sealed_where_nothing_was_asked(campaign: Campaign, relay: Sink) -> None:
    """A first send in which everybody is suppressed begins no campaign."""
    for who in "abc":
        campaign.run("suppress", "add", f"{who}@s.example")

    ran = campaign.run("send")

    assert ran.code == 0
    assert "outreach.seal" not in campaign.files()
    assert campaign.run("status", "--json").json["id"] is None


def test_a_new_ledger_is_confirmed_for_everyone_at_once(campaign: Campaign, relay: Sink) -> None:
    """Not for one letter first, after which the others would go without a word."""
    campaign.run("send", "--yes")
    shutil.rmtree(campaign.folder / ".outreach")

    limited = campaign.run("send", "--new-ledger", "--limit", "1", "--confirm", "1")
    only = campaign.run("send", "--new-ledger", "--only", "a@s.example", "--confirm", "1")

    assert (limited.code, only.code) == (2, 2)
    assert relay.count == 3


def test_the_seal_stands_for_the_files_of_single_rows_too(campaign: Campaign, relay: Sink) -> None:
    """A row's own attachment that changed after the approval sends nothing."""
    campaign.write("own.txt", "one")
    campaign.contacts(["a@s.example,A,Dear A,own.txt"], header="email,name,salutation,attachments")
    seal = campaign.run("send", "--dry-run", "--json").json["seal"]
    campaign.write("own.txt", "two")

    stopped(campaign.run("send", "--yes", "--seal", seal), "the list changed")
    campaign.write("own.txt", "one")
    assert campaign.run("send", "--yes", "--seal", seal).code == 0


def test_what_is_resent_after_an_amendment_is_what_was_approved(campaign: Campaign, start_sink: StartSink) -> None:
    """A person says that the letter did not arrive: it leaves with the text that the dry run shows."""
    sink = start_sink("drop:dot:lose:times=1")
    campaign.use_port(sink.port)
    campaign.contacts(ROWS[:1])
    campaign.run("send", "--yes")
    campaign.edit("templates/letter.md", "to speak up", "to act at once")
    campaign.run("resolve", "--resend", "--all")

    campaign.run("send", "--yes", "--amend")

    assert [b"act at once" in message.content for message in sink.messages] == [True]


def test_an_address_that_would_be_lost_with_its_row_is_an_error(campaign: Campaign, relay: Sink) -> None:
    """Duplicates = "first" leaves a row out, and with it an address that stands nowhere else."""
    campaign.edit("outreach.toml", "[sender]", 'several_addresses = "together"\nduplicates = "first"\n[sender]')
    campaign.contacts(["a@s.example;b@s.example,X,Dear X,", "b@s.example;c@s.example,Y,Dear Y,"])

    stopped(campaign.run("send", "--yes"), "c@s.example", "stands nowhere else")
    assert relay.count == 0


def test_a_list_without_a_header_is_told(campaign: Campaign, relay: Sink) -> None:
    """Its first recipient would be taken for the name of a column."""
    campaign.edit("outreach.toml", "[sender]", 'columns = { email = "a@s.example" }\n[sender]')
    campaign.contacts(["b@s.example"], header="a@s.example")

    stopped(campaign.run("send", "--yes"), "holds an address", "names of the columns")


def test_the_sink_and_real_letters_do_not_meet(campaign: Campaign, start_sink: StartSink) -> None:
    """After a rehearsal at the sink planning is real, a changed letter no change, and decisions are about real ones."""
    swallowing = start_sink(as_sink=True)
    campaign.use_port(swallowing.port)
    campaign.run("send", "--yes")
    campaign.edit("templates/letter.md", "to speak up", "to act at once")
    rehearsed = campaign.run("send", "--yes")
    planned = campaign.run("send", "--plan-only", "--yes", "--json")
    relay = start_sink()
    campaign.edit("outreach.toml", f"port = {swallowing.port}", f"port = {relay.port}")
    sent = campaign.run("send", "--yes", "--json")
    campaign.edit("outreach.toml", f"port = {relay.port}", f"port = {swallowing.port}")
    campaign.run("send", "--yes")
    marked = campaign.run("mark", "bounced", "desk@press.example")

    assert rehearsed.code == 0
    assert planned.json["swallowed"] is False
    assert planned.json["counts"]["planned"] == 3
    assert sent.json["counts"]["accepted"] == 3
    assert marked.code == 0
    campaign.edit("outreach.toml", f"port = {swallowing.port}", f"port = {relay.port}")
    assert campaign.run("status", "--json").json["counts"]["bounced"] == 1


def test_a_sink_that_is_gone_is_an_unreachable_relay(campaign: Campaign, start_sink: StartSink) -> None:
    """What it swallowed is no reason to say that all is well."""
    swallowing = start_sink(as_sink=True)
    campaign.use_port(swallowing.port)
    campaign.run("send", "--yes")
    campaign.edit("outreach.toml", 'security = "none"', 'security = "none"\ntimeouts = { connect = "2s" }')
    swallowing._server.close()  # type: ignore[union-attr] # it listens

    assert campaign.run("send", "--yes").code == 5


def test_a_name_with_brackets_is_shown_as_it_is(campaign: Campaign, relay: Sink) -> None:
    """It is no markup of the terminal's."""
    campaign.edit("outreach.toml", '"repatriation"', '"[/b] x"')

    sent = campaign.run("send", "--yes", "--json")

    assert sent.code == 0
    assert "[/b] x" in sent.err
    assert "[/b] x" in campaign.run("campaigns").out
    assert "[/b] x" in campaign.run("status").out
