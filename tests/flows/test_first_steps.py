"""From an empty folder to letters in the sink, as `outreach init` says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from outreach.smtp.providers import PROVIDERS
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow

LIST = "이름,이메일,salutation\n김철수,kim@a.example,Excellency\nLee,lee@b.example,Dear Minister\n"

Begin = Callable[..., Campaign]


@pytest.fixture
def begin(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Run `outreach init` with these flags, and go into its folder."""
    campaign.write("people.csv", LIST)

    def begun(*flags: str) -> Campaign:
        assert campaign.run("init", "new", *flags).code == 0
        monkeypatch.chdir(campaign.folder / "new")
        return Campaign(campaign.folder / "new", campaign.capsys)

    return begun


def test_from_an_empty_folder_to_letters_in_the_sink(begin: Begin, start_sink: StartSink) -> None:
    """Each of the next steps works as it is said, in the order it is said."""
    new = begin("--list", "people.csv", "--from", "Coalition <us@coalition.example>")
    port = ("--set", f"relay.port={start_sink().port}")

    checked, dry, sent = new.run("check"), new.run("send", "--dry-run"), new.run("send", "--yes", "--json", *port)

    assert (checked.code, dry.code, sent.code) == (0, 0, 0)
    assert "0 errors" in checked.out
    assert sent.json["counts"]["accepted"] == sent.json["total"] == 2


def test_the_sample_passes_too(begin: Begin, start_sink: StartSink) -> None:
    """Without any flag there is a campaign that goes to the sink."""
    new = begin()
    port = ("--set", f"relay.port={start_sink().port}")

    checked, sent = new.run("check"), new.run("send", "--yes", "--json", *port)

    assert (checked.code, sent.code) == (0, 0)
    assert sent.json["campaign"] == "new"


@pytest.mark.parametrize("provider", [provider.key for provider in PROVIDERS])
def test_each_providers_settings_load(begin: Begin, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its own host, pace and quota, and a password that stands elsewhere."""
    monkeypatch.setenv("COLUMNS", "300")
    address = "us@naver.com" if provider == "naver" else "us@coalition.example"
    new = begin("--provider", provider, "--from", f"Us <{address}>")
    known = next(one for one in PROVIDERS if one.key == provider)

    shown = new.run("config")

    assert shown.code == 0
    for value in (f'"{known.host}"', str(known.port), f'"{known.security}"', f'"{known.rate}"'):
        assert value in shown.out
    assert ("relay.quota" in shown.out and f'["{known.quota}"]' in shown.out) or not known.quota
    text = (new.folder / "outreach.toml").read_text()
    assert text.count("\n[relay]\n") == 1
    assert all(f'host = "{other.host}"' in text for other in PROVIDERS)


def test_every_other_relay_can_be_put_in_place(begin: Begin) -> None:
    """What stands as a comment is valid once the marks are taken away, and the sink is among it."""
    new = begin("--provider", "gmail", "--from", "Us <us@gmail.com>")
    text = (new.folder / "outreach.toml").read_text()
    head, others = text.split("# --- Other relays")
    settings = [
        re.sub(r"^# (?=\w+ = )", "", block, flags=re.MULTILINE) for block in others.split("\n\n") if "host =" in block
    ]

    codes = []
    for block in settings:
        new.write("outreach.toml", head.split("[relay]")[0] + "[relay]\n" + block)
        codes.append(new.run("config").code)

    assert codes == [0] * len(PROVIDERS)


@pytest.mark.parametrize("language", ["en", "ko", "fr", "de", "es", "ar", "sw", "de-AT"])
@pytest.mark.parametrize("header", ["email,salutation", "email,name", "email"])
def test_each_letter_renders_with_the_columns_there_are(
    campaign: Campaign, begin: Begin, language: str, header: str
) -> None:
    """In its language, with a salutation, a name or neither."""
    campaign.write("list.csv", f"{header}\na@b.example,Minister\n" if "," in header else f"{header}\na@b.example\n")
    new = begin("--list", "list.csv", "--lang", language)

    checked, shown = new.run("check"), new.run("preview")

    assert checked.code == 0
    assert "0 warnings" in checked.out
    assert ("Minister" in shown.out) == ("," in header)
    assert "not sent" not in shown.out


def test_a_gap_in_the_list_is_no_error(campaign: Campaign, begin: Begin) -> None:
    """The row that lacks a salutation is greeted in neutral words."""
    campaign.write("list.csv", "email,salutation\na@b.example,Excellency\nc@b.example,\n")
    new = begin("--list", "list.csv", "--lang", "de")

    assert new.run("check").code == 0
    assert "Excellency," in new.run("preview", "a@b.example").out
    assert "Sehr geehrte Damen und Herren," in new.run("preview", "c@b.example").out


def test_a_refused_login_is_told_with_what_to_do(begin: Begin, start_sink: StartSink) -> None:
    """The provider is known by its words; the code is 4, and nobody is charged."""
    words = "535:5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
    sink = start_sink(f"reply:auth:{words}")
    new = begin("--list", "people.csv")
    new.write(".env", "SMTP_PASSWORD=secret\n")
    login = ("--set", f"relay.port={sink.port}", "--set", "relay.username=us@coalition.example")
    password = ("--set", 'relay.password={ env = "SMTP_PASSWORD" }')

    sent = new.run("send", "--yes", *login, *password)

    assert sent.code == 4
    assert "the relay refused the login" in sent.err
    assert "Authenticated SMTP for this mailbox" in sent.err
    assert "secret" not in sent.err
    assert sink.count == 0


def test_a_login_refused_in_the_middle_is_told_the_same_way(begin: Begin, start_sink: StartSink) -> None:
    """The second connection is refused: what had left is recorded, the rest is planned as before."""
    sink = start_sink(
        "reply:auth:534:5.7.9 Application-specific password required:after=1", "reset:mail:after=1:times=1"
    )
    new = begin("--list", "people.csv")
    new.write(".env", "SMTP_PASSWORD=secret\n")
    login = ("--set", f"relay.port={sink.port}", "--set", "relay.username=us@coalition.example")
    more = ("--set", 'relay.password={ env = "SMTP_PASSWORD" }', "--set", "relay.connections=1")

    sent = new.run("send", "--yes", "--json", *login, *more)

    assert sent.code == 4
    assert "myaccount.google.com/apppasswords" in sent.err
    assert sent.json["counts"] | {"accepted": 1, "planned": 1} == sent.json["counts"]
    assert sent.json["ended"] == "stopped"


def test_a_sender_that_is_not_the_accounts_is_told_after_the_letter_too(begin: Begin, start_sink: StartSink) -> None:
    """Exchange says so only at the dot: the run stops at the first one, and no letter has failed."""
    sink = start_sink("reply:dot:550:5.7.60 SMTP; Client does not have permissions to send as this sender")
    new = begin("--list", "people.csv")

    sent = new.run("send", "--yes", "--json", "--set", f"relay.port={sink.port}", "--set", "relay.connections=1")

    assert sent.code == 5
    assert "Correct from under [sender]" in sent.err
    assert sent.json["counts"]["planned"] == 2


def test_one_file_for_each_language(campaign: Campaign, begin: Begin) -> None:
    """Several languages: each row gets the letter in its own, and in the first where it names none."""
    campaign.write("list.csv", "email,name,lang\na@b.example,Kim,ko\nb@b.example,Anne,\n")
    new = begin("--list", "list.csv", "--lang", "fr,KO")

    checked = new.run("check")
    korean, french = new.run("preview", "a@b.example").out, new.run("preview", "b@b.example").out

    assert checked.code == 0
    assert sorted(path.name for path in Path("templates").iterdir()) == ["letter.fr.md", "letter.ko.md"]
    assert "Kim님께," in korean
    assert "À l’attention de Anne" in french
    assert re.search(r"ce \d+ \w+ \d{4} au sujet", french)


KOREAN = "이름,이메일,언어,참조\n김철수,kim@a.example,ko,desk@a.example\nLee,lee@b.example,en,\n"


def test_a_korean_sheet_keeps_its_languages_and_copies(campaign: Campaign, begin: Begin, start_sink: StartSink) -> None:
    """What its headings mean is written into the settings and told; each row gets its own letter, with its copies."""
    campaign.write("list.csv", KOREAN)
    new = begin("--list", "list.csv", "--lang", "ko,en")
    sink = start_sink()

    sent = new.run("send", "--yes", "--set", f"relay.port={sink.port}")

    columns = 'columns = { email = "이메일", name = "이름", lang = "언어", cc = "참조" }'
    assert columns in (new.folder / "outreach.toml").read_text()
    assert "double braces: name, email, lang, cc." in (new.folder / "templates/letter.ko.md").read_text()
    assert sent.code == 0, sent
    assert sink.accepted_by_recipient()["desk@a.example"] == 1
    assert "Yours faithfully" in new.run("preview", "lee@b.example").out


def test_init_says_which_columns_it_took(campaign: Campaign) -> None:
    """By the list's name and ours."""
    campaign.write("list.csv", KOREAN)

    made = campaign.run("init", "new", "--list", "list.csv")

    assert '"이메일" is email, "이름" is name, "언어" is lang, "참조" is cc' in " ".join(made.out.split())


def test_letters_in_several_languages_want_a_column_to_choose_by(campaign: Campaign, begin: Begin) -> None:
    """Without one everybody gets the same language, which is said."""
    new = begin("--list", "people.csv", "--lang", "ko,en")

    checked = new.run("check")
    new.edit("outreach.toml", "letter.{lang}.md", "letter.ko.md")

    assert checked.code == 0
    assert "info E28" in checked.out
    assert "in en and ko, and the list has no column lang: every row gets ko" in checked.out
    assert "E28" not in new.run("check").out


def test_the_sample_is_there_in_each_language(begin: Begin) -> None:
    """The sample list names languages where there are several letters."""
    assert begin("--lang", "ko,en").run("check").code == 0


@pytest.mark.parametrize("language", ["en", "ko", "fr", "de", "es", "ar", "sw"])
def test_the_starter_letter_goes_to_nobody(begin: Begin, language: str) -> None:
    """It is an error until somebody writes their own, however the greeting was changed; the test sink may have it."""
    new = begin("--list", "people.csv", "--lang", language, "--from", "Us <us@coalition.org>")
    away = ("--set", "relay.host=mail.coalition.org", "--set", "relay.security=starttls")
    new.edit("templates/letter.md", "{{ salutation }}", "Hello, {{ salutation }}")

    there, here = new.run("check", "--json", *away), new.run("check", "--json")
    skipped = new.run("send", "--dry-run", "--skip-bad-rows", *away)
    new.write("templates/letter.md", '+++\nsubject = "A call"\n+++\nWe call on **you**.\n')
    mended = new.run("check", "--json", *away)

    assert there.json["finding_counts"]["E29"] == 1
    assert "E29" not in here.json["finding_counts"]
    assert skipped.code == 3
    assert "templates/letter.md" in skipped.err
    assert "E29" not in mended.json["finding_counts"]


def test_the_list_is_checked_before_there_is_a_password(begin: Begin) -> None:
    """Only a send and its dry run want one, and say so."""
    new = begin("--list", "people.csv", "--provider", "workspace", "--from", "Us <us@coalition.org>")

    checked, dry = new.run("check", "--json"), new.run("send", "--dry-run")

    assert checked.code == 3
    assert set(checked.json["finding_counts"]) == {"E24", "E29"}
    assert dry.code == 2
    assert "SMTP_PASSWORD" in dry.err
