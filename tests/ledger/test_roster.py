"""Contract: the rows of the list before they are planned."""

from __future__ import annotations

import pytest

from outreach.errors import UnsafeError
from outreach.ledger.campaign_values import DroppedRows, Duplicate
from outreach.ledger.interface import Ledger
from tests.ledger.making import NAME, NOW, contact, contacts, plan_request


async def test_finds_repeated_addresses_and_ids(ledger: Ledger) -> None:
    """A row that repeats a To or an id is found with the first row that has it; each row is counted once."""
    rows = [
        contact(2, to=["a@example.org"], key="id-1"),
        contact(3, to=["b@example.org", "c@example.org"], key="id-2"),
        contact(4, to=["d@example.org", "A@example.org"], key="id-3"),
        contact(5, to=["e@example.org"], key="id-2"),
        contact(6, to=["a@example.org"], key="id-1"),
    ]

    async with ledger.roster() as roster:
        await roster.add(rows)
        total, found = await roster.duplicates(10)
        _, one = await roster.duplicates(1)

    assert total == 3
    assert found == (
        Duplicate(4, 2, "A@example.org"),
        Duplicate(5, 3, "id-2", is_id=True),
        Duplicate(6, 2, "a@example.org"),
    )
    assert one == found[:1]


async def test_copies_may_repeat(ledger: Ledger) -> None:
    """The same Cc in many rows, or one that is a To elsewhere, is no duplicate."""
    rows = [
        contact(1, cc=["x@example.org"]),
        contact(2, cc=["x@example.org", "person1@example.org"]),
        contact(3, to=["x@example.org"]),
    ]

    async with ledger.roster() as roster:
        await roster.add(rows)

        assert await roster.duplicates(10) == (0, ())


async def test_drops_what_repeats_a_row_that_stays(ledger: Ledger) -> None:
    """The first row of each stays, and so does one that only repeats a row that was itself dropped."""
    rows = [
        contact(1, to=["a@example.org"]),
        contact(2, to=["a@example.org", "b@example.org"], key="two"),
        contact(3, to=["b@example.org"]),
    ]

    async with ledger.roster() as roster:
        await roster.add(rows)
        dropped = await roster.drop_duplicates()
        left = await roster.compare(NAME, due_by=NOW + 900)
        remaining = await roster.duplicates(10)
    async with ledger.roster() as roster:
        await roster.add([rows[0], rows[2]])
        same = await roster.compare(NAME, due_by=NOW + 900)

    assert dropped == DroppedRows(1)
    assert remaining == (0, ())
    assert left == same


async def test_repeated_ids_are_not_planned(ledger: Ledger) -> None:
    """A list that still repeats an id is refused as a whole."""
    async with ledger.roster() as roster:
        await roster.add([contact(1, key="x"), contact(2, key="x")])

        with pytest.raises(UnsafeError, match="1 rows whose id"):
            await roster.plan(plan_request())

    assert await ledger.campaigns() == ()


async def test_rows_added_after_a_look_count(ledger: Ledger) -> None:
    """Rows may be added after a first comparison."""
    async with ledger.roster() as roster:
        await roster.add(contacts(2))
        await roster.compare(NAME, due_by=NOW + 900)
        await roster.add([contact(3), contact(4, to=["person1@example.org"])])

        assert (await roster.compare(NAME, due_by=NOW + 900)).new == 4
        assert (await roster.duplicates(10))[0] == 1


async def test_rows_are_read_back_as_they_are(ledger: Ledger) -> None:
    """All that is in it comes back in the order of the list, without the rows that were dropped."""
    rows = [contact(1, cc=["x@example.org"], bcc=["y@example.org"], name="이름"), *(contact(n) for n in range(2, 1200))]

    async with ledger.roster() as roster:
        await roster.add([*rows, contact(1200, to=["person7@example.org"])])
        await roster.drop_duplicates()
        pages = [page async for page in roster.pages()]

    assert [contact for page in pages for contact in page] == rows
    assert max(map(len, pages)) <= 500


async def test_a_roster_is_dropped_at_its_end(ledger: Ledger) -> None:
    """The next roster begins empty."""
    async with ledger.roster() as roster:
        await roster.add(contacts(2))

    async with ledger.roster() as roster:
        assert (await roster.compare(NAME, due_by=NOW + 900)).total == 0


async def test_tells_of_an_address_that_was_lost_with_its_row(ledger: Ledger) -> None:
    """A row that repeats one address and holds another that stands nowhere else."""
    async with ledger.roster() as roster:
        await roster.add([contact(1, to=["a@x.example", "b@x.example"]), contact(2, to=["b@x.example", "c@x.example"])])

        assert await roster.drop_duplicates() == DroppedRows(1, ((2, "c@x.example"),))
