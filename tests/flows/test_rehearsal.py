"""A rehearsal through the real relay: the named addresses see what the list will get, and nobody else sees anything."""

from __future__ import annotations

import hashlib
import json
import signal
import time
from email.message import EmailMessage

import pytest

from outreach.sink.mailbox import Received
from outreach.sink.server import Sink
from tests.flows.campaign import LETTER, Campaign
from tests.flows.conftest import StartSink
from tests.message.reading import decode_text, headers, parse, read_mailboxes

pytestmark = pytest.mark.flow

YOU = "you@home.example"
OTHER = "ana@home.example"


def digests(campaign: Campaign) -> dict[str, str]:
    """Every file below the folder, with what its content is worth."""
    return {path: hashlib.sha256((campaign.folder / path).read_bytes()).hexdigest() for path in campaign.files()}


def rcpts(sink: Sink) -> set[str]:
    """Every recipient that anybody asked the sink for."""
    return {event.detail[9:-1] for event in sink.record if event.kind == "command" and event.detail.startswith("RCPT")}


def shown(received: Received) -> tuple[EmailMessage, dict[str, str]]:
    """The message as a reader sees it, and its raw headers."""
    return parse(received.content), headers(received.content)


def text_of(message: EmailMessage) -> str:
    """The text part, with line ends as in Python."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def names(count: int) -> list[str]:
    """So many rows."""
    return [f"office{number}@state.example,Office {number},Dear office {number}," for number in range(count)]


def test_only_the_named_addresses_are_written_to(campaign: Campaign, start_sink: StartSink) -> None:
    """Every RCPT, To and Reply-To names them alone; whom the letters stand for is told in other headers."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(
        ["minister@state.example,Minister of State,Excellency,chief@state.example,archive@state.example"],
        header="email,name,salutation,cc,bcc",
    )
    seal = campaign.run("send", "--dry-run", "--json").json["seal"]

    rehearsed = campaign.run("send", "--redirect", YOU, f"Ana <{OTHER}>", "--yes")

    assert rehearsed.code == 0
    assert rcpts(sink) == {YOU, OTHER}
    parsed, raw = shown(sink.messages[0])
    assert parsed["To"] == parsed["Reply-To"] == f"{YOU}, Ana <{OTHER}>"
    assert "Cc" not in parsed
    assert "Bcc" not in parsed
    assert parsed["X-Outreach-Original-To"] == "Minister of State <minister@state.example>"
    assert parsed["X-Outreach-Original-Cc"] == "chief@state.example"
    assert parsed["X-Outreach-Original-Bcc"] == "archive@state.example"
    assert parsed["X-Outreach-Original-Reply-To"] == "office@coalition.example"
    assert decode_text(raw["Subject"]) == f"[TEST for minister@state.example {seal}] A call to Minister of State"
    assert "Excellency,\n\nwe call on Minister of State" in text_of(parsed)
    assert sink.count == 1


def test_a_rehearsal_says_that_it_was_one(campaign: Campaign, start_sink: StartSink) -> None:
    """The ending speaks of test letters and of the seal; the JSON has no id and says that it was a rehearsal."""
    sink = start_sink()
    campaign.use_port(sink.port)

    rehearsed = campaign.run("send", "--redirect", YOU, "--confirm", "3", "--json")

    assert rehearsed.code == 0
    lines = rehearsed.err.strip().splitlines()
    assert f"Rehearsal: 3 test letters accepted for {YOU}; nobody else was written to." in lines
    assert "outreach send --seal" in lines[-1]
    assert "outreach log" not in rehearsed.err
    report = rehearsed.json
    assert (report["rehearsal"], report["id"], report["total"], report["ended"]) == (True, None, 3, "complete")
    assert report["counts"]["accepted"] == 3
    assert report["swallowed"] is False
    assert report["seal"] == campaign.run("send", "--dry-run", "--json").json["seal"].partition("-")[0]


def test_what_the_test_sink_swallows_is_said_to_be_swallowed(campaign: Campaign, start_sink: StartSink) -> None:
    """A rehearsal at the test sink needs no ledger of its own, and does not pretend that anybody got it."""
    sink = start_sink(as_sink=True)
    campaign.use_port(sink.port)
    before = campaign.files()

    rehearsed = campaign.run("send", "--redirect", YOU, "--yes", "--json", "--set", "relay.connections=3")

    assert rehearsed.code == 0
    assert rehearsed.json["swallowed"] is True
    assert "Swallowed by the test sink" in rehearsed.err
    assert sink.count == 3
    assert campaign.files() == before


def test_nothing_in_the_folder_changes(campaign: Campaign, start_sink: StartSink) -> None:
    """Before the first send nothing is written; afterwards the ledger is the same to the last byte."""
    sink = start_sink()
    campaign.use_port(sink.port)
    before_any = digests(campaign)

    campaign.run("send", "--redirect", YOU, "--yes")

    assert digests(campaign) == before_any
    campaign.run("send", "--yes")
    before = digests(campaign)
    assert before.keys() > before_any.keys()
    assert campaign.run("send", "--redirect", YOU, "--yes").code == 0
    assert digests(campaign) == before
    assert sink.accepted_by_recipient()[YOU] == 6


def test_every_rehearsal_starts_anew(campaign: Campaign, start_sink: StartSink) -> None:
    """Twice in a row five letters leave each time, and no two have the same Message-ID, nor a real one."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(names(20))

    first = campaign.run("send", "--redirect", YOU, "--yes", "--json")
    second = campaign.run("send", "--redirect", YOU, "--yes", "--json")
    campaign.run("send", "--yes")

    assert first.json["counts"]["accepted"] == second.json["counts"]["accepted"] == 5
    assert sink.accepted_by_recipient()[YOU] == 10
    assert len({parse(one.content)["Message-ID"] for one in sink.messages}) == 30


def test_the_real_send_under_the_rehearsed_seal_reaches_everyone_once(
    campaign: Campaign, start_sink: StartSink
) -> None:
    """What the test letters' subject says is what `send --seal` sends, as its first send."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--redirect", YOU, "--yes")
    subject = decode_text(headers(sink.messages[0].content)["Subject"])
    seal = subject.partition("]")[0].split()[-1]

    sent = campaign.run("send", "--yes", "--seal", seal, "--json")

    assert sent.code == 0
    assert sent.json["counts"]["accepted"] == sent.json["total"] == 3
    assert sorted(sink.accepted_by_recipient().items()) == [
        ("chair@committee.example", 1),
        ("chief@state.example", 1),
        ("desk@press.example", 1),
        ("minister@state.example", 1),
        (YOU, 3),
    ]


def test_another_seal_is_not_rehearsed(campaign: Campaign, start_sink: StartSink) -> None:
    """--seal means the same as in a real send."""
    sink = start_sink()
    campaign.use_port(sink.port)
    seal = campaign.run("send", "--dry-run", "--json").json["seal"]
    campaign.edit("templates/letter.md", "speak up", "keep silent")

    rehearsed = campaign.run("send", "--redirect", YOU, "--yes", "--seal", seal)

    assert rehearsed.code == 3
    assert sink.count == 0


def test_a_changed_letter_may_be_rehearsed_after_the_first_send(campaign: Campaign, start_sink: StartSink) -> None:
    """That is what a rehearsal is for: it needs no --amend, and shows the new text although all have the old one."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--yes")
    campaign.edit("templates/letter.md", "speak up", "raise the matter")

    rehearsed = campaign.run("send", "--redirect", YOU, "--yes")

    assert rehearsed.code == 0
    tests = [one for one in sink.messages if YOU in one.addresses]
    assert len(tests) == 3
    assert all(b"raise the matter" in one.content for one in tests)


def test_five_letters_tell_most_of_a_long_list(campaign: Campaign, start_sink: StartSink) -> None:
    """Of 500 rows in 3 languages, five leave: each language, a copy, an attachment and the longest name among them."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.write("own.pdf", b"%PDF-1.4 own")
    campaign.edit("outreach.toml", "letter.md", "letter.{lang}.md")
    for lang, closing in (("en", "Sincerely"), ("ko", "감사합니다"), ("fr", "Cordialement")):
        campaign.write(f"templates/letter.{lang}.md", LETTER + closing + "\n")
    rows = [f"office{n}@state.example,Office {n},Dear office,,," for n in range(500)]
    rows[120] = "ko@state.example,홍길동 외교부 장관,장관님,,ko,"
    rows[230] = "fr@state.example,Ministre,Madame,chef@state.example,fr,"
    rows[340] = "file@state.example,Archive,Dear archive,,,own.pdf"
    rows[450] = "long@state.example,The Office of the Permanent Representative,Excellency,,,"
    campaign.contacts(rows, header="email,name,salutation,cc,lang,attachments")

    rehearsed = campaign.run("send", "--redirect", YOU, "--confirm", "5")

    assert rehearsed.code == 0
    stood_for = {
        read_mailboxes(headers(one.content)["X-Outreach-Original-To"])[0][1]: parse(one.content)
        for one in sink.messages
    }
    assert stood_for.keys() == {
        "office0@state.example",
        "ko@state.example",
        "fr@state.example",
        "file@state.example",
        "long@state.example",
    }
    korean = stood_for["ko@state.example"]
    assert korean["Content-Language"] == "ko"
    assert "감사합니다" in text_of(korean)
    assert [part.get_filename() for part in stood_for["file@state.example"].iter_attachments()] == ["own.pdf"]


def test_fewer_all_and_chosen_rows_can_be_rehearsed(campaign: Campaign, start_sink: StartSink) -> None:
    """--limit N sends N, --limit all one of each row, --only the row that it names."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(names(700))

    two = campaign.run("send", "--redirect", YOU, "--limit", "2", "--yes", "--json")
    everyone = campaign.run("send", "--redirect", YOU, "--limit", "all", "--yes", "--json")
    one = campaign.run("send", "--redirect", YOU, "--only", "office650@state.example", "--yes", "--json")

    assert [ran.json["total"] for ran in (two, everyone, one)] == [2, 700, 1]
    assert rcpts(sink) == {YOU}
    assert parse(sink.messages[-1].content)["X-Outreach-Original-To"] == "Office 650 <office650@state.example>"


def test_more_rows_may_be_named_than_would_be_chosen(campaign: Campaign, start_sink: StartSink) -> None:
    """Each row that --only names has its test letter, unless --limit says fewer."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(names(20))
    only = [flag for number in range(10, 17) for flag in ("--only", f"office{number}@state.example")]

    seven = campaign.run("send", "--redirect", YOU, *only, "--yes", "--json")
    two = campaign.run("send", "--redirect", YOU, *only, "--limit", "2", "--yes", "--json")

    assert (seven.json["total"], two.json["total"]) == (7, 2)


def test_a_long_rehearsal_shows_the_first_ten(campaign: Campaign) -> None:
    """What is shown fits a screen, and says how many more there are."""
    campaign.contacts(names(700))

    looked = campaign.run("send", "--redirect", YOU, "--limit", "all", "--dry-run")

    assert looked.out.count("Stands for") == 10
    assert "row 11, office9@state.example" in looked.out
    assert "and 690 more" in looked.out


def test_rows_that_a_send_leaves_out_are_not_rehearsed(campaign: Campaign, start_sink: StartSink) -> None:
    """Suppressed rows, repeated ones and bad ones have no test letter."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.edit("outreach.toml", "[contacts]\n", '[contacts]\nduplicates = "first"\n')
    campaign.contacts(["a@x.example,A,Dear,", "b@x.example,B,Dear,", "A@x.example,C,Dear,", "d@x.example,,Dear,"])
    campaign.run("suppress", "add", "b@x.example")

    rehearsed = campaign.run("send", "--redirect", YOU, "--limit", "all", "--yes", "--skip-bad-rows", "--json")
    nobody = campaign.run("send", "--redirect", YOU, "--only", "b@x.example", "--yes", "--skip-bad-rows")

    assert (rehearsed.json["total"], rehearsed.json["skipped"]) == (1, 1)
    assert [parse(one.content)["X-Outreach-Original-To"] for one in sink.messages] == ["A <a@x.example>"]
    assert nobody.code == 2
    assert "Nothing to rehearse" in nobody.err


def test_findings_forbid_a_rehearsal_too(campaign: Campaign, start_sink: StartSink) -> None:
    """What would stop the send stops the rehearsal, with the same code and the same words."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(["a@x.example,,Dear,", "b@x.example,B,Dear,"])

    rehearsed = campaign.run("send", "--redirect", YOU, "--yes")
    looked = campaign.run("send", "--redirect", YOU, "--dry-run", "--json")

    assert (rehearsed.code, looked.code) == (3, 3)
    assert "E09" in rehearsed.err
    assert "Nothing was sent" in rehearsed.err
    assert looked.json["finding_counts"] == {"E09": 1}
    assert looked.json["would_send"] == 0
    assert sink.record == []


def test_a_suppressed_address_gets_no_test_letter_either(campaign: Campaign, start_sink: StartSink) -> None:
    """Who must not be written to is not written to, whoever names them."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("suppress", "add", YOU, "--reason", "asked by phone")

    rehearsed = campaign.run("send", "--redirect", OTHER, YOU.upper(), "--yes")

    assert rehearsed.code == 3
    assert "asked by phone" in rehearsed.err
    assert sink.record == []


def test_reserved_rows_stop_no_rehearsal_but_a_reserved_address_does(campaign: Campaign) -> None:
    """Through a relay off this machine the list may be the sample's: only who is really written to counts."""
    off_loopback = ("--set", "relay.host=smtp.outreach-test.org", "--set", "relay.security=tls", "--dry-run")
    from_sample = campaign.run("send", "--redirect", "you@outreach-test.org", *off_loopback)
    settings = (campaign.folder / "outreach.toml").read_text()
    campaign.write("outreach.toml", settings.replace("@coalition.example", "@outreach-test.org"))

    reserved = campaign.run("send", "--redirect", YOU, *off_loopback)
    real = campaign.run("send", "--redirect", "you@outreach-test.org", *off_loopback)
    without_bad = campaign.run("send", "--redirect", "you@outreach-test.org", "--skip-bad-rows", *off_loopback)

    assert (from_sample.code, reserved.code) == (3, 3)
    assert "Put your own address in, under [sender]" in from_sample.err
    assert "reserved for examples" in reserved.err
    assert real.code == 0
    assert "Would send 3 test letters" in real.out
    assert "Nothing to rehearse" in without_bad.err


def test_a_dry_rehearsal_shows_whom_the_letters_stand_for(campaign: Campaign, start_sink: StartSink) -> None:
    """It connects nowhere, leaves no file, and words nothing as sent."""
    sink = start_sink()
    campaign.use_port(sink.port)
    before = campaign.files()

    looked = campaign.run("send", "--redirect", YOU, "--dry-run")
    counted = campaign.run("send", "--redirect", YOU, "--dry-run", "--json").json

    assert looked.code == 0
    assert f"Would send 3 test letters to {YOU} through 127.0.0.1:{sink.port}." in looked.out
    assert "row 2, minister@state.example, with 1 copy" in looked.out
    assert "nobody but the addresses named here" in looked.out
    assert (counted["rehearsal"], counted["would_send"], counted["copies"]) == (True, 3, 0)
    assert campaign.files() == before
    assert sink.record == []


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--redirect"], "there is no address"),
        (["--redirect", ""], "there is no address"),
        (["--redirect", "you"], "--redirect you:"),
        (["--redirect", "you@x.example\r\nBcc: b@x.example"], "--redirect"),
        (["--redirect", *(f"you{n}@x.example" for n in range(11))], "11 addresses"),
        (["--redirect", YOU, "--plan-only"], "--plan-only"),
        (["--redirect", YOU, "--at", "2033-10-16T09:00+09:00"], "--at"),
        (["--redirect", YOU, "--limit", "0"], "--limit 0"),
        (["--redirect", YOU, "--limit", "many"], "--limit many"),
        (["--redirect", YOU, "--dry-run", "--eml", "out"], "--eml"),
        (["--redirect", YOU, "--only", "nobody@x.example"], "no such address"),
        (["--limit", "all"], "--limit all goes with --redirect"),
    ],
)
def test_a_mistyped_rehearsal_sends_nothing(
    campaign: Campaign, start_sink: StartSink, flags: list[str], words: str
) -> None:
    """Above all, it does not become a real send."""
    sink = start_sink()
    campaign.use_port(sink.port)

    refused = campaign.run("send", *flags, "--yes")

    assert refused.code == 2
    assert words in refused.err
    assert sink.record == []


def test_a_rehearsal_asks_like_a_send(campaign: Campaign, start_sink: StartSink) -> None:
    """Without a terminal a flag must answer, and a wrong number is refused."""
    sink = start_sink()
    campaign.use_port(sink.port)

    no_flag = campaign.run("send", "--redirect", YOU)
    wrong = campaign.run("send", "--redirect", YOU, "--confirm", "2")

    assert (no_flag.code, wrong.code) == (2, 3)
    assert "3 test letters would go now" in no_flag.err
    assert sink.count == 0


def test_a_quota_that_is_used_up_is_kept(campaign: Campaign, start_sink: StartSink) -> None:
    """A rehearsal that needs more than is left is refused in words; a smaller one may go."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.edit("outreach.toml", 'security = "none"\n', 'security = "none"\nquota = ["5/day"]\n')
    campaign.run("send", "--yes")

    refused = campaign.run("send", "--redirect", YOU, "--yes")
    smaller = campaign.run("send", "--redirect", YOU, "--yes", "--limit", "2")

    assert refused.code == 5
    assert "2 are left of the quota" in refused.err
    assert smaller.code == 0
    assert sink.accepted_by_recipient()[YOU] == 2


def test_a_rehearsal_may_go_at_any_time(campaign: Campaign, start_sink: StartSink) -> None:
    """What holds the real letters back until their hour does not hold back letters to oneself."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.edit("outreach.toml", "[contacts]\n", "not_before = 2099-10-16T09:00:00+09:00\n\n[contacts]\n")
    campaign.edit("outreach.toml", 'security = "none"\n', 'security = "none"\nhours = "00:00-00:01 UTC"\n')

    rehearsed = campaign.run("send", "--redirect", YOU, "--yes", "--wait", "1s")
    real = campaign.run("send", "--yes", "--wait", "1s")

    assert (rehearsed.code, real.code) == (0, 5)
    assert sink.accepted_by_recipient() == {YOU: 3}


def test_what_the_relay_says_of_the_sender_is_told_with_what_to_do(campaign: Campaign, start_sink: StartSink) -> None:
    """A rehearsal finds out that the relay does not want this sender, before the list does."""
    sink = start_sink("reply:mail:550:5.7.1 sender not owned by you")
    campaign.use_port(sink.port)

    rehearsed = campaign.run("send", "--redirect", YOU, "--yes")

    assert rehearsed.code == 5
    assert "sender not owned by you" in rehearsed.err
    assert "[sender]" in rehearsed.err
    assert "0 of 3 test letters accepted" in rehearsed.err
    assert "outreach send" not in rehearsed.err


def test_what_the_relay_refuses_is_told_with_its_reason(campaign: Campaign, start_sink: StartSink) -> None:
    """There is no log to look into afterwards, so the ending says what the relay said."""
    sink = start_sink(f"reply:rcpt:{YOU}:550:5.1.1 no such user:times=1")
    campaign.use_port(sink.port)

    rehearsed = campaign.run("send", "--redirect", YOU, "--yes", "--json", "--set", "relay.connections=1")

    assert rehearsed.code == 1
    assert rehearsed.json["counts"] | {"accepted": 2, "failed": 1} == rehearsed.json["counts"]
    assert "2 of 3 test letters accepted" in rehearsed.err
    assert "no such user" in rehearsed.err


def test_an_interrupted_rehearsal_ends_and_leaves_nothing_behind(campaign: Campaign, start_sink: StartSink) -> None:
    """Ctrl-C ends it with 130; only the named address was written to, and the folder is as it was."""
    sink = start_sink("slow:dot:0.05")
    campaign.use_port(sink.port)
    campaign.contacts(names(300))
    before = digests(campaign)
    scratch = campaign.folder.parent / "scratch"
    scratch.mkdir()
    running = campaign.start("send", "--redirect", YOU, "--limit", "all", "--yes", "--json", TMPDIR=str(scratch))
    while sink.count < 20:
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    assert [path.name for path in scratch.glob("*/*.db")] == ["ledger.db"]

    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)

    assert running.returncode == 130
    report = json.loads(out.splitlines()[-1])
    assert (report["ended"], report["rehearsal"]) == ("interrupted", True)
    assert report["counts"]["accepted"] == sink.count < 300
    assert "the rest was not sent" in err
    assert rcpts(sink) == {YOU}
    assert digests(campaign) == before
    assert list(scratch.iterdir()) == []
