"""The journal: its records, its chains, and that they can't be changed unnoticed."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest

from outreach.ledger.sqlite import SqliteLedger
from outreach.ledger.verify import Break
from outreach.model import State
from tests.ledger.conftest import execute
from tests.ledger.making import (
    NOW,
    contact,
    contacts,
    decision_for,
    plan,
    result_for,
    running,
    send,
    start,
    suppression,
)


async def test_every_step_leaves_a_record(ledger: SqliteLedger, path: Path) -> None:
    """Planning, intents, results, decisions and recovery are in the journal, in order, each in its chain."""
    campaign, first = await running(ledger, contacts(3))
    one, two, _ = first.deliveries
    await send(ledger, one, State.UNSURE)
    await ledger.decide(decision_for(campaign, State.FAILED, State.UNSURE))
    await ledger.commit((result_for(one, State.ACCEPTED),))
    await ledger.suppress([suppression("person2@example.org")])

    rows = execute(path, "SELECT chain, seq, kind, delivery, attempt FROM journal ORDER BY number")
    assert rows == [
        (1, 1, "decision", None, None),
        (2, 1, "intent", one.id, 1),
        (2, 2, "result", one.id, 1),
        (3, 1, "decision", one.id, 1),
        (2, 3, "late", one.id, 1),
        (4, 1, "decision", None, None),
        (4, 2, "decision", two.id, 0),
    ]


async def test_every_move_of_the_list_leaves_a_record(ledger: SqliteLedger, path: Path) -> None:
    """Deliveries that planning cancels and brings back have a record each."""
    await plan(ledger, contacts(3))
    await plan(ledger, contacts(1))
    await plan(ledger, contacts(3))

    moves = execute(path, "SELECT delivery, body FROM journal WHERE delivery IS NOT NULL ORDER BY number")
    assert [(delivery, json.loads(str(body))["to"]) for delivery, body in moves] == [
        (2, "cancelled"),
        (3, "cancelled"),
        (2, "planned"),
        (3, "planned"),
    ]


async def test_personal_fields_stand_apart(ledger: SqliteLedger, path: Path) -> None:
    """No address, name, reply or Message-ID is in the part of a record that is never purged."""
    _, first = await running(ledger, [contact(1, cc=["copy@example.org"])])
    await ledger.commit((result_for(first.deliveries[0], State.FAILED, had_intent=False),))
    await ledger.suppress([suppression("a@example.org")])

    bodies = " ".join(str(body) for (body,) in execute(path, "SELECT body FROM journal"))
    assert "@" not in bodies
    assert "queued" not in bodies


async def test_a_whole_journal_is_verified(ledger: SqliteLedger, path: Path) -> None:
    """A journal that nobody touched is whole, runs that follow each other and purged fields included."""
    campaign, first = await running(ledger, contacts(3))
    await send(ledger, first.deliveries[0], State.ACCEPTED)
    await start(ledger, campaign)
    execute(path, "UPDATE journal SET personal = NULL, salt = NULL")

    assert await ledger.verify() == ()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET body = replace(body, 'accepted', 'failed') WHERE seq = 2",
        "UPDATE journal SET personal = replace(personal, 'queued', 'bounced') WHERE seq = 2",
        "UPDATE journal SET at = at + 1 WHERE chain = 2 AND seq = 2",
        "UPDATE journal SET attempt = 7 WHERE chain = 2 AND seq = 2",
        "DELETE FROM journal WHERE chain = 2 AND seq = 2",
        "UPDATE journal SET digest = zeroblob(32) WHERE chain = 2 AND seq = 2",
    ],
)
async def test_a_changed_record_is_found(ledger: SqliteLedger, path: Path, change: str) -> None:
    """One changed byte in any field, or a record that was taken out, breaks the chain at its place."""
    _, first = await running(ledger, contacts(2))
    for delivery in first.deliveries:
        await send(ledger, delivery, State.ACCEPTED)
    execute(path, "DROP TRIGGER journal_keeps_records")
    execute(path, "DROP TRIGGER journal_keeps_values")

    execute(path, change)

    assert await ledger.verify() == (Break(2, 2),)


async def test_a_changed_opening_is_found(ledger: SqliteLedger, path: Path) -> None:
    """Who ran or decided is part of the chain."""
    await plan(ledger, contacts(1))

    execute(path, "UPDATE chain SET who = 'somebody else'")

    assert await ledger.verify() == (Break(1, 1),)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM journal",
        "UPDATE journal SET at = at + 1",
        "UPDATE journal SET body = '{}', personal = NULL, salt = NULL",
        "UPDATE journal SET personal = '{}'",
        "UPDATE journal SET delivery = 9, personal = NULL, salt = NULL",
        "UPDATE journal SET personal_digest = NULL, personal = NULL, salt = NULL",
    ],
)
async def test_records_are_kept(ledger: SqliteLedger, path: Path, change: str) -> None:
    """The database itself refuses to delete or change a record, purging its personal fields excepted."""
    _, first = await running(ledger, contacts(1))
    await send(ledger, first.deliveries[0], State.ACCEPTED, at=NOW)

    with pytest.raises(apsw.ConstraintError, match="append-only"):
        execute(path, change)
