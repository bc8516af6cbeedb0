"""Contract: what planning a roster changes in the ledger."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.errors import UnsafeError
from outreach.ledger import planning
from outreach.ledger.campaign_values import ChangedRow
from outreach.ledger.interface import Ledger
from outreach.model import Role, State
from tests.ledger.conftest import execute
from tests.ledger.making import (
    NAME,
    NOW,
    bundle,
    contact,
    contacts,
    intent_for,
    plan,
    plan_request,
    result_for,
    running,
    send,
    start,
    states,
    suppression,
    taken,
)


async def test_plans_new_rows_and_remembers_the_campaign(ledger: Ledger) -> None:
    """Every new row becomes a planned delivery, and the campaign is known from then on."""
    campaign = await plan(ledger, contacts(25))

    assert await states(ledger, campaign) == {State.PLANNED: 25}
    assert await ledger.campaign(NAME) == campaign
    assert (campaign.created_at, campaign.text_digest, campaign.date) == (NOW, "a" * 64, "2023-11-14")
    assert await ledger.bundle(campaign.id) == bundle()


async def test_every_plan_says_before_which_time_nothing_leaves(ledger: Ledger) -> None:
    """The campaign keeps the time of its last plan, even where nothing else has changed; the text is the same."""
    first = await plan(ledger, contacts(1), plan_request(not_before=NOW + 60))
    later = await plan(ledger, contacts(1), plan_request(not_before=NOW + 3600))
    without = await plan(ledger, contacts(1))

    assert (first.not_before, later.not_before, without.not_before) == (NOW + 60, NOW + 3600, None)
    assert first.text_digest == later.text_digest == without.text_digest
    assert await ledger.campaigns() == (without,)


async def test_comparing_foretells_what_planning_does(ledger: Ledger) -> None:
    """The counts of a comparison are those of the balance after planning."""
    _, first = await running(ledger, contacts(8), size=8)
    await send(ledger, first.deliveries[0], State.ACCEPTED)
    await send(ledger, first.deliveries[1], State.DEFERRED, due_at=NOW + 60)
    await send(ledger, first.deliveries[2], State.FAILED)
    await ledger.suppress([suppression("person4@example.org"), suppression("new@example.org")])
    rows = [
        *(contact(row) for row in (2, 3, 5)),
        contact(8, city="Seoul"),
        contact(9, to=["new@example.org"]),
        contact(10),
    ]

    async with ledger.roster() as roster:
        await roster.add(rows)
        changes = await roster.compare(NAME, due_by=NOW + 900)
        campaign = await roster.plan(plan_request(amend=True))

    assert (changes.new, changes.vanished, changes.changed) == (2, 2, 1)
    assert changes.changed_examples == (ChangedRow(8, "person8@example.org", (("city", "", "Seoul"),)),)
    assert changes.suppressed == 1
    assert changes.outstanding == 4
    balance = await ledger.balance(campaign.id)
    assert (changes.total, changes.counts) == (balance.total, balance.counts)
    assert changes.rows_digest == campaign.rows_digest


async def test_vanished_rows_are_cancelled_and_return(ledger: Ledger) -> None:
    """A row that vanishes before its letter left is cancelled; when it returns, it is planned and taken again."""
    campaign = await plan(ledger, contacts(3))
    await plan(ledger, contacts(2))
    assert await states(ledger, campaign) == {State.PLANNED: 2, State.CANCELLED: 1}

    async with ledger.roster() as roster:
        await roster.add(contacts(3))
        returning = (await roster.compare(NAME, due_by=NOW + 900)).returning
        await roster.plan(plan_request())
    await start(ledger, campaign)

    assert returning == 1
    assert len((await taken(ledger)).deliveries) == 3


async def test_a_vanished_row_whose_letter_left_stays(ledger: Ledger) -> None:
    """What has left is never touched by planning."""
    campaign, first = await running(ledger, contacts(2))
    await send(ledger, first.deliveries[0], State.ACCEPTED)

    await plan(ledger, [contact(1, city="Seoul")])

    assert await states(ledger, campaign) == {State.ACCEPTED: 1, State.CANCELLED: 1}


async def test_changed_rows_need_amend(ledger: Ledger) -> None:
    """A row that changed before its letter left is refused, and taken over with amend."""
    campaign = await plan(ledger, contacts(2))
    changed = [contact(1), contact(2, city="Seoul")]

    with pytest.raises(UnsafeError, match=r"row 2 \(person2@example.org\)"):
        await plan(ledger, changed)
    await plan(ledger, changed, plan_request(amend=True))

    await start(ledger, campaign)
    assert [delivery.contact for delivery in (await taken(ledger)).deliveries] == changed


async def test_amending_replaces_the_recipients(ledger: Ledger) -> None:
    """A copy that is added or taken away with amend is sent, or not, from then on."""
    campaign = await plan(ledger, [contact(1), contact(2, cc=["gone@example.org"])])

    await plan(ledger, [contact(1, cc=["added@example.org"]), contact(2)], plan_request(amend=True))

    await start(ledger, campaign)
    first, second = (await taken(ledger)).deliveries
    assert [(one.role, one.mailbox.address) for one in first.outstanding] == [
        (Role.TO, "person1@example.org"),
        (Role.CC, "added@example.org"),
    ]
    assert len(second.recipients) == 1


async def test_another_text_needs_amend(ledger: Ledger) -> None:
    """A campaign is bound to its text; amend binds it to another."""
    await plan(ledger, contacts(1))

    with pytest.raises(UnsafeError, match="seal was aaaaaaaa, now it would be bbbbbbbb"):
        await plan(ledger, contacts(1), plan_request(text="b" * 64))
    campaign = await plan(ledger, contacts(1), plan_request(text="b" * 64, amend=True))

    assert campaign.text_digest == "b" * 64


async def test_a_refused_plan_changes_nothing(ledger: Ledger) -> None:
    """Planning is one transaction: when it is refused, no row of it is planned."""
    campaign = await plan(ledger, contacts(2))

    with pytest.raises(UnsafeError):
        await plan(ledger, [contact(1, city="Seoul"), contact(2), contact(3)])

    assert await ledger.campaign(NAME) == campaign
    assert await states(ledger, campaign) == {State.PLANNED: 2}


async def test_rows_that_move_are_not_changed(ledger: Ledger) -> None:
    """A row that only moved keeps its delivery, and its new number is shown."""
    campaign = await plan(ledger, [contact(1), contact(2)])

    await plan(ledger, [replace(contact(2), row=5), replace(contact(1), row=6)])

    await start(ledger, campaign)
    rows = [(delivery.id, delivery.contact.row) for delivery in (await taken(ledger)).deliveries]
    assert rows == [(2, 5), (1, 6)]


async def test_slices_are_cut_in_row_order_and_numbered_on(ledger: Ledger) -> None:
    """New deliveries are cut into slices of the wanted size; later ones get slices of their own."""
    rows = contacts(7)
    await plan(ledger, rows[4::-1], plan_request(size=3))
    campaign = await plan(ledger, rows, plan_request(size=3))
    await start(ledger, campaign)

    cut = [[delivery.contact.row for delivery in (await taken(ledger)).deliveries] for _ in range(3)]

    assert cut == [[1, 2, 3], [4, 5], [6, 7]]
    assert await ledger.take_slice(NOW) is None


async def test_planning_many_rows_leaves_the_schema_as_it_was(
    ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Indexes that are made anew for many rows are the same ones, complete, and no row stands twice."""
    schema = "SELECT name, sql FROM sqlite_schema ORDER BY name"
    before = execute(path, schema)
    made: list[bool] = []
    sorted_at_once = planning._sorted_at_once

    def note(db: apsw.Connection, *, worth: bool) -> AbstractContextManager[None]:
        made.append(worth)
        return sorted_at_once(db, worth=worth)

    monkeypatch.setattr(planning, "_MANY", 5)
    monkeypatch.setattr(planning, "_sorted_at_once", note)

    await plan(ledger, contacts(4))
    await plan(ledger, contacts(25))
    campaign = await plan(ledger, contacts(31))

    assert made == [False, True, False]
    assert execute(path, schema) == before
    assert execute(path, "PRAGMA integrity_check") == [("ok",)]
    assert await states(ledger, campaign) == {State.PLANNED: 31}


async def test_a_plan_of_many_rows_that_fails_keeps_the_indexes(
    ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The indexes are dropped and made within the plan's transaction."""
    schema = "SELECT name, sql FROM sqlite_schema ORDER BY name"
    before = execute(path, schema)
    monkeypatch.setattr(planning, "_MANY", 5)

    def fail(point: CrashPoint) -> None:
        raise RuntimeError(point)

    monkeypatch.setattr(crashpoints, "hook", fail)
    with pytest.raises(RuntimeError):
        await plan(ledger, contacts(25))

    assert execute(path, schema) == before
    assert await ledger.campaign(NAME) is None


async def test_rows_digest_does_not_depend_on_the_order(ledger: Ledger) -> None:
    """The same rows in another order have the same digest; other rows have another."""
    digests = []
    for rows in (contacts(4), contacts(4)[::-1], contacts(3), [*contacts(3), contact(4, city="Seoul")]):
        async with ledger.roster() as roster:
            await roster.add(rows)
            digests.append((await roster.compare(NAME, due_by=NOW + 900)).rows_digest)

    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


async def test_only_restricts_what_is_outstanding(ledger: Ledger) -> None:
    """With `only`, outstanding letters and copies are counted for these addresses alone."""
    rows = [contact(1, cc=["x@example.org", "y@example.org"]), contact(2, bcc=["z@example.org"]), contact(3)]
    await ledger.suppress([suppression("y@example.org")])

    async with ledger.roster() as roster:
        await roster.add(rows)
        everybody = await roster.compare(NAME, due_by=NOW + 900)
        one = await roster.compare(NAME, due_by=NOW + 900, only=["person1@example.org"])

    assert (everybody.outstanding, everybody.outstanding_copies) == (3, 2)
    assert (one.outstanding, one.outstanding_copies, one.total) == (1, 1, 3)


async def test_an_address_off_the_list_is_planned_again(ledger: Ledger) -> None:
    """A suppressed delivery is planned again once its address is off the list and it is planned anew."""
    await ledger.suppress([suppression("person1@example.org")])
    campaign = await plan(ledger, contacts(2))
    assert await states(ledger, campaign) == {State.PLANNED: 1, State.SUPPRESSED: 1}

    await ledger.unsuppress(["person1@example.org"])
    await plan(ledger, contacts(2))

    assert await states(ledger, campaign) == {State.PLANNED: 2}


async def test_a_deferred_copy_counts_as_left(ledger: Ledger) -> None:
    """A delivery whose To has its letter is not cancelled with its row: only its copy is still to be sent."""
    campaign, first = await running(ledger, [contact(1, cc=["busy@example.org"]), contact(2)])
    one = first.deliveries[0]
    await ledger.commit((), intent_for(one))
    result = result_for(one, State.DEFERRED, recipients=(State.ACCEPTED, State.DEFERRED), due_at=NOW + 9)
    await ledger.commit((result,))

    async with ledger.roster() as roster:
        await roster.add([contact(2)])
        changes = await roster.compare(NAME, due_by=NOW + 900)
        await roster.plan(plan_request())

    assert (changes.vanished, changes.outstanding_copies) == (0, 1)
    assert await states(ledger, campaign) == {State.DEFERRED: 1, State.PLANNED: 1}


async def test_only_open_copies_are_outstanding(ledger: Ledger) -> None:
    """Of a deferred letter's copies, those that have it, or failed, are not outstanding."""
    rows = [contact(1, cc=["has@example.org", "busy@example.org", "none@example.org"])]
    _, first = await running(ledger, rows)
    one = first.deliveries[0]
    await ledger.commit((), intent_for(one))
    mixed = (State.ACCEPTED, State.ACCEPTED, State.DEFERRED, State.FAILED)
    await ledger.commit((result_for(one, State.DEFERRED, recipients=mixed, due_at=NOW + 9),))

    async with ledger.roster() as roster:
        await roster.add(rows)
        changes = await roster.compare(NAME, due_by=NOW + 900)

    assert (changes.outstanding, changes.outstanding_copies) == (1, 1)


async def test_campaigns_come_latest_first(ledger: Ledger) -> None:
    """All campaigns are listed, the latest first."""
    older = await plan(ledger, contacts(1), plan_request("older"))
    newer = await plan(ledger, contacts(1), plan_request("newer"))

    assert await ledger.campaigns() == (newer, older)
