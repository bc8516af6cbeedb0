"""`outreach preview` shows one letter as a mail client would, from the bytes that would be sent."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest

from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.flows.test_terminal import LOOKS, Look, assert_reads_well, on_screen, run_on

pytestmark = pytest.mark.flow

SHOWN = """\
From: Coalition <letters@coalition.example>
To: Minister of State <minister@state.example>
Cc: chief@state.example
Reply-To: office@coalition.example
Subject: A call to Minister of State
Date: {date}, if it left now

Excellency,

we call on Minister of State to speak up.

  Size        {size} kB: text and HTML
  Envelope    from letters@coalition.example to minister@state.example, Cc chief@state.example
  In the list row 2 of contacts/officials.csv, letter 1
  On a phone  Coalition
              A call to Minister of State
              Excellency, we call on Minister of Stat…
"""


def test_letter_is_shown_as_its_recipient_gets_it(campaign: Campaign) -> None:
    """Who, when, what it says, and what else there is to know; nothing is left behind."""
    before = campaign.files()

    shown = campaign.run("preview")

    date = shown.out.partition("Date: ")[2].partition(",")[0]
    size = shown.out.partition("Size        ")[2].partition(" kB")[0]
    assert shown.code == 0
    assert shown.out == SHOWN.format(date=date, size=size)
    assert campaign.files() == before


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("chair@committee.example", "row 3 of contacts/officials.csv, letter 2 of 3"),
        ("CHAIR@Committee.Example", "row 3 of contacts/officials.csv, letter 2 of 3"),
        ("Chair <chair@committee.example>", "row 3 of contacts/officials.csv, letter 2 of 3"),
        ("4", "row 4 of contacts/officials.csv, letter 3 of 3"),
        ("b7", "row 3 of contacts/officials.csv, letter 2 of 3"),
        ("2", "row 4 of contacts/officials.csv, letter 3 of 3"),  # an id comes before a row
    ],
)
def test_contact_is_named_by_address_id_or_row(campaign: Campaign, wanted: str, shown: str) -> None:
    """An address as the list compares them, an id, or else the number of a row."""
    campaign.contacts(
        ["minister@state.example,M,E,,a1", "chair@committee.example,C,D,,b7", "desk@press.example,P,D,,2"],
        header="email,name,salutation,cc,id",
    )

    ran = campaign.run("preview", wanted)

    assert ran.code == 0
    assert f"In the list {shown}" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "what", "remedy"),
    [
        (
            ("preview", "nobody@state.example"),
            2,
            "nobody@state.example: no such address, id or row in contacts",
            "Look",
        ),
        (("preview", "99"), 2, "99: no such address, id or row in contacts/officials.csv", "Look it up in the list."),
        (("preview", "chair@committee.example"), 2, "2 letters in contacts/officials.csv answer to it: chair@", "Name"),
        (
            ("preview", "4"),
            2,
            "4: 2 letters in contacts/officials.csv answer to it: a@b.example (row 4), c@",
            "Name one",
        ),
        (("preview", "5"), 3, "contacts/officials.csv:5: no address in column", "Write it as"),
        (("preview", "--html", "x", "--eml", "x"), 2, "--html and --eml both name x", "Name two files."),
        (("preview", "--html", "no/such/x.html"), 2, "no/such/x.html: No such file or directory", "Name a file"),
        (("preview", "--html", "."), 2, ".: Is a directory", "Name a file that can be written."),
        (("preview", "--html", "templates/letter.md"), 2, "--html templates/letter.md: the campaign is made", "Name"),
        (("preview", "--eml", "contacts/../contacts/officials.csv"), 2, "the campaign is made of this file", "Name"),
        (("preview", "--eml", "outreach.toml"), 2, "--eml outreach.toml: the campaign is made of this file", "Name"),
    ],
)
def test_what_can_not_be_shown_is_told_in_two_lines(
    campaign: Campaign, arguments: tuple[str, ...], code: int, what: str, remedy: str
) -> None:
    """None, several, a bad row, a file that can't be written or must not be: nothing is changed."""
    campaign.contacts(
        ["minister@state.example,M,E", "chair@committee.example,C,D", "a@b.example;c@d.example,P,D", ",X,Y",
         "chair@committee.example,C,D"],
        header="email,name,salutation",
    )  # fmt: skip
    campaign.edit("outreach.toml", "[sender]", 'several_addresses = "separately"\n\n[sender]')
    before = {name: (campaign.folder / name).read_bytes() for name in campaign.files()}

    ran = campaign.run(*arguments)

    said = ran.err.strip().splitlines()
    assert ran.code == code
    assert len(said) == 2
    assert what in said[0]
    assert remedy in said[1]
    assert {name: (campaign.folder / name).read_bytes() for name in campaign.files()} == before


def test_first_of_repeated_rows_counts_where_the_settings_say_so(campaign: Campaign) -> None:
    """With `duplicates = "first"` the later row gets no letter, and so none is shown."""
    campaign.contacts(["a@b.example,One,D,", "a@b.example,Two,D,"])
    campaign.edit("outreach.toml", "[sender]", 'duplicates = "first"\n\n[sender]')

    assert "To: One <a@b.example>" in campaign.run("preview", "a@b.example").out


def test_files_hold_what_would_be_sent(campaign: Campaign, start_sink: StartSink) -> None:
    """The message byte for byte, the Date apart, and a page of the same letter."""
    sink = start_sink()
    campaign.use_port(sink.port)

    shown = campaign.run("preview", "minister@state.example", "--html", "one.html", "--eml", "one.eml")
    campaign.run("send", "--yes", "--only", "minister@state.example")

    content = (campaign.folder / "one.eml").read_bytes()
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    page = (campaign.folder / "one.html").read_text()
    assert shown.out == ""
    assert shown.err.splitlines() == ["Written to one.html.", "Written to one.eml."]
    assert parsed["subject"] == "A call to Minister of State"
    assert content.count(b"\n") == content.count(b"\r\n")
    assert "<h1 lang=" in page
    assert "A call to Minister of State</h1>" in page


def test_sent_and_shown_are_the_same_bytes(campaign: Campaign, start_sink: StartSink, tmp_path: Path) -> None:
    """Once the campaign is planned, and so has its id, all but the Date is as it leaves."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--plan-only", "--yes")

    campaign.run("preview", "chair@committee.example", "--eml", "one.eml")
    campaign.run("send", "--yes")

    def undated(content: bytes) -> list[bytes]:
        return [line for line in content.splitlines() if not line.startswith(b"Date: ")]

    (sent,) = [one.content for one in sink.messages if one.addresses == ("chair@committee.example",)]
    assert undated((campaign.folder / "one.eml").read_bytes()) == undated(sent)


def test_findings_of_the_letter_are_shown(campaign: Campaign) -> None:
    """Those of this letter: its address is suppressed, off loopback it is reserved; another row's are not."""
    campaign.run("suppress", "add", "chair@committee.example", "--reason", "asked")
    campaign.edit("outreach.toml", 'host = "127.0.0.1"', 'host = "smtp.coalition.org"')
    campaign.edit("outreach.toml", 'security = "none"', 'security = "tls"')

    shown = campaign.run("preview", "chair@committee.example")
    campaign.run("preview", "chair@committee.example", "--html", "one.html")

    assert shown.code == 0
    assert "error E24 contacts/officials.csv:3 (chair@committee.example): committee.example is reserved" in shown.out
    assert "contacts/officials.csv:2" not in shown.out
    assert "error E24" in (campaign.folder / "one.html").read_text()


def test_findings_of_another_letter_of_the_row_are_left_out(campaign: Campaign) -> None:
    """A row of two letters has the findings of both; each letter shows its own."""
    campaign.contacts(["a@b.example;c@d.example,One,D,"])
    campaign.edit("outreach.toml", "[sender]", 'several_addresses = "separately"\n\n[sender]')
    campaign.run("suppress", "add", "a@b.example", "--reason", "asked")
    campaign.run("suppress", "add", "c@d.example", "--reason", "asked")

    shown = campaign.run("preview", "c@d.example").out

    assert "c@d.example is on the suppression list" in shown
    assert "a@b.example" not in shown


def test_suppressed_address_is_told(campaign: Campaign) -> None:
    """The letter is shown, and that it would be left out."""
    campaign.run("suppress", "add", "chair@committee.example", "--reason", "asked")

    shown = campaign.run("preview", "chair@committee.example")

    assert "info E11 contacts/officials.csv:3: chair@committee.example is on the suppression list" in shown.out


def test_blind_copies_are_in_the_envelope_only(campaign: Campaign) -> None:
    """No reader sees them, and the sender does."""
    campaign.contacts(["a@b.example,One,D,c@d.example"], header="email,name,salutation,bcc")

    shown = campaign.run("preview").out

    assert "Envelope    from letters@coalition.example to a@b.example, Bcc c@d.example" in shown
    assert shown.count("c@d.example") == 1


HOSTILE = (
    '"minister@state.example",'
    '"<script>alert(1)</script> \u202egpj.exe \u2066x",'
    '"عزيزي الوزير 안녕하십니까　여러분 می\u200cخواهم",'
    '"Müller, ""H"" <chief@state.example>",'
    '"odd \u202egpj.exe;\'""><img src=x> 문서.pdf"'
)


@pytest.fixture
def hostile(campaign: Campaign) -> Campaign:
    """A row that tries everything, with files named so."""
    campaign.write("odd \u202egpj.exe", b"MZ" * 5000)
    campaign.write("'\"><img src=x> 문서.pdf", b"%PDF")
    campaign.contacts([HOSTILE], header="email,name,salutation,cc,attachments")
    campaign.edit("templates/letter.md", "to speak up.", "to speak up. " + "대한민국中華人民共和國" * 30)
    return campaign


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_hostile_letter_reads_well_on_any_terminal(
    hostile: Campaign, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in it is obeyed, no line is too wide with characters of any width, what scripts need is there."""
    piped = hostile.run("preview")

    ran = run_on(look, hostile, monkeypatch, "preview")

    for written, whole in ((ran.out, piped.out), (ran.err, piped.err)):
        assert "".join(on_screen(_known(written), look).split()) == "".join(_known(whole).split())
    assert "می\u200cخواهم" in piped.out
    assert "<U+202E>gpj.exe" in piped.out
    assert "\u202e" not in ran.out


def _known(text: str) -> str:
    """As wide, without what the screen of the tests takes for controls."""
    return text.replace("\u200c", "").replace("\u3000", "  ")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_ordinary_letter_is_wrapped_between_words(
    campaign: Campaign, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal of any width, with and without colour."""
    piped = campaign.run("preview")

    assert_reads_well(run_on(look, campaign, monkeypatch, "preview"), piped, look)


def test_hundred_thousand_characters_are_no_trouble(campaign: Campaign) -> None:
    """A header is cut on the terminal, the text is whole, and the page holds it once in each part."""
    campaign.contacts([f"a@b.example,{'W' * 100_000},D,"])

    shown = campaign.run("preview")
    campaign.run("preview", "--html", "one.html")

    subject = next(line for line in shown.out.splitlines() if line.startswith("Subject: "))
    assert subject.endswith("… (100010 characters)")
    assert "W" * 100_000 in shown.out
    assert (campaign.folder / "one.html").stat().st_size < 1_000_000
