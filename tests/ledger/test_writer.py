"""The thread behind the ledger: sharing transactions, and keeping failures apart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from outreach.ledger.sqlite import SqliteLedger, open_ledger
from outreach.model import State
from tests.ledger.making import NOW, contacts, intent_for, plan, result_for, running, start, states, suppression

IN_THREAD = pytest.mark.parametrize("open_again", ["sqlite"], indirect=True)


@IN_THREAD
async def test_commits_share_transactions(ledger: SqliteLedger) -> None:
    """A hundred commits at once take far fewer transactions than a hundred."""
    _, first = await running(ledger, contacts(100), size=100)
    transactions = 0

    def count() -> bool:
        nonlocal transactions
        transactions += 1
        return False

    await ledger._writer.ask(lambda db: db.set_commit_hook(count))
    await asyncio.gather(*(ledger.commit((), intent_for(one)) for one in first.deliveries))

    assert 0 < transactions < 50


async def test_a_mistake_harms_only_its_own_call(ledger: SqliteLedger) -> None:
    """When one of several calls in a transaction fails, the others are recorded all the same."""
    campaign, first = await running(ledger, contacts(10))
    calls = [intent_for(one) for one in first.deliveries]
    calls[4] = calls[4]._replace(message_id=None)  # type: ignore[arg-type] # the mistake

    outcomes = await asyncio.gather(*(ledger.commit((), one) for one in calls), return_exceptions=True)

    assert [index for index, one in enumerate(outcomes) if one is not None] == [4]
    assert await states(ledger, campaign) == {State.SENDING: 9, State.PLANNED: 1}
    assert await ledger.verify() == ()


@IN_THREAD
async def test_giving_up_waiting_does_not_undo(ledger: SqliteLedger) -> None:
    """A caller that is cancelled while it waits leaves its commit to be recorded."""
    campaign, first = await running(ledger, contacts(1))
    call = asyncio.ensure_future(ledger.commit((), intent_for(first.deliveries[0])))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    await ledger.commit((result_for(first.deliveries[0], State.ACCEPTED),))

    assert await states(ledger, campaign) == {State.ACCEPTED: 1}


async def test_closing_finishes_what_was_asked(path: Path) -> None:
    """A change that was asked for before closing is recorded; closing twice does no harm; then it is closed."""
    ledger = open_ledger(path)
    waiting = [asyncio.ensure_future(ledger.suppress([suppression(f"a{n}@example.org")])) for n in range(20)]
    await asyncio.sleep(0)

    await asyncio.gather(ledger.close(), ledger.close())

    assert await asyncio.gather(*waiting) == [1] * 20
    with pytest.raises(RuntimeError, match="closed"):
        await ledger.campaigns()


async def test_questions_keep_their_turn(ledger: SqliteLedger) -> None:
    """A question that is asked after a change sees it."""
    change = ledger.suppress([suppression("a@example.org")])
    question = ledger.suppressed(["a@example.org"])

    _, found = await asyncio.gather(change, question)

    assert set(found) == {"a@example.org"}


def test_a_ledger_outlives_an_event_loop(path: Path) -> None:
    """The same ledger can be used from one event loop after another."""
    ledger = open_ledger(path)
    campaign = asyncio.run(plan(ledger, contacts(1)))

    assert asyncio.run(start(ledger, campaign)) == 0
    asyncio.run(ledger.close())


async def test_a_run_that_failed_to_begin_is_none(ledger: SqliteLedger) -> None:
    """A run of an unknown campaign does not begin, and the run before it goes on."""
    campaign, first = await running(ledger, contacts(1))

    with pytest.raises(ValueError, match="no campaign has the id"):
        await start(ledger, replace(campaign, id="f" * 32))

    assert await ledger.commit((), intent_for(first.deliveries[0], at=NOW)) is None
