"""What a command says to do next can be done; what it counts is what would go; a no is a no."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.support.terminal import on_terminal

pytestmark = pytest.mark.flow

ROWS = [f"office{n}@state.example,Office {n},Dear {n},chief{n}@state.example" for n in range(6)]


@pytest.mark.parametrize("flags", [(), ("--skip-bad-rows",), ("--amend",), ("--limit", "2")])
def test_the_command_that_a_dry_run_names_is_accepted(
    campaign: Campaign, start_sink: StartSink, flags: tuple[str, ...]
) -> None:
    """With its flags: without them the real send would be refused, or send something else."""
    sink = start_sink()
    campaign.use_port(sink.port)
    if "--skip-bad-rows" in flags:
        campaign.edit("contacts/officials.csv", "Dear Chair", "")
    if "--amend" in flags:
        campaign.run("send", "--plan-only", "--yes")
        campaign.edit("templates/letter.md", "to speak up", "to act")
    shown = campaign.run("send", "--dry-run", *flags)
    counted = campaign.run("send", "--dry-run", "--json", *flags).json["would_send"]

    command = re.findall(r"To send: outreach (.*)$", shown.out.replace("\n", " ").strip())
    sent = campaign.run(*shlex.split(command[0]), "--yes")

    assert sent.code == 0, sent
    assert sink.count == counted


def test_the_command_that_a_rehearsal_names_is_accepted(campaign: Campaign, start_sink: StartSink) -> None:
    """The seal with the flags that were given; of a changed letter that it is meant."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--plan-only", "--yes")
    campaign.edit("templates/letter.md", "to speak up", "to act")
    rehearsed = campaign.run("send", "--redirect", "me@coalition.example", "--yes")

    command = re.findall(r"To send exactly this: outreach (.*)$", rehearsed.err.strip())
    sent = campaign.run(*shlex.split(command[0]), "--yes")

    assert sent.code == 0, sent
    assert sink.accepted_by_recipient()["desk@press.example"] == 1


def test_a_limit_counts_the_copies_of_the_letters_that_go(campaign: Campaign, start_sink: StartSink) -> None:
    """Two of six letters, with two of six copies; after one has left, the next two."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(ROWS)

    first = campaign.run("send", "--dry-run", "--json", "--limit", "2").json
    campaign.run("send", "--yes", "--limit", "1")
    campaign.run("suppress", "add", "chief1@state.example")
    second = campaign.run("send", "--dry-run", "--json", "--limit", "2").json

    assert (first["would_send"], first["copies"]) == (2, 2)
    assert (second["would_send"], second["copies"]) == (2, 1)


def test_an_unknown_address_is_an_error_whatever_rows_are_left_out(campaign: Campaign, start_sink: StartSink) -> None:
    """--only with a slip of the pen never means nobody in silence."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.edit("contacts/officials.csv", "Dear Chair", "")

    ran = campaign.run("send", "--yes", "--skip-bad-rows", "--only", "nobody@state.example")

    assert ran.code == 2
    assert sink.count == 0


def test_rows_that_were_left_out_are_remembered(campaign: Campaign, start_sink: StartSink) -> None:
    """The ending says so, and how to get them."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.edit("contacts/officials.csv", "Dear Chair", "")

    sent = campaign.run("send", "--yes", "--skip-bad-rows")

    assert "1 row was left out for errors" in sent.err


def test_what_came_back_is_no_failure_of_the_next_send(campaign: Campaign, start_sink: StartSink) -> None:
    """A bounced letter is on record; a send with nothing to do ends with 0."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--yes")
    campaign.run("mark", "bounced", "desk@press.example")

    assert campaign.run("send", "--yes").code == 0


def test_a_refused_send_says_why_in_json_too(campaign: Campaign, start_sink: StartSink) -> None:
    """The object stands on stdout, with how the campaign stands and the two lines."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--yes", "--limit", "1")
    campaign.edit("templates/letter.md", "to speak up", "to act")

    refused = campaign.run("send", "--yes", "--json")

    assert refused.code == 3
    assert refused.json["ended"] == "stopped"
    assert refused.json["counts"]["accepted"] == 1
    assert "has changed" in refused.json["error"]
    assert "--amend" in refused.json["remedy"]


def test_a_send_that_findings_stop_says_so_in_json_too(campaign: Campaign, start_sink: StartSink) -> None:
    """Errors, and warnings that nobody accepted: the two lines, and how often each was found."""
    campaign.use_port(start_sink().port)
    campaign.edit("templates/letter.md", "to speak up", "to speak up TODO")

    warned = campaign.run("send", "--yes", "--json")
    campaign.contacts(["nobody,Somebody,Dear,"])
    wrong = campaign.run("send", "--yes", "--json")

    assert [ran.code for ran in (warned, wrong)] == [3, 3]
    assert [ran.json["ended"] for ran in (warned, wrong)] == ["stopped", "stopped"]
    assert warned.json["finding_counts"] == {"W20": 1}
    assert "--accept W20" in warned.json["remedy"]
    assert wrong.json["finding_counts"]["E10"] == 1
    assert wrong.json["error"]


@pytest.mark.parametrize("rehearse", [False, True], ids=["send", "rehearsal"])
@pytest.mark.parametrize("answer", ["no", "interrupt"])
def test_a_no_at_the_question_sends_nothing_and_says_so(
    campaign: Campaign, start_sink: StartSink, answer: str, *, rehearse: bool
) -> None:
    """Another word than the number, or Ctrl-C: nothing has left, and the way back is the one that was taken."""
    sink = start_sink()
    campaign.use_port(sink.port)
    flags = ("--redirect", "me@coalition.example") if rehearse else ()
    with on_terminal("send", *flags, cwd=campaign.folder, term="dumb", no_color=True) as terminal:
        terminal.wait_for("Type ")
        terminal.interrupt() if answer == "interrupt" else terminal.type("yes\n")
        code = terminal.wait()
    said = " ".join(terminal.screen.text.split())

    assert code == 130, said
    assert "nothing was sent" in said
    assert ("--redirect" in said) is (rehearse and answer == "no")
    assert sink.count == 0
