"""What has not changed since the campaign was planned is not read again; and both roads tell and do the same."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from outreach.assembly.ledgers import opened_ledger, own_place
from outreach.assembly.parts import send_parts
from outreach.config import load_settings
from outreach.preflight import check
from outreach.sending import run
from outreach.sending.options import SendRequest
from outreach.sending.prepare import Prepared
from outreach.sending.run import look, question_of
from outreach.sending.unchanged import prepare_unchanged
from tests.flows.campaign import CONTACTS, LETTER, Campaign
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow

LEDGER = Path(".outreach/ledger.db")
PLAIN = SendRequest()


def both_roads(campaign: Campaign, request: SendRequest = PLAIN) -> tuple[Prepared | None, Prepared]:
    """What the short road gives, and what the full one does; with one clock, so that both ask about one moment."""

    async def ask() -> tuple[Prepared | None, Prepared]:
        settings = load_settings(config=None, cwd=campaign.folder, environ={}, flags={})
        place = own_place(settings)
        async with opened_ledger(settings, read_only=False, place=place) as ledger:
            parts = send_parts(settings, ledger, place, ask_secret=None)
            parts = dataclasses.replace(parts, clock=Frozen(time.time()))
            short, full = await prepare_unchanged(parts, request), await look(parts, request)
            if short is not None:
                assert question_of(parts, short, request) == question_of(parts, full, request)
            return short, full

    return asyncio.run(ask())


@dataclasses.dataclass(frozen=True)
class Frozen:
    """A clock that stands."""

    at: float

    def now(self) -> float:
        """The moment."""
        return self.at

    def monotonic(self) -> float:
        """The same one."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Nobody sleeps here."""
        raise AssertionError(seconds)


def assert_equal_roads(campaign: Campaign, request: SendRequest = PLAIN) -> Prepared:
    """The short road is taken, and gives what the full one gives."""
    short, full = both_roads(campaign, request)
    assert short is not None
    assert dataclasses.replace(short, unchanged=False) == full
    return short


@pytest.fixture
def planned(campaign: Campaign) -> Campaign:
    """A campaign of three letters that is planned, and has a table, an attachment and a printed date."""
    campaign.edit("outreach.toml", "date = 2023-10-16\n", 'attachments = ["files/a.pdf"]\n')
    campaign.write("outreach.toml", (campaign.folder / "outreach.toml").read_text() + '\n[data]\nseats = "seats.csv"\n')
    campaign.write("seats.csv", "district,seat\nnorth,1\n")
    campaign.write("files/a.pdf", b"%PDF-1.4 a")
    campaign.write("templates/letter.md", LETTER + "\n{{ date }}\n")
    assert campaign.run("send", "--plan-only", "--yes").code == 0
    return campaign


def execute(campaign: Campaign, statement: str) -> None:
    """Do something to the ledger behind its back."""
    with sqlite3.connect(campaign.folder / LEDGER) as connection:
        connection.execute(statement)
    connection.close()


def test_a_planned_campaign_is_not_read_again(planned: Campaign) -> None:
    """What the ledger tells is what reading would tell."""
    assert assert_equal_roads(planned).going == 3
    assert assert_equal_roads(planned).going_cc == 1


@pytest.mark.parametrize("due", [10.0, 1e11])
@pytest.mark.parametrize("delivery", [1, 2])
def test_half_sent_and_deferred_letters_count_as_they_stand(planned: Campaign, due: float, delivery: int) -> None:
    """Accepted ones are done, deferred ones count when they are due, with the copies that wait."""
    execute(planned, "UPDATE delivery SET state = 'accepted' WHERE id = 3")
    execute(planned, f"UPDATE delivery SET state = 'deferred', due_at = {due} WHERE id = {delivery}")

    short = assert_equal_roads(planned)

    assert short.going == (2 if due == 10.0 else 1)


def test_a_limit_with_copies_takes_the_full_road_and_without_the_short(planned: Campaign) -> None:
    """Which letters have copies is looked up by the full road."""
    assert both_roads(planned, SendRequest(limit=1))[0] is None

    planned.write("contacts/officials.csv", CONTACTS.replace("chief@state.example", ""))
    assert planned.run("send", "--plan-only", "--yes", "--amend").code == 0

    assert assert_equal_roads(planned, SendRequest(limit=1)).going == 1


@pytest.mark.parametrize(
    "request_",
    [
        SendRequest(amend=True),
        SendRequest(skip_bad_rows=True),
        SendRequest(moved=True),
        SendRequest(only=("chair@committee.example",)),
    ],
)
def test_flags_that_ask_for_more_take_the_full_road(planned: Campaign, request_: SendRequest) -> None:
    """They need what only reading tells."""
    assert both_roads(planned, request_)[0] is None


CHANGES: dict[str, Callable[[Campaign], object]] = {
    "list": lambda c: c.edit("contacts/officials.csv", "Press Desk", "Press desk"),
    "one byte": lambda c: c.write("contacts/officials.csv", CONTACTS + "\n"),
    "letter": lambda c: c.edit("templates/letter.md", "speak up", "speak on"),
    "table": lambda c: c.edit("seats.csv", "north,1", "north,2"),
    "attachment": lambda c: c.write("files/a.pdf", b"%PDF-1.4 b"),
    "setting": lambda c: c.edit("outreach.toml", "office@", "desk@"),
    "relay": lambda c: c.edit("outreach.toml", '"127.0.0.1"\nport = 1\nsecurity = "none"', '"192.0.2.1"'),
    "suppressed": lambda c: c.run("suppress", "add", "desk@press.example"),
    "suppressed elsewhere": lambda c: c.run("suppress", "add", "nobody@press.example"),
    "cancelled": lambda c: execute(c, "UPDATE delivery SET state = 'cancelled' WHERE id = 1"),
    "same letter": lambda c: execute(
        c,
        "INSERT INTO campaign (id, name, created_at, settings, text_digest, rows_digest, date, letter_digest)"
        " SELECT 'x', 'other', 0, '', '', '', '', letter_digest FROM campaign",
    ),
    "moved": lambda c: execute(c, "UPDATE campaign SET folder = 'elsewhere:/tmp/x'"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_is_read_again(planned: Campaign, change: str) -> None:
    """Any change of what the check depended on leads down the full road."""
    assert_equal_roads(planned)

    CHANGES[change](planned)

    assert both_roads(planned)[0] is None


def test_the_day_is_that_of_the_plan(planned: Campaign) -> None:
    """On another day the text prints the day it was sealed with, on both roads."""
    execute(planned, "UPDATE campaign SET date = '2020-01-01'")

    assert both_roads(planned)[0] is None


def test_a_suppression_taken_back_is_read_again_once(planned: Campaign) -> None:
    """The plan after it is known as checked."""
    planned.run("suppress", "add", "desk@press.example")
    planned.run("send", "--plan-only", "--yes")
    short = assert_equal_roads(planned)
    assert (short.going, short.changes.suppressed, len(short.checked.findings.listed)) == (2, 1, 1)

    planned.run("suppress", "remove", "desk@press.example")

    assert both_roads(planned)[0] is None


def test_a_list_that_is_gone_is_an_error_as_ever(planned: Campaign) -> None:
    """What can't be read can't be the same."""
    (planned.folder / "contacts/officials.csv").unlink()

    sent = planned.run("send", "--yes")

    assert sent.code == 2
    assert "no such file" in sent.err


def test_a_list_that_changed_while_it_was_read_is_read_again(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows which of the two lists was planned."""
    monkeypatch.setattr(run, "digest_lists", lambda source: "another")

    campaign.run("send", "--plan-only", "--yes")

    assert both_roads(campaign)[0] is None


def test_an_image_that_is_named_and_missing_is_looked_for_again(campaign: Campaign) -> None:
    """Nobody gets it yet, and so nothing forbids the send; once it is there, it is part of the text."""
    campaign.edit("outreach.toml", "templates/letter.md", "templates/letter.{lang}.md")
    campaign.write("templates/letter.en.md", LETTER)
    campaign.write("templates/letter.ko.md", LETTER + "\n![](images/a.png)\n")
    assert campaign.run("send", "--plan-only", "--yes").code == 0

    assert both_roads(campaign)[0] is None


def test_a_send_at_the_test_sink_goes_on_unread(
    campaign: Campaign, start_sink: StartSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger of the sink remembers its checks, too."""
    sink = start_sink(as_sink=True)
    campaign.use_port(sink.port)
    campaign.write("contacts/officials.csv", CONTACTS.replace("chief@state.example", ""))
    assert campaign.run("send", "--yes", "--limit", "1").code == 0
    monkeypatch.setattr(check, "open_contacts", None)

    assert campaign.run("send", "--yes", "--json").json["counts"]["accepted"] == 3


def test_the_next_send_reads_nothing_and_sends_all(
    planned: Campaign, start_sink: StartSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After --plan-only, after a part and at the end; the journal tells of each plan."""
    sink = start_sink()
    planned.write("contacts/officials.csv", CONTACTS.replace("chief@state.example", ""))
    planned.use_port(sink.port)
    assert planned.run("send", "--plan-only", "--yes", "--amend").code == 0
    monkeypatch.setattr(check, "open_contacts", None)

    first = planned.run("send", "--yes", "--limit", "1", "--json")
    rest = planned.run("send", "--yes", "--json")

    assert (first.json["counts"]["accepted"], rest.json["counts"]["accepted"]) == (1, 3)
    assert sink.count == 3
    assert "Nothing to send: 3 of 3 accepted" in planned.run("send").err
