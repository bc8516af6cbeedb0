"""What was planned and has not changed since is not read again; anything that might matter is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from outreach.preflight import check
from outreach.sending import prepare
from outreach.sink.server import Sink
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.flows.test_dangers import nobody_twice

pytestmark = pytest.mark.flow

ROWS = [f"{who}@s.example,Office {who},Dear {who}" for who in "abcd"]
HEADER = "email,name,salutation"
Checks = list[int]


@pytest.fixture
def relay(campaign: Campaign, start_sink: StartSink) -> Sink:
    """A relay that takes everything, and a plain list of four."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts(ROWS, header=HEADER)
    return sink


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Checks:
    """Grows with every check of a whole list."""
    made: Checks = []

    async def count(*args: object, **options: object) -> check.Checked:
        made.append(1)
        return await check.check_campaign(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(prepare, "check_campaign", count)
    return made


def made_by(checks: Checks, step: Callable[[], object]) -> int:
    """How many checks a step makes."""
    before = len(checks)
    step()
    return len(checks) - before


def test_what_was_planned_is_sent_without_reading_it_again(campaign: Campaign, relay: Sink, checks: Checks) -> None:
    """After `send --plan-only` the next send, and the one after an interruption, begin at once; and say the same."""
    campaign.run("send", "--plan-only", "--yes")

    sent = campaign.run("send", "--yes", "--json")

    assert len(checks) == 1
    assert sent.json["counts"]["accepted"] == 4
    assert made_by(checks, lambda: campaign.run("send", "--yes")) == 0
    assert relay.count == 4
    nobody_twice(relay)


def test_both_roads_say_the_same(
    campaign: Campaign, relay: Sink, checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was checked again or not, a send asks and reports the same, at every point of a campaign."""
    campaign.run("send", "--plan-only", "--yes")
    said = []
    for skips in (True, False):
        with monkeypatch.context() as patch:
            if not skips:
                patch.setattr(prepare, "find_unchanged", nothing_known)
            said.append(campaign.run("send", "--confirm", "99", "--json"))
    campaign.run("send", "--yes", "--limit", "2")
    for skips in (True, False):
        with monkeypatch.context() as patch:
            if not skips:
                patch.setattr(prepare, "find_unchanged", nothing_known)
            said.append(campaign.run("send", "--confirm", "99", "--json"))

    assert [(one.code, one.err) for one in said[::2]] == [(one.code, one.err) for one in said[1::2]]
    assert said[0].code == 3
    assert len(checks) == 1 + 1 + 1 + 1  # the plan, the two that were made to, and --limit


async def nothing_known(*args: object, **options: object) -> None:
    """As if the ledger held nothing of an earlier check."""


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.contacts([*ROWS, "e@s.example,Office e,Dear e"], header=HEADER),
        lambda c: _append(c.folder / "contacts/officials.csv", "\n"),
        lambda c: c.run("suppress", "add", "a@s.example", "--reason", "asked"),
        lambda c: _append(c.folder / "outreach.toml", '\n[contacts.columns]\nname = "name"\n'),
    ],
)
def test_what_changed_is_read_again(
    campaign: Campaign, relay: Sink, checks: Checks, change: Callable[[Campaign], object]
) -> None:
    """A row more, a byte more, an address that must not be written to, a setting."""
    campaign.run("send", "--plan-only", "--yes")
    change(campaign)

    assert made_by(checks, lambda: campaign.run("send", "--yes")) == 1


def test_an_address_that_came_off_the_list_gets_its_letter(campaign: Campaign, relay: Sink, checks: Checks) -> None:
    """Suppressed when it was planned: such a plan is never taken as it is."""
    campaign.run("suppress", "add", "a@s.example", "--reason", "asked")
    campaign.run("send", "--plan-only", "--yes")
    campaign.run("suppress", "remove", "a@s.example")

    sent = campaign.run("send", "--yes", "--json")

    assert sent.json["counts"]["accepted"] == 4


def test_a_list_that_is_gone_is_missed(campaign: Campaign, relay: Sink, checks: Checks) -> None:
    """It was planned, yet without it nobody could say what has changed."""
    campaign.run("send", "--plan-only", "--yes")
    (campaign.folder / "contacts/officials.csv").unlink()

    sent = campaign.run("send", "--yes")

    assert sent.code == 2
    assert "no such file" in sent.err
    assert relay.count == 0


def test_copies_and_files_are_always_read(campaign: Campaign, relay: Sink, checks: Checks) -> None:
    """Rows with a Cc: their sum is asked about, so it is counted anew."""
    campaign.contacts([f"{row},copy{n}@s.example" for n, row in enumerate(ROWS)], header=f"{HEADER},cc")
    campaign.run("send", "--plan-only", "--yes")

    assert made_by(checks, lambda: campaign.run("send", "--yes")) == 1
