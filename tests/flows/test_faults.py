"""A relay, an account or a letter that misbehaves: nobody else is harmed, and the ledger knows."""

from __future__ import annotations

import asyncio
import email.utils
import signal
import time

import pytest

from outreach.ledger.record_values import Suppression
from outreach.ledger.sqlite import open_ledger
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.flows.test_interrupt import rows
from tests.message.reading import headers

pytestmark = pytest.mark.flow

ONE_CONNECTION = ("--set", "relay.connections=1")


def test_what_a_killed_run_left_is_unsure_even_when_nothing_else_is_due(
    campaign: Campaign, start_sink: StartSink
) -> None:
    """The next send finds the letter whose answer was lost, says so with 1, and does not send it again."""
    sink = start_sink("stall:dot:keep")
    campaign.use_port(sink.port)
    campaign.contacts(rows(1))
    running = campaign.start("send", "--yes")
    while not sink.faults:
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=10)

    after = campaign.run("send", "--yes", "--json")

    assert after.code == 1
    assert after.json["counts"]["unsure"] == 1
    assert "office0@state.example" in campaign.run("resolve").out
    assert sink.accepted_by_recipient()["office0@state.example"] == 1


@pytest.mark.parametrize(
    "reply", ["550:5.4.5 Daily user sending quota exceeded", "452:4.7.0 too many recipients per hour"]
)
def test_a_copy_refused_because_of_our_account_waits_and_the_run_stops(
    campaign: Campaign, start_sink: StartSink, reply: str
) -> None:
    """The To has its letter, the copy is deferred, no other letter is charged."""
    sink = start_sink(f"reply:rcpt:chief@state.example:{reply}")
    campaign.use_port(sink.port)

    sent = campaign.run("send", "--yes", "--json", *ONE_CONNECTION)

    assert sent.code == 5
    assert sink.accepted_by_recipient() == {"minister@state.example": 1}
    entry = campaign.run("log", "--json", "--to", "minister@*").json_lines[0]
    assert [one["state"] for one in entry["recipients"]] == ["accepted", "deferred"]
    assert sent.json["counts"]["planned"] == 2


def test_copies_too_many_for_one_message_go_in_the_next(campaign: Campaign, start_sink: StartSink) -> None:
    """A relay that takes two recipients at once gets the letter three times over, each recipient once, in one run."""
    sink = start_sink("limit:recipients:2")
    campaign.use_port(sink.port)
    copies = [f"copy{number}@state.example" for number in range(4)]
    campaign.contacts([f"minister@state.example,Minister,Excellency,{'; '.join(copies)}"])

    sent = campaign.run("send", "--yes", "--json", "--wait", "0s")

    assert sent.code == 0
    assert [message.addresses for message in sink.messages] == [
        ("minister@state.example", "copy0@state.example"),
        ("copy1@state.example", "copy2@state.example"),
        ("copy3@state.example",),
    ]
    assert len({message.content for message in sink.messages}) == 1
    assert sum(sink.faults.values()) == 4


def test_a_relay_that_refuses_everybody_with_the_same_words_stops_the_run(
    campaign: Campaign, start_sink: StartSink
) -> None:
    """Five are refused, the rest is kept; once the relay is right again all get their letter."""
    sink = start_sink("reply:rcpt:550:Access denied")
    campaign.use_port(sink.port)
    campaign.contacts(rows(40))

    stopped = campaign.run("send", "--yes", "--json", *ONE_CONNECTION)
    sink.play([])
    campaign.run("retry", "--all")
    sent = campaign.run("send", "--yes", "--json")

    assert stopped.code == 5
    assert (stopped.json["counts"]["failed"], stopped.json["counts"]["planned"]) == (5, 35)
    assert "550 Access denied" in stopped.err
    assert sent.json["counts"]["accepted"] == 40


def test_a_list_that_begins_with_unknown_mailboxes_is_sent(campaign: Campaign, start_sink: StartSink) -> None:
    """That a mailbox does not exist is about the recipient, however often it is said."""
    sink = start_sink("reject:rcpt:*@gone.example")
    campaign.use_port(sink.port)
    campaign.contacts([*(f"x{n}@gone.example,X {n},Dear {n}," for n in range(8)), *rows(3)])

    sent = campaign.run("send", "--yes", "--json", *ONE_CONNECTION)

    assert sent.code == 1
    assert (sent.json["counts"]["failed"], sent.json["counts"]["accepted"]) == (8, 3)
    assert sum(sink.faults.values()) == 8


def test_a_used_up_quota_of_the_account_stops_the_run_and_charges_nobody(
    campaign: Campaign, start_sink: StartSink
) -> None:
    """The relay's own quota reply ends with 5 and the time to go on."""
    sink = start_sink("reply:mail:550:5.4.5 Daily user sending quota exceeded")
    campaign.use_port(sink.port)

    sent = campaign.run("send", "--yes", "--json")

    assert sent.code == 5
    assert sent.json["counts"]["planned"] == 3
    assert sent.json["next_attempt_at"] is not None
    assert [entry["attempts"] for entry in campaign.run("log", "--json").json_lines] == [0, 0, 0]
    assert "Run outreach send at" in sent.err.splitlines()[-1]


def test_a_refused_sender_stops_the_run_and_charges_nobody(campaign: Campaign, start_sink: StartSink) -> None:
    """5xx to MAIL is about us, not about any recipient."""
    sink = start_sink("reject:mail")
    campaign.use_port(sink.port)

    sent = campaign.run("send", "--yes", "--json")

    assert sent.code == 5
    assert sent.json["counts"]["planned"] == 3
    assert sink.faults


@pytest.mark.parametrize(
    ("script", "state"),
    [
        ("reject:dot", "failed"),
        ("drop:dot:lose", "unsure"),
        ("reply:rcpt:550:5.7.1 listed in a block list", "deferred"),
    ],
)
def test_refusals_in_a_row_stop_the_run_before_it_burns_the_list(
    campaign: Campaign, start_sink: StartSink, script: str, state: str
) -> None:
    """Five letters in a row that meet what the next would meet too end the run with 5."""
    sink = start_sink(script)
    campaign.use_port(sink.port)
    campaign.contacts(rows(60))

    sent = campaign.run("send", "--yes", "--json", *ONE_CONNECTION)

    assert sent.code == 5
    assert sent.json["counts"][state] == 5
    assert sent.json["counts"]["planned"] == 55


def test_a_letter_that_breaks_connections_does_not_keep_the_others_waiting(
    campaign: Campaign, start_sink: StartSink
) -> None:
    """After three losses it is put off, and all others are sent in the same run."""
    sink = start_sink("drop:rcpt:office5@*")
    campaign.use_port(sink.port)
    campaign.contacts(rows(30))

    sent = campaign.run("send", "--yes", "--json", "--wait", "1s", *ONE_CONNECTION)

    assert sent.code == 1
    assert sent.json["counts"]["accepted"] == 29
    assert sent.json["counts"]["deferred"] == 1
    assert sum(sink.faults.values()) == 3


def test_a_relay_that_allows_one_connection_gets_one(campaign: Campaign, start_sink: StartSink) -> None:
    """Lanes beyond what the relay allows retire; nothing stops, nothing is charged."""
    sink = start_sink("limit:connections:1")
    campaign.use_port(sink.port)
    campaign.contacts(rows(60))

    sent = campaign.run("send", "--yes", "--json", "--set", "relay.connections=5")

    assert sent.code == 0
    assert sent.json["counts"]["accepted"] == 60
    assert sent.json["seconds"] < 10
    assert sink.faults


def test_a_to_that_has_its_letter_gets_no_other_after_a_resend(campaign: Campaign, start_sink: StartSink) -> None:
    """Resending an unsure copy and changing the row touches the copy only."""
    sink = start_sink("defer:rcpt:chief@state.example:times=1", "drop:dot:lose:after=1:times=1")
    campaign.use_port(sink.port)
    campaign.contacts(["minister@state.example,Minister,Excellency,chief@state.example"])
    campaign.write("outreach.toml", (campaign.folder / "outreach.toml").read_text() + '\n[retry]\nfirst_wait = "1s"\n')
    first = campaign.run("send", "--yes", "--json", "--wait", "10s")
    campaign.run("resolve", "--resend", "--all")
    campaign.edit("contacts/officials.csv", "Excellency", "Your Excellency")

    campaign.run("send", "--yes", "--amend", "--wait", "10s")

    assert first.json["counts"]["unsure"] == 1
    assert sink.accepted_by_recipient()["minister@state.example"] == 1
    assert sink.accepted_by_recipient()["chief@state.example"] == 1


def test_an_address_suppressed_while_the_run_is_on_gets_nothing(campaign: Campaign, start_sink: StartSink) -> None:
    """The intent is the last check: between envelope and body the suppression list still counts."""
    sink = start_sink("slow:data:1")
    campaign.use_port(sink.port)
    campaign.contacts(rows(1))
    running = campaign.start("send", "--yes")
    while not any("DATA" in str(event.detail) for event in list(sink.record)):
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)

    asyncio.run(_suppress(campaign, "office0@state.example"))
    running.communicate(timeout=20)

    assert sink.count == 0
    assert campaign.run("status", "--json").json["counts"]["suppressed"] == 1


async def _suppress(campaign: Campaign, address: str) -> None:
    ledger = open_ledger(campaign.folder / ".outreach/ledger.db")
    await ledger.suppress([Suppression(address, address, "asked to", "test", time.time())])
    await ledger.close()


def test_a_retry_keeps_the_date_and_the_message_id_of_the_first_attempt(
    campaign: Campaign, start_sink: StartSink
) -> None:
    """The Date header says when the letter was first tried."""
    sink = start_sink("defer:dot:times=1")
    campaign.use_port(sink.port)
    campaign.contacts(rows(1))
    campaign.write("outreach.toml", (campaign.folder / "outreach.toml").read_text() + '\n[retry]\nfirst_wait = "3s"\n')

    campaign.run("send", "--yes", "--wait", "10s")

    found = headers(sink.messages[0].content)
    dated = email.utils.parsedate_to_datetime(found["Date"]).timestamp()
    assert sink.messages[0].mail_at - dated > 2
    attempts = campaign.run("log", "--attempts", "--json").json_lines
    assert {entry["message_id"] for entry in attempts} == {found["Message-ID"]}
    assert [entry["state"] for entry in attempts] == ["deferred", "accepted"]


def test_a_quota_of_recipients_waits_until_the_next_letter_fits(campaign: Campaign, start_sink: StartSink) -> None:
    """Two letters of three recipients fit into a window of eight; the third waits, and the run goes on."""
    sink = start_sink()
    campaign.use_port(sink.port)
    copies = '"a{n}@x.example; b{n}@x.example"'
    campaign.contacts([f"to{n}@x.example,To {n},Dear {n},{copies.format(n=n)}" for n in range(4)])

    sent = campaign.run(
        "send", "--yes", "--json", "--set", "relay.quota_counts=recipients", "--set", 'relay.quota=["8/second"]'
    )

    assert sent.code == 0
    assert sent.json["counts"]["accepted"] == 4
    assert max(message.mail_at for message in sink.messages) - min(m.mail_at for m in sink.messages) > 0.9


def test_reserved_domains_never_go_to_a_relay_off_this_machine(campaign: Campaign) -> None:
    """The sample can't escape: every such row is an error before anything connects."""
    campaign.edit("outreach.toml", '"127.0.0.1"', '"smtp.relay.invalid"')
    campaign.edit("outreach.toml", 'security = "none"', 'security = "tls"')

    checked = campaign.run("check", "--json")
    sent = campaign.run("send", "--yes")

    assert checked.json["finding_counts"] == {"E24": 3}
    assert (checked.code, sent.code) == (3, 3)


def test_two_decisions_name_who_made_them_and_unknown_addresses(campaign: Campaign, start_sink: StartSink) -> None:
    """A person's word shows in the log as such; an address without such a delivery is named."""
    sink = start_sink("reject:rcpt:desk@press.example")
    campaign.use_port(sink.port)
    campaign.run("send", "--yes")

    wrong = campaign.run("retry", "chair@committee.example")
    right = campaign.run("retry", "desk@press.example")

    assert wrong.code == 2
    assert "chair@committee.example" in wrong.err
    assert right.code == 0
    entry = campaign.run("log", "--json", "--to", "desk@*").json_lines[0]
    assert entry["state"] == "planned"
    assert "to be tried again, says" in entry["reason"]
