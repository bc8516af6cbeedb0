"""The suppression list goes into a file and comes from one, with addresses or with digests of them."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import stat

import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow

ADDRESSES = ("desk@press.example", "Min@bücher.example", "=x@state.example")


def exported(campaign: Campaign, *flags: str) -> list[dict[str, str]]:
    """What export prints."""
    return list(csv.DictReader(io.StringIO(campaign.run("suppress", "export", *flags).out)))


def fresh_ledger(campaign: Campaign) -> None:
    """Another organisation: the same folder with a ledger of its own."""
    campaign.edit("outreach.toml", ".outreach/ledger.db", ".outreach/other.db")


def test_a_list_comes_back_as_it_was(campaign: Campaign) -> None:
    """Address, reason, source and time; what a spreadsheet would take for a formula is marked, and is no part of it."""
    campaign.run("suppress", "add", *ADDRESSES, "--reason", "=HYPERLINK(1)")
    before = exported(campaign)
    campaign.write("list.csv", campaign.run("suppress", "export").out)
    fresh_ledger(campaign)

    first = campaign.run("suppress", "import", "list.csv", "--source", "nobody", "--reason", "none")
    again = campaign.run("suppress", "import", "list.csv")

    assert (first.code, again.code) == (0, 0)
    assert "3 added, 0 on the list already." in first.out
    assert "0 added, 3 on the list already." in again.out
    assert exported(campaign) == before
    assert {row["email"] for row in before} == {"desk@press.example", "Min@bücher.example", "'=x@state.example"}
    assert {row["reason"] for row in before} == {"'=HYPERLINK(1)"}


def test_a_digest_holds_nothing_of_the_address_and_can_be_made_by_others(campaign: Campaign) -> None:
    """One random salt for each file, no reason and no time, and no order that tells of the addresses."""
    campaign.run("suppress", "add", *ADDRESSES, "--reason", "Min asked by phone")

    text = campaign.run("suppress", "export", "--hashed").out
    rows, later = exported(campaign, "--hashed"), exported(campaign, "--hashed")

    assert not any(word in text for word in ("desk", "example", "Min", "phone"))
    assert [list(row) for row in rows] == [["hash", "salt"]] * 3
    assert {row["hash"] for row in rows}.isdisjoint(row["hash"] for row in later)
    assert [row["hash"] for row in rows] == sorted(row["hash"] for row in rows)
    (salt,) = {row["salt"] for row in rows}
    keys = ("desk@press.example", "min@xn--bcher-kva.example", "=x@state.example")
    made = {hmac.new(bytes.fromhex(salt), key.encode(), hashlib.sha256).hexdigest() for key in keys}
    assert {row["hash"] for row in rows} == made


def test_whoever_is_on_a_list_of_digests_gets_nothing(campaign: Campaign, start_sink: StartSink) -> None:
    """Of a list that is planned already, and of one that comes later; the others do, and the list shows whose it is."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("suppress", "add", "desk@press.example", "later@state.example", "chief@state.example")
    campaign.write("theirs.csv", campaign.run("suppress", "export", "--hashed").out)
    fresh_ledger(campaign)
    campaign.run("send", "--plan-only", "--yes")

    imported = campaign.run("suppress", "import", "theirs.csv", "--source", "Partner e.V.", "--reason", "asked them")
    campaign.contacts(
        [
            "minister@state.example,Minister of State,Excellency,chief@state.example",
            "chair@committee.example,Chair,Dear Chair,",
            "desk@press.example,Press Desk,Dear colleagues,",
            "later@state.example,Later,Dear Later,",
        ]
    )
    listed = campaign.run("suppress", "list").out
    checked = campaign.run("check", "--json").json
    dry = campaign.run("send", "--dry-run", "--json").json
    sent = campaign.run("send", "--confirm", "2", "--json")

    assert "3 digests added, 0 known already; 2 of your addresses are among them." in imported.out
    assert "Digests of 3 addresses from Partner e.V." in listed
    assert checked["finding_counts"] == {"E11": 3}
    assert "asked them" in checked["findings"][0]["message"]
    assert (dry["would_send"], dry["copies"]) == (2, 0)
    assert sent.json["counts"]["suppressed"] == 2
    assert set(sink.accepted_by_recipient()) == {"minister@state.example", "chair@committee.example"}
    assert "Not in it: 3" in campaign.run("suppress", "export", "--hashed").err
    assert campaign.run("suppress", "remove", "later@state.example").code == 0
    assert campaign.run("send", "--yes", "--json").json["counts"]["accepted"] == 3


def test_the_test_sink_heeds_digests_too(campaign: Campaign, start_sink: StartSink) -> None:
    """Its ledger is made later, and shows what will be."""
    sink = start_sink(as_sink=True)
    campaign.use_port(sink.port)
    campaign.run("suppress", "add", "desk@press.example")
    campaign.write("theirs.csv", campaign.run("suppress", "export", "--hashed").out)
    fresh_ledger(campaign)
    campaign.run("suppress", "import", "theirs.csv")

    assert campaign.run("send", "--yes", "--json").json["counts"]["suppressed"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("email\na@b.example\nnobody\n", "list.csv:3"),
        ("address\na@b.example\n", 'neither a column "email" nor a column "hash"'),
        ("email,at\na@b.example,2023-10-16\nc@d.example,soon\n", 'column "at"'),
        ("hash,salt\nabc,00\n", "64 hex digits"),
        (f"hash,salt\n{'a' * 64},\n", "with its salt"),
        (f"hash,salt\n{'a' * 64},{'0' * 31}\n", "with its salt"),
        ("email\n", "no entries"),
        ("", "list.csv: the file is empty"),
        ("email\na@b.example,c@d.example\n", "list.csv:2"),
        ("email,email\na@b.example,c@d.example\n", "list.csv:1: two columns"),
    ],
)
def test_a_file_with_one_wrong_row_changes_nothing(campaign: Campaign, text: str, said: str) -> None:
    """It is told in two lines, and nothing of it is taken in."""
    campaign.write("list.csv", text)

    ran = campaign.run("suppress", "import", "list.csv")

    assert ran.code == 2
    assert said in ran.err
    assert "[contacts]" not in ran.err  # no setting names this file
    assert "Traceback" not in ran.err
    assert "is empty" in campaign.run("suppress", "list").out


def test_the_file_is_for_its_owner_only(campaign: Campaign) -> None:
    """It names people who want to be left alone."""
    campaign.run("suppress", "add", "a@b.example")

    ran = campaign.run("suppress", "export", "--output", "out.csv")
    bad = campaign.run("suppress", "export", "--output", "no/out.csv")

    assert (ran.code, bad.code) == (0, 2)
    assert stat.S_IMODE((campaign.folder / "out.csv").stat().st_mode) == 0o600
    assert "a@b.example" in (campaign.folder / "out.csv").read_text()


def test_a_file_in_another_encoding_is_read_as_the_flag_says(campaign: Campaign) -> None:
    """Without it the remedy names the flag; one that does not exist is told."""
    campaign.write("list.csv", "email,reason\na@b.example,거절\n".encode("cp949"))

    refused = campaign.run("suppress", "import", "list.csv")
    unknown = campaign.run("suppress", "import", "list.csv", "--encoding", "cp9490")
    taken = campaign.run("suppress", "import", "list.csv", "--encoding", "cp949")

    assert (refused.code, unknown.code, taken.code) == (2, 2, 0)
    assert "If one is right: --encoding cp949." in refused.err
    assert "--encoding cp9490: no such encoding" in unknown.err
    assert [row["reason"] for row in exported(campaign)] == ["거절"]


def test_a_file_that_is_not_there_is_told(campaign: Campaign) -> None:
    """The remedy speaks of the command's file, not of the campaign's list."""
    ran = campaign.run("suppress", "import", "no.csv")

    assert ran.code == 2
    assert ran.err.splitlines() == ["Error: no.csv: no such file", "  → Put the file there, or name another."]


def test_a_workbook_or_another_encoding_is_read_like_any_list(campaign: Campaign) -> None:
    """Marks, separators and columns in any order."""
    campaign.write("list.csv", "reason;EMAIL\nangerufen;a@b.example\n;c@d.example\n".encode("utf-16"))

    ran = campaign.run("suppress", "import", "list.csv", "--reason", "their list")

    assert "2 added" in ran.out
    assert [row["reason"] for row in exported(campaign)] == ["angerufen", "their list"]
