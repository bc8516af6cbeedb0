"""The dangers of a letter that can't be taken back, walked through step by step: nobody gets it twice, nobody in vain.

Here the ledger is the user's own, one for all folders, and the relay is one like any other; its record is the witness.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import platformdirs
import pytest

from outreach.sink.server import Sink
from tests.flows.campaign import Campaign, Ran
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow

FIRST_CAMPAIGN = "repatriation"


@pytest.fixture
def shared(campaign: Campaign) -> Campaign:
    """The campaign with the ledger that is the user's own."""
    campaign.edit("outreach.toml", '[ledger]\nurl = "sqlite:///.outreach/ledger.db"\n', "")
    return campaign


@pytest.fixture
def relay(shared: Campaign, start_sink: StartSink) -> Sink:
    """A relay that takes everything."""
    sink = start_sink()
    shared.use_port(sink.port)
    return sink


def ledger_folder() -> Path:
    """Where the user's own ledger is."""
    return platformdirs.user_data_path("outreach")


def copied(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """A copy of the folder, with everything in it; commands are given there from now on."""
    copy = campaign.folder.with_name("copy of campaign")
    shutil.copytree(campaign.folder, copy)
    monkeypatch.chdir(copy)
    return Campaign(copy, campaign.capsys)


def stopped(ran: Ran, *words: str) -> None:
    """It stopped as unsafe, in two lines, with these words."""
    assert ran.code == 3, ran
    assert "→" in ran.err
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err, ran.err


def nobody_twice(sink: Sink) -> None:
    """No address got more than one copy."""
    assert max(sink.accepted_by_recipient().values(), default=0) <= 1


# --- the seal file ----------------------------------------------------------------------------------------------------


def test_a_send_leaves_a_seal_that_says_what_was_sealed(shared: Campaign, relay: Sink) -> None:
    """Name, id, digest and day stand beside the settings after the first send, and only then."""
    before = shared.files()
    shared.run("send", "--dry-run")
    assert shared.files() == before

    sent = shared.run("send", "--yes", "--json").json

    seal = (shared.folder / "outreach.seal").read_text()
    assert shared.files() - before == {"outreach.seal"}
    assert f'name = "{FIRST_CAMPAIGN}"' in seal
    assert f'id = "{sent["id"]}"' in seal
    assert f'text = "{sent["seal"]}' in seal
    assert re.search(r"^sealed_at = \d{4}-\d\d-\d\dT", seal, re.MULTILINE)


def test_a_seal_that_was_thrown_away_is_written_again(shared: Campaign, relay: Sink) -> None:
    """In the folder that the ledger names, the seal comes back with the next command that sends, unchanged."""
    shared.run("send", "--yes")
    seal = (shared.folder / "outreach.seal").read_bytes()
    (shared.folder / "outreach.seal").unlink()

    again = shared.run("send", "--yes")

    assert "Nothing to send: 3 of 3 accepted" in again.err
    assert (shared.folder / "outreach.seal").read_bytes() == seal
    assert relay.count == 3


def test_a_seal_that_was_spoilt_stops_the_send(shared: Campaign, relay: Sink) -> None:
    """A seal file that can't be read could be anybody's: nothing leaves."""
    shared.run("send", "--yes", "--limit", "1")
    shared.write("outreach.seal", 'name = "repatriation"\nid = "12"\n')

    ran = shared.run("send", "--yes")

    assert ran.code == 2
    assert "outreach.seal" in ran.err
    assert relay.count == 1


# --- lost, copied, renamed --------------------------------------------------------------------------------------------


def test_a_deleted_ledger_does_not_make_everyone_new(shared: Campaign, relay: Sink) -> None:
    """The letters are out, the ledger is gone: the seal stops the second copy, in the dry run too."""
    shared.run("send", "--yes")
    shutil.rmtree(ledger_folder())

    again = shared.run("send", "--yes")
    dry = shared.run("send", "--dry-run")

    stopped(again, FIRST_CAMPAIGN, "3 letters", "ledger is not at", "--new-ledger")
    stopped(dry, "--new-ledger")
    assert relay.count == 3


def test_a_new_ledger_says_how_many_may_get_a_second_copy_and_asks_for_that_number(
    shared: Campaign, relay: Sink
) -> None:
    """--yes is no answer to that; the number is. The second copies bear the Message-IDs of the first."""
    shared.run("send", "--yes")
    identity = re.findall(r'^id = "(.*)"$', (shared.folder / "outreach.seal").read_text(), re.MULTILINE)
    shutil.rmtree(ledger_folder())

    yes = shared.run("send", "--new-ledger", "--yes")
    wrong = shared.run("send", "--new-ledger", "--confirm", "2")
    none = shared.run("send", "--new-ledger")
    assert relay.count == 3
    right = shared.run("send", "--new-ledger", "--confirm", "3", "--json")

    stopped(yes, "3 people may get the letter a second time")
    stopped(wrong, "3 letters would go now")
    assert none.code == 2
    assert right.code == 0
    assert [right.json["id"]] == identity
    message_ids = [re.findall(rb"^Message-ID: (.*)\r$", m.content, re.MULTILINE)[0] for m in relay.messages]
    assert sorted(message_ids[:3]) == sorted(message_ids[3:])
    assert len(set(message_ids)) == 3
    assert shared.run("send").err.startswith("Nothing to send: 3 of 3 accepted")


def test_a_ledger_from_a_backup_does_not_make_anyone_new(shared: Campaign, relay: Sink) -> None:
    """Put back from before two letters left, the ledger would send them again: the seal has seen more."""
    shared.run("send", "--yes", "--limit", "1")
    backup = ledger_folder().with_name("backup")
    shutil.copytree(ledger_folder(), backup)
    shared.run("send", "--yes")
    shutil.rmtree(ledger_folder())
    shutil.copytree(backup, ledger_folder())

    again = shared.run("send", "--yes")
    yes = shared.run("send", "--yes", "--new-ledger")

    stopped(again, "older copy", "--new-ledger")
    stopped(yes, "2 people may get the letter a second time")
    assert relay.count == 3
    nobody_twice(relay)


def test_a_ledger_that_is_not_lost_is_not_replaced(shared: Campaign, relay: Sink) -> None:
    """--new-ledger out of habit is refused."""
    shared.run("send", "--yes")

    stopped(shared.run("send", "--new-ledger", "--confirm", "3"), "not lost")
    assert relay.count == 3


def test_a_copied_folder_knows_that_everything_was_sent(
    shared: Campaign, relay: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one ledger for all folders a copy of a complete campaign has nothing to send."""
    shared.run("send", "--yes")
    copy = copied(shared, monkeypatch)

    again = copy.run("send", "--yes")

    assert again.code == 0
    assert "Nothing to send: 3 of 3 accepted" in again.err
    assert relay.count == 3


@pytest.mark.parametrize("ledger", ["own", "local"])
def test_a_copied_folder_is_not_sent_from_while_the_first_one_is_there(
    campaign: Campaign, start_sink: StartSink, monkeypatch: pytest.MonkeyPatch, ledger: str
) -> None:
    """Copied when half was sent, with or without its ledger inside: only one of the two folders goes on."""
    sink = start_sink()
    campaign.use_port(sink.port)
    if ledger == "own":
        campaign.edit("outreach.toml", '[ledger]\nurl = "sqlite:///.outreach/ledger.db"\n', "")
    campaign.run("send", "--yes", "--limit", "1")
    copy = copied(campaign, monkeypatch)

    from_copy = copy.run("send", "--yes")
    monkeypatch.chdir(campaign.folder)
    from_first = campaign.run("send", "--yes")
    monkeypatch.chdir(copy.folder)
    late = copy.run("send", "--yes")

    stopped(from_copy, "is a copy", str(campaign.folder))
    assert from_first.code == 0
    assert late.code in (0, 3)
    assert sink.count == 3
    nobody_twice(sink)


def test_a_folder_that_has_moved_goes_on(shared: Campaign, relay: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that was renamed, not copied, sends the rest from its new place."""
    shared.run("send", "--yes", "--limit", "1")
    moved = shared.folder.with_name("elsewhere")
    shared.folder.rename(moved)
    monkeypatch.chdir(moved)

    sent = Campaign(moved, shared.capsys).run("send", "--yes", "--json")

    assert sent.code == 0
    assert sent.json["counts"]["accepted"] == 3
    nobody_twice(relay)


def test_a_renamed_campaign_is_not_a_new_one(shared: Campaign, relay: Sink) -> None:
    """The seal tells the old name, and nobody gets the letter again under the new one."""
    shared.run("send", "--yes")
    shared.edit("outreach.toml", 'name = "repatriation"', 'name = "second try"')

    ran = shared.run("send", "--yes")

    stopped(ran, "second try", f'name = "{FIRST_CAMPAIGN}"')
    assert relay.count == 3


def test_a_renamed_campaign_without_its_seal_is_found_by_its_letter(
    shared: Campaign, relay: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copied, renamed, its seal removed, another date and sender: the same letter reaches none of those who have it."""
    shared.run("send", "--yes", "--limit", "2")
    copy = copied(shared, monkeypatch)
    (copy.folder / "outreach.seal").unlink()
    copy.edit("outreach.toml", 'name = "repatriation"', 'name = "second try"')
    copy.edit("outreach.toml", "2023-10-16", "2023-11-01")
    copy.edit("outreach.toml", "Coalition <letters@", "The Coalition <post@")
    copy.contacts(
        [
            "Minister@State.example,The Minister,Excellency,",
            "chair@committee.example,Chair,Dear Chair,",
            "new@press.example,New,Dear new,",
        ]
    )

    ran = copy.run("send", "--yes")
    checked = copy.run("check", "--json").json
    rest = copy.run("send", "--yes", "--skip-bad-rows", "--json")

    stopped(ran, "E27", FIRST_CAMPAIGN)
    assert checked["finding_counts"] == {"E27": 2}
    assert checked["findings"][0]["where"] == "contacts/officials.csv:2"
    assert rest.json["counts"]["accepted"] == 1
    assert rest.json["skipped"] == 2
    nobody_twice(relay)


def test_another_letter_under_another_name_is_no_second_copy(
    shared: Campaign, relay: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next campaign begins as a copy of the last, with a new name and a new letter: everyone gets that."""
    shared.run("send", "--yes")
    copy = copied(shared, monkeypatch)
    (copy.folder / "outreach.seal").unlink()
    copy.edit("outreach.toml", 'name = "repatriation"', 'name = "thanks"')
    copy.edit("templates/letter.md", "to speak up", "to accept our thanks")

    sent = copy.run("send", "--yes", "--json")

    assert sent.code == 0
    assert sent.json["counts"]["accepted"] == 3
    assert relay.count == 6


def test_two_folders_can_not_share_a_name(shared: Campaign, relay: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new folder whose campaign bears a name that the ledger knows from elsewhere is asked for one of its own."""
    shared.run("send", "--yes")
    copy = copied(shared, monkeypatch)
    (copy.folder / "outreach.seal").unlink()
    copy.edit("templates/letter.md", "to speak up", "to do something else")

    stopped(copy.run("send", "--yes"), "another name", str(shared.folder))
    assert relay.count == 3


# --- the wrong text ---------------------------------------------------------------------------------------------------


def test_a_letter_edited_after_its_approval_is_shown_and_not_sent(shared: Campaign, relay: Sink) -> None:
    """Approved yesterday, edited since: the approved seal sends that text or nothing."""
    seal = shared.run("send", "--dry-run", "--json").json["seal"]
    shared.edit("templates/letter.md", "to speak up", "to keep silent")

    stopped(shared.run("send", "--yes", "--seal", seal), seal, "the letter changed")
    assert shared.run("send", "--yes", "--seal", "").code == 2
    assert shared.run("send", "--yes", "--seal", seal[:8]).code == 2
    assert relay.count == 0
    shared.edit("templates/letter.md", "to keep silent", "to speak up")
    assert shared.run("send", "--yes", "--seal", seal).code == 0
    assert relay.count == 3


def test_a_letter_edited_in_between_shows_the_difference(shared: Campaign, relay: Sink) -> None:
    """Two have the letter, one waits: the change is shown line by line; --amend is the word that it is meant."""
    shared.run("send", "--yes", "--limit", "2")
    shared.edit("templates/letter.md", "to speak up", "to act at once")
    shared.edit("outreach.toml", 'reply_to = "office@', 'reply_to = "desk@')

    changed = shared.run("send", "--yes")
    amended = shared.run("send", "--yes", "--amend")

    stopped(changed, "templates/letter.md", "- we call", "to speak up", "+ we call", "to act at once", "--amend")
    stopped(changed, "[sender] reply_to", "- office@coalition.example", "+ desk@coalition.example")
    assert amended.code == 0
    assert [b"act at once" in m.content for m in relay.messages] == [False, False, True]
    nobody_twice(relay)


def test_a_row_edited_in_between_shows_what_changed(shared: Campaign, relay: Sink) -> None:
    """A changed row whose letter has not left is told by row, column and value."""
    shared.run("send", "--plan-only", "--yes")
    shared.edit("contacts/officials.csv", "Dear Chair", "Dear Madam Chair")

    changed = shared.run("send", "--yes")

    stopped(changed, "row 3 (chair@committee.example)", 'salutation "Dear Chair" → "Dear Madam Chair"', "--amend")
    assert relay.count == 0


def test_a_copy_that_waited_gets_what_its_to_got(shared: Campaign, start_sink: StartSink) -> None:
    """A Cc that was deferred while its To was accepted gets the same bytes later, whatever was amended meanwhile."""
    sink = start_sink("defer:rcpt:chief@state.example:times=1")
    shared.use_port(sink.port)
    shared.write("outreach.toml", (shared.folder / "outreach.toml").read_text() + '\n[retry]\nfirst_wait = "2s"\n')
    shared.run("send", "--yes", "--only", "minister@state.example", "--wait", "1s")
    shared.edit("templates/letter.md", "to speak up", "to act at once")

    shared.run("send", "--yes", "--amend", "--wait", "30s")

    of_minister = [m for m in sink.messages if b"minister@state" in m.content]
    assert [[r.address for r in m.recipients] for m in of_minister] == [
        ["minister@state.example"],
        ["chief@state.example"],
    ]
    assert of_minister[0].content == of_minister[1].content
    assert sum(b"act at once" in m.content for m in sink.messages) == 2
    nobody_twice(sink)


# --- to nobody --------------------------------------------------------------------------------------------------------


def test_a_test_server_left_in_the_settings_does_not_use_up_the_letters(
    shared: Campaign, start_sink: StartSink
) -> None:
    """What the sink swallows is labelled, accounted for apart and not sealed; the real relay then gets each letter."""
    swallowing = start_sink(as_sink=True)
    shared.use_port(swallowing.port)

    rehearsed = shared.run("send", "--yes", "--json")

    assert rehearsed.code == 0
    assert rehearsed.json["swallowed"] is True
    assert "wallowed by the test sink" in rehearsed.err
    assert swallowing.count == 3
    assert "outreach.seal" not in shared.files()
    assert "wallowed by the test sink" in shared.run("status").out
    assert shared.run("status", "--json").json["counts"]["accepted"] == 3
    assert "wallowed by the test sink" in shared.run("send").err

    real = start_sink()
    shared.edit("outreach.toml", f"port = {swallowing.port}", f"port = {real.port}")
    assert shared.run("status", "--json").json["total"] == 0
    sent = shared.run("send", "--yes", "--json")

    assert sent.json["swallowed"] is False
    assert sent.json["counts"]["accepted"] == 3
    assert real.count == 3
    assert "outreach.seal" in shared.files()


def test_the_sink_in_the_middle_of_a_campaign_changes_nothing_of_it(shared: Campaign, start_sink: StartSink) -> None:
    """One letter has left through the relay; a send to the sink swallows all three, and two are still to go."""
    relay = start_sink()
    shared.use_port(relay.port)
    shared.run("send", "--yes", "--limit", "1")
    swallowing = start_sink(as_sink=True)
    shared.edit("outreach.toml", f"port = {relay.port}", f"port = {swallowing.port}")

    shared.run("send", "--yes")
    shared.edit("outreach.toml", f"port = {swallowing.port}", f"port = {relay.port}")
    rest = shared.run("send", "--yes", "--json")

    assert swallowing.count == 3
    assert rest.json["counts"]["accepted"] == 3
    assert relay.count == 3
    nobody_twice(relay)


@pytest.mark.parametrize("limit", [(), ("--limit", "1")], ids=["all", "one"])
def test_a_relay_at_the_port_of_the_sink_is_a_relay(
    shared: Campaign, start_sink: StartSink, limit: tuple[str, ...]
) -> None:
    """The port is remembered as the sink's; when a relay answers there, its letters count as real."""
    swallowing = start_sink(as_sink=True)
    shared.use_port(swallowing.port)
    shared.run("send", "--yes", *limit)
    swallowing._house.extensions = tuple(e for e in swallowing._house.extensions if e != "X-OUTREACH-SINK")

    sent = shared.run("send", "--yes", "--json")

    assert sent.json["swallowed"] is False
    assert sent.json["counts"]["accepted"] == 3
    assert "wallowed" not in sent.err
    assert shared.run("status", "--json").json["swallowed"] is False


def test_the_sink_leaves_out_who_must_not_be_written_to(shared: Campaign, start_sink: StartSink) -> None:
    """A rehearsal shows what will be: the suppression list holds at the sink, before and after its first use."""
    sink = start_sink(as_sink=True)
    shared.use_port(sink.port)
    shared.run("suppress", "add", "desk@press.example")
    first = shared.run("send", "--yes", "--json", "--limit", "1")
    shared.run("suppress", "add", "chair@committee.example")
    second = shared.run("send", "--yes", "--json")

    assert first.json["counts"]["suppressed"] == 1
    assert second.json["counts"] | {"suppressed": 2, "accepted": 1} == second.json["counts"]
    assert set(sink.accepted_by_recipient()) == {"minister@state.example", "chief@state.example"}


def test_a_rehearsal_that_was_killed_at_its_start_leaves_them_out_too(
    campaign: Campaign, start_sink: StartSink
) -> None:
    """The suppression list holds at the sink although its ledger was made by a run that was killed before all else."""
    sink = start_sink(as_sink=True)
    campaign.use_port(sink.port)
    campaign.run("suppress", "add", "desk@press.example")
    campaign.write(".outreach/ledger.sink.db", "")

    sent = campaign.run("send", "--yes", "--json")

    assert sent.json["counts"]["suppressed"] == 1
    assert "desk@press.example" not in sink.accepted_by_recipient()


def test_a_sender_at_a_sample_domain_is_refused_off_this_machine(shared: Campaign) -> None:
    """With real recipients and a real relay, the sample's sender would get every answer in vain."""
    shared.edit("outreach.toml", '"127.0.0.1"', '"smtp.relay.invalid"')
    shared.edit("outreach.toml", 'security = "none"', 'security = "tls"')
    shared.contacts(["minister@gov.uk,Minister,Excellency,"])

    stopped(shared.run("send", "--yes"), "coalition.example", "[sender]")


def test_a_lost_ledger_is_not_taken_for_a_campaign_that_was_never_sent(shared: Campaign, relay: Sink) -> None:
    """Whoever asks how it stands is told that it was sent; what a person decides needs the ledger."""
    assert shared.run("send", "--yes").code == 0
    before = relay.count
    shutil.rmtree(ledger_folder())

    for command in (["status"], ["status", "--json"], ["log"]):
        asked = shared.run(*command)
        assert asked.code == 0
        assert "Warning:" in asked.err
        assert "its ledger is not at" in asked.err
    for decision in (["resolve"], ["retry", "--all"], ["mark", "bounced", "minister@state.example"]):
        stopped(shared.run(*decision), "its ledger is not at", "--new-ledger")

    assert relay.count == before > 0
