"""What a careful colleague would find is found, in a campaign as people write it, and innocent letters have nothing."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from outreach.processes.pool import FEW
from tests.flows.campaign import Campaign
from tests.flows.preflight_table import BODY, CLOSED, FOOTER, NOTED, PLANTED, ROWS, UNSEEN, Made

ROOT = Path(__file__).parents[2]


def found(campaign: Campaign, made: Made) -> dict[str, str]:
    """The level of each code that is found."""
    made.write(campaign)
    listed = campaign.run("check", "--json").json["findings"]
    return {finding["code"]: finding["level"] for finding in listed}


@pytest.mark.parametrize(("code", "planted", "clean"), PLANTED)
def test_a_planted_fault_is_found(campaign: Campaign, code: str, planted: Made, clean: Made) -> None:
    """The fault has its code, and nothing else is found; the clean twin has nothing."""
    in_planted = found(campaign, planted)
    in_clean = found(campaign, clean)

    assert set(in_planted) == {code}
    assert in_clean == {}


@pytest.mark.parametrize(
    ("purpose", "level"),
    [("advocacy", "info"), ("press", "info"), ("subscribed", "warning"), ("commercial", "warning")],
)
def test_what_mail_to_many_must_have_is_only_told_of_letters_to_officials(
    campaign: Campaign, purpose: str, level: str
) -> None:
    """W04, W05 and W17 are infos for advocacy and press, and warnings for all else."""
    rows = ("info@state.gov,A,Dear M,,", *(f"m{number}@state.gov,A,Dear M,," for number in range(5000)))
    levels = found(campaign, Made(purpose=purpose, rows=rows, body=BODY + UNSEEN if level == "warning" else BODY))

    assert {code: levels[code] for code in ("W04", "W05", "W17")} == dict.fromkeys(("W04", "W05", "W17"), level)


def test_the_sample_campaign_has_nothing_to_say(campaign: Campaign) -> None:
    """No error, no warning, and no info: an open letter to two dozen offices."""
    for name in ("outreach.toml", "templates", "contacts"):
        target = campaign.folder / name
        if target.is_dir():
            shutil.rmtree(target)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, target)

    assert campaign.run("check", "--json").json["findings"] == []


@pytest.mark.parametrize("lang", ["ar", "de", "en", "es", "fr", "ko"])
def test_what_init_writes_has_nothing_to_say(campaign: Campaign, lang: str) -> None:
    """In every language."""
    assert campaign.run("init", "new", "--lang", lang, "--provider", "sink").code == 0

    assert campaign.run("check", "--config", "new/outreach.toml", "--json").json["findings"] == []


def test_what_all_letters_share_is_told_once_on_all_cores(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every process finds it, and one finding comes of it; those of rows are all there."""
    monkeypatch.setattr("outreach.assembly.relays.cores", lambda: 2)
    many = FEW + 1500
    rows = [f"m{number}@{'gmial.com' if number % 500 == 7 else 'state.gov'},A,Dear M,," for number in range(many)]
    Made(rows=tuple(rows), body=BODY + "\nTODO\n").write(campaign)

    counts = campaign.run("check", "--json").json["finding_counts"]

    assert counts["W20"] == 1
    assert counts["W17"] == len([row for row in rows if "gmial" in row])


def test_a_footer_that_says_it_all_is_enough(campaign: Campaign) -> None:
    """Name, postal address in another order, and a way to answer."""
    assert "W05" not in found(campaign, Made(purpose="commercial", body=BODY + FOOTER, sender=CLOSED))


def test_a_warning_stops_a_send_until_it_is_accepted(campaign: Campaign) -> None:
    """--yes is no answer to a warning; --accept and the setting are, and only for the warnings that they name."""
    Made(subject="RE: our meeting", body=BODY + "\nTODO\n").write(campaign)

    refused = campaign.run("send", "--plan-only", "--yes")
    half = campaign.run("send", "--plan-only", "--yes", "--accept", "W09")
    dry = campaign.run("send", "--dry-run")
    accepted = campaign.run("send", "--dry-run", "--accept", "w09, W20")

    assert (refused.code, half.code, dry.code, accepted.code) == (3, 3, 3, 0)
    assert "--accept W09,W20" in refused.err
    assert "--accept W20" in half.err
    assert "--accept W09,W20" in dry.out
    assert "To send: outreach send --accept W09,W20" in accepted.out

    campaign.edit("outreach.toml", "[ledger]", '[preflight]\naccept = ["W09", "W20"]\n[ledger]')

    assert campaign.run("send", "--plan-only", "--yes").code == 0
    assert campaign.run("status", "--json").json["counts"]["planned"] == 2


def test_letters_to_a_few_offices_need_no_way_to_unsubscribe(campaign: Campaign) -> None:
    """W04 and W05 are not told of some hundred letters of advocacy."""
    rows = tuple(f"m{number}@state.gov,A,Dear M,," for number in range(300))

    assert found(campaign, Made(rows=rows)) == {}


@pytest.mark.parametrize("codes", ["E09", "W99", "W09,spam"])
def test_only_warnings_can_be_accepted(campaign: Campaign, codes: str) -> None:
    """An error, or what is no code, is a wrong use, on the command line and in the settings."""
    Made().write(campaign)

    assert campaign.run("send", "--dry-run", "--accept", codes).code == 2

    campaign.edit("outreach.toml", "[ledger]", f'[preflight]\naccept = ["{codes}"]\n[ledger]')

    assert campaign.run("check").code == 2


def test_a_warning_leaves_its_row_in(campaign: Campaign) -> None:
    """Only errors make a row a bad one, which --skip-bad-rows leaves out."""
    Made(rows=(*ROWS, "x@gmial.com,X,Dear X,,", "no address,Y,Dear Y,,"), purpose="fundraising").write(campaign)

    dry = campaign.run("send", "--dry-run", "--json", "--skip-bad-rows", "--accept", "W05,W17").json

    assert dry["would_send"] == 3


def test_a_leftover_of_the_letter_can_not_be_skipped(campaign: Campaign) -> None:
    """It is no row's fault: it is told once, at its line, and --skip-bad-rows does not help."""
    Made(body=BODY + "\nDear [NAME]\n").write(campaign)

    findings = [one for one in campaign.run("check", "--json").json["findings"] if one["code"] == "E09"]

    assert [one["where"] for one in findings] == ["templates/letter.md:11"]
    assert campaign.run("send", "--dry-run", "--skip-bad-rows").code == 3


@pytest.mark.parametrize("subject", ["A call to {{ note }}", "A call to speak up"])
def test_what_looks_left_over_in_a_row_is_never_an_error(campaign: Campaign, subject: str) -> None:
    """A row is data: what looks like a template in it is printed as it is, in the subject too, once accepted."""
    Made(rows=("a@state.gov,A,Dear M,,{{ first }} [NAME]",), subject=subject, body=NOTED).write(campaign)

    findings = campaign.run("check", "--json").json["findings"]

    assert {(one["code"], one["level"], one["where"]) for one in findings} == {("W20", "warning", "contacts.csv:2")}


def test_a_rehearsal_may_show_what_a_send_would_be_stopped_for(campaign: Campaign) -> None:
    """Test letters are there to look at: warnings do not stop them."""
    Made(subject="RE: our meeting").write(campaign)

    assert campaign.run("send", "--redirect", "me@coalition.org", "--dry-run").code == 0


def test_more_than_twice_what_ever_left_is_noticed(campaign: Campaign) -> None:
    """W18 asks the ledger what earlier campaigns reached."""
    rows = tuple(f"m{number}@state.gov,A,Dear M,," for number in range(300))
    Made(rows=rows[:120]).write(campaign)
    assert campaign.run("send", "--plan-only", "--yes").code == 0
    _accept_all(campaign)
    Made(rows=rows, subject="Another call").write(campaign)
    campaign.edit("outreach.toml", 'name = "call"', 'name = "other"')
    campaign.edit("templates/letter.md", "second", "third")
    (campaign.folder / "outreach.seal").unlink()

    many = campaign.run("check", "--json").json["finding_counts"]
    campaign.write("contacts.csv", "\n".join(["email,name,salutation,cc,note", *rows[:200]]) + "\n")
    few = campaign.run("check", "--json").json["finding_counts"]

    assert many.get("W18") == 1
    assert "W18" not in few


def _accept_all(campaign: Campaign) -> None:
    connection = sqlite3.connect(campaign.folder / "ledger.db")
    with connection:
        connection.execute("UPDATE delivery SET state = 'accepted'")
    connection.close()
