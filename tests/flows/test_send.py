"""A send from the list to the log, against the sink."""

from __future__ import annotations

import datetime
import email
import email.policy
import getpass

import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow


def test_every_contact_gets_its_letter_and_the_log_says_so(campaign: Campaign, start_sink: StartSink) -> None:
    """Every contact gets one message with its name and its copy, and the ledger balances."""
    sink = start_sink()
    campaign.use_port(sink.port)

    sent = campaign.run("send", "--yes", "--json")

    assert sent.code == 0
    assert sent.json["counts"]["accepted"] == sent.json["total"] == 3
    assert sent.json["balanced"] is True
    assert sent.json["ended"] == "complete"
    assert sorted(sink.accepted_by_recipient().items()) == [
        ("chair@committee.example", 1),
        ("chief@state.example", 1),
        ("desk@press.example", 1),
        ("minister@state.example", 1),
    ]
    first = next(m for m in sink.messages if b"minister@" in m.content)
    parsed = email.message_from_bytes(first.content, policy=email.policy.default)
    assert parsed["Subject"] == "A call to Minister of State"
    assert parsed["To"] == "Minister of State <minister@state.example>"
    assert parsed["Cc"] == "chief@state.example"
    assert "Bcc" not in parsed
    log = campaign.run("log", "--json").json_lines
    assert [(entry["address"], entry["state"], entry["code"]) for entry in log] == [
        ("minister@state.example", "accepted", 250),
        ("chair@committee.example", "accepted", 250),
        ("desk@press.example", "accepted", 250),
    ]


def test_a_second_send_sends_nothing_and_says_so(campaign: Campaign, start_sink: StartSink) -> None:
    """A campaign that is complete is not sent again, without a question."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--yes")

    again = campaign.run("send")

    assert again.code == 0
    assert "Nothing to send: 3 of 3 accepted" in again.err
    assert sink.count == 3


def test_a_dry_run_connects_nowhere_and_leaves_no_file(campaign: Campaign, start_sink: StartSink) -> None:
    """A dry run opens no connection, writes nothing, and words nothing as sent."""
    sink = start_sink()
    campaign.use_port(sink.port)
    before = campaign.files()

    shown = campaign.run("send", "--dry-run")

    assert shown.code == 0
    assert "Would send 3 letters and 1 copy" in shown.out
    assert campaign.files() == before
    assert sink.record == []
    counted = campaign.run("send", "--dry-run", "--json").json
    assert (counted["would_send"], counted["copies"], counted["total"]) == (3, 1, 3)
    assert counted["seal"].count("-") == 1


def test_a_dry_run_after_a_send_leaves_the_ledger_as_it_is(campaign: Campaign, start_sink: StartSink) -> None:
    """Reading the ledger for a dry run leaves no side files behind."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--yes")
    before = campaign.files()

    shown = campaign.run("send", "--dry-run", "--json")

    assert shown.json["would_send"] == 0
    assert shown.json["counts"]["accepted"] == 3
    assert campaign.files() == before


def test_a_refused_copy_shows_and_does_not_hide_that_the_to_was_accepted(
    campaign: Campaign, start_sink: StartSink
) -> None:
    """A refused Cc is in the log and makes the run end with 1; its To is accepted."""
    sink = start_sink("reject:rcpt:chief@state.example")
    campaign.use_port(sink.port)

    sent = campaign.run("send", "--yes", "--json")

    assert sent.code == 1
    assert sent.json["counts"]["accepted"] == 3
    assert sent.json["copies_refused"] == 1
    entry = campaign.run("log", "--json", "--to", "minister@*").json_lines[0]
    assert [(r["role"], r["state"], r["code"]) for r in entry["recipients"]] == [
        ("to", "accepted", 250),
        ("cc", "failed", 550),
    ]
    assert sink.accepted_by_recipient()["chief@state.example"] == 0


def test_a_refused_to_means_that_nobody_got_it(campaign: Campaign, start_sink: StartSink) -> None:
    """When the To is refused the copy gets nothing either, and the delivery failed."""
    sink = start_sink("reject:rcpt:minister@state.example")
    campaign.use_port(sink.port)

    sent = campaign.run("send", "--yes", "--json")

    assert sent.code == 1
    assert sent.json["counts"] | {"failed": 1, "accepted": 2} == sent.json["counts"]
    assert sink.accepted_by_recipient()["chief@state.example"] == 0
    assert sink.count == 2


def test_greylisted_letters_wait_and_say_until_when(campaign: Campaign, start_sink: StartSink) -> None:
    """A deferred letter is tried again when due; a run that may not wait says when to come back."""
    sink = start_sink("greylist")
    campaign.use_port(sink.port)

    sent = campaign.run("send", "--yes", "--json", "--wait", "1s")

    assert sent.code == 1
    assert sent.json["ended"] == "deferred"
    assert sent.json["counts"]["deferred"] == 3
    assert sent.json["next_attempt_at"] is not None
    assert "3 letters wait, the first until" in sent.err.splitlines()[-1]
    again = campaign.run("send", "--yes", "--wait", "1s")
    assert "Nothing to send" in again.err
    assert sink.count == 0


def test_greylisted_letters_are_accepted_on_the_second_try(campaign: Campaign, start_sink: StartSink) -> None:
    """Within its wait a run sends what falls due, with the same Message-ID and Date."""
    sink = start_sink("greylist")
    campaign.use_port(sink.port)
    campaign.write("outreach.toml", (campaign.folder / "outreach.toml").read_text() + '\n[retry]\nfirst_wait = "1s"\n')

    sent = campaign.run("send", "--yes", "--json", "--wait", "30s")

    assert sent.code == 0
    assert sent.json["counts"]["accepted"] == 3
    assert [entry["attempts"] for entry in campaign.run("log", "--json").json_lines] == [2, 2, 2]


def test_limit_lets_so_many_leave_and_only_picks_one(campaign: Campaign, start_sink: StartSink) -> None:
    """--limit plans all and sends some; --only sends to one address; an unknown one is an error."""
    sink = start_sink()
    campaign.use_port(sink.port)

    unknown = campaign.run("send", "--yes", "--only", "nobody@state.example")
    limited = campaign.run("send", "--yes", "--json", "--limit", "1")
    only = campaign.run("send", "--yes", "--json", "--only", "DESK@press.example")

    assert unknown.code == 2
    assert "no such address" in unknown.err
    assert limited.json["ended"] == "limited"
    assert limited.json["counts"]["planned"] == 2
    assert only.json["counts"]["accepted"] == 2
    assert sink.accepted_by_recipient()["desk@press.example"] == 1
    assert sink.count == 2


def test_without_a_terminal_a_flag_must_answer(campaign: Campaign, start_sink: StartSink) -> None:
    """--confirm and --at-most refuse another number; no flag at all refuses too; nothing leaves."""
    sink = start_sink()
    campaign.use_port(sink.port)

    no_flag = campaign.run("send")
    wrong = campaign.run("send", "--confirm", "4")
    too_many = campaign.run("send", "--at-most", "2")

    assert (no_flag.code, wrong.code, too_many.code) == (2, 3, 3)
    assert sink.count == 0
    assert campaign.run("send", "--confirm", "3").code == 0
    assert sink.count == 3


def test_a_wrong_seal_sends_nothing(campaign: Campaign, start_sink: StartSink) -> None:
    """--seal sends exactly what the dry run showed, or nothing."""
    sink = start_sink()
    campaign.use_port(sink.port)
    seal = campaign.run("send", "--dry-run", "--json").json["seal"]
    campaign.edit("contacts/officials.csv", "Dear Chair", "Dear Sir or Madam")

    changed = campaign.run("send", "--yes", "--seal", seal)

    assert changed.code == 3
    assert sink.count == 0
    campaign.edit("contacts/officials.csv", "Dear Sir or Madam", "Dear Chair")
    assert campaign.run("send", "--yes", "--seal", seal).code == 0


def test_a_letter_that_changed_after_the_first_letters_left_is_stopped(
    campaign: Campaign, start_sink: StartSink
) -> None:
    """A campaign is bound to its text: the rest may not get another one unasked."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--yes", "--limit", "1")
    campaign.edit("templates/letter.md", "speak up", "keep silent")

    changed = campaign.run("send", "--yes")

    assert changed.code == 3
    assert "has changed since it was sealed" in changed.err
    assert sink.count == 1


def test_rows_may_come_and_go_between_two_sends(campaign: Campaign, start_sink: StartSink) -> None:
    """New rows are planned, vanished ones cancelled, and what has left is never touched."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--yes", "--limit", "1")
    campaign.contacts(["desk@press.example,Press Desk,Dear colleagues,", "new@press.example,New,Dear new,"])

    sent = campaign.run("send", "--yes", "--json")

    assert sent.json["counts"]["accepted"] == 3
    assert sent.json["counts"]["cancelled"] == 1
    assert sent.json["total"] == 4
    assert sink.accepted_by_recipient()["chair@committee.example"] == 0


def test_plan_only_seals_without_connecting(campaign: Campaign) -> None:
    """--plan-only needs no relay."""
    planned = campaign.run("send", "--plan-only", "--yes", "--json")

    assert planned.code == 0
    assert planned.json["counts"]["planned"] == 3
    assert campaign.run("status", "--json").json["counts"]["planned"] == 3


def test_unsure_letters_are_listed_and_decided(campaign: Campaign, start_sink: StartSink) -> None:
    """A connection lost after the final dot leaves the letter unsure; only a person decides."""
    sink = start_sink("drop:dot:keep:times=1")
    campaign.use_port(sink.port)

    sent = campaign.run("send", "--yes", "--json", "--set", "relay.connections=1")

    assert sent.code == 1
    assert sent.json["counts"]["unsure"] == 1
    assert "outreach resolve" in sent.err.splitlines()[-1]
    listed = campaign.run("resolve")
    assert "minister@state.example" in listed.out
    assert "Message-ID" in listed.out
    again = campaign.run("send", "--yes")
    assert "Nothing to send" in again.err
    decided = campaign.run("resolve", "--sent", "minister@state.example")
    assert decided.code == 0
    assert campaign.run("status", "--json").json["counts"]["accepted"] == 3
    assert max(sink.accepted_by_recipient().values()) == 1


def test_what_is_unsure_is_listed_with_all_that_is_known(campaign: Campaign, start_sink: StartSink) -> None:
    """When, through which relay, the Message-ID, and what the relay had answered before; then who decided what."""
    sink = start_sink(
        "reply:rcpt:chair@committee.example:451:4.7.1 Greylisted:times=1", "drop:dot:keep:after=2:times=1"
    )
    campaign.use_port(sink.port)
    campaign.write("outreach.toml", (campaign.folder / "outreach.toml").read_text() + '\n[retry]\nfirst_wait = "1s"\n')
    campaign.run("send", "--yes", "--wait", "10s", "--set", "relay.connections=1")

    listed = campaign.run("resolve")
    found = campaign.run("resolve", "--json").json
    campaign.run("resolve", "--resend", "--all")

    kept = next(message for message in sink.messages if message.addresses == ("chair@committee.example",))
    assert len(sink.faults) == 2
    assert kept.content.count(found["message_id"].encode()) == 1
    assert (found["address"], found["attempts"]) == ("chair@committee.example", 2)
    assert abs(datetime.datetime.fromisoformat(found["left_at"]).timestamp() - kept.mail_at) <= 2
    assert found["relay"] == f"127.0.0.1:{sink.port}"
    before = found["before"][0]
    assert (before["stage"], before["code"], before["enhanced"]) == ("rcpt", 451, "4.7.1")
    assert [one["address"] for one in before["recipients"]] == ["chair@committee.example"]
    assert "was deferred, rcpt: 451 4.7.1 Greylisted" in listed.out
    entry = campaign.run("log", "--json", "--to", "chair@*").json_lines[0]
    assert f"not arrived, says {getpass.getuser()}@" in entry["reason"]


def test_failed_letters_can_be_planned_again(campaign: Campaign, start_sink: StartSink) -> None:
    """`retry` plans failed deliveries; the next send sends them."""
    sink = start_sink("reject:rcpt:desk@press.example:times=1")
    campaign.use_port(sink.port)
    campaign.run("send", "--yes")

    planned = campaign.run("retry", "--all")

    assert "desk@press.example" in planned.out
    assert campaign.run("send", "--yes", "--json").json["counts"]["accepted"] == 3


def test_the_dry_run_writes_every_message_on_request(campaign: Campaign) -> None:
    """--eml leaves one file for each letter, named by row and address."""
    shown = campaign.run("send", "--dry-run", "--eml", "out")

    assert shown.code == 0
    assert sorted(path.name for path in (campaign.folder / "out").iterdir()) == [
        "00002-minister@state.example.eml",
        "00003-chair@committee.example.eml",
        "00004-desk@press.example.eml",
    ]
