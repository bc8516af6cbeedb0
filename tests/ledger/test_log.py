"""Contract: the log of deliveries and of attempts, and the balance."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from outreach.ledger.interface import Ledger
from outreach.ledger.queries import sql
from outreach.ledger.record_values import LogEntry, LogFilter
from outreach.ledger.sqlite import SqliteLedger
from outreach.model import Lost, RecipientState, Role, Stage, State
from tests.ledger.conftest import execute
from tests.ledger.making import (
    ACCEPTED,
    BUSY,
    NAME,
    NOW,
    contact,
    contacts,
    intent_for,
    mailbox,
    plan,
    plan_request,
    result_for,
    running,
    send,
    taken,
)


async def entries(ledger: Ledger, log_filter: LogFilter, *, attempts: bool = False) -> list[LogEntry]:
    """The whole log."""
    return [entry async for entry in ledger.log(log_filter, attempts=attempts)]


async def test_a_delivery_shows_its_last_answer(ledger: Ledger) -> None:
    """An entry says who, where, how often and what the relay said last, for each recipient."""
    campaign, first = await running(ledger, contacts(1))
    await send(ledger, first.deliveries[0], State.ACCEPTED, at=NOW + 1)

    found = await entries(ledger, LogFilter(campaign.id))

    assert found == [
        LogEntry(
            campaign=NAME,
            address="person1@example.org",
            name="Person 1",
            row=1,
            state="accepted",
            attempts=1,
            relay="letters@relay.example:465",
            stage="dot",
            code=250,
            enhanced="2.0.0",
            reply="Ok: queued as 1A2B",
            reason="as the relay said",
            message_id=f"<{first.deliveries[0].id}@example.org>",
            updated_at=NOW + 1,
            recipients=(RecipientState(Role.TO, mailbox("person1@example.org", "Person 1"), State.ACCEPTED, ACCEPTED),),
        ),
    ]


async def test_an_untouched_delivery_shows_nothing_yet(ledger: Ledger) -> None:
    """A planned delivery has no reply, no relay and no time."""
    campaign = await plan(ledger, contacts(1))

    found = await entries(ledger, LogFilter(campaign.id))

    assert (found[0].state, found[0].relay, found[0].code, found[0].updated_at) == ("planned", "", None, None)


async def test_a_lost_connection_shows_its_stage(ledger: Ledger) -> None:
    """Where no reply came, the stage says what was under way."""
    campaign, first = await running(ledger, contacts(1))
    one = first.deliveries[0]
    await ledger.commit((), intent_for(one))
    lost = Lost(Stage.DOT, "connection reset", dot_written=True)
    await ledger.commit((result_for(one, State.UNSURE, answer=lost),))

    for attempts in (False, True):
        found = await entries(ledger, LogFilter(campaign.id), attempts=attempts)
        assert (found[0].state, found[0].stage, found[0].code, found[0].reply) == ("unsure", "dot", None, "")


async def test_attempts_come_by_time(ledger: Ledger) -> None:
    """Each attempt has an entry with its number, its outcome and every recipient's state then."""
    campaign, first = await running(ledger, [contact(1, cc=["a@example.org"]), contact(2)])
    one, two = first.deliveries
    results = result_for(one, State.DEFERRED, answer=BUSY, had_intent=False, due_at=NOW + 5)
    await ledger.commit((results,))
    await send(ledger, two, State.ACCEPTED, at=NOW + 1)
    await ledger.release_slice(first.number, first.epoch)
    await send(ledger, (await taken(ledger, now=NOW + 5)).deliveries[0], State.ACCEPTED, at=NOW + 6)

    found = await entries(ledger, LogFilter(campaign.id), attempts=True)

    shown = [(entry.row, entry.attempts, entry.state, entry.code, entry.updated_at) for entry in found]
    assert shown == [
        (1, 1, "deferred", 451, NOW),
        (2, 1, "accepted", 250, NOW + 1),
        (1, 2, "accepted", 250, NOW + 6),
    ]
    assert [(one.state, one.reply) for one in found[0].recipients] == [(State.DEFERRED, BUSY)] * 2


@pytest.mark.parametrize("attempts", [False, True])
async def test_long_logs_come_whole_and_in_order(ledger: Ledger, attempts: bool) -> None:
    """A log of more than a page has every entry once, by row."""
    campaign, first = await running(ledger, contacts(1203), size=1203)
    await ledger.commit([result_for(one, State.FAILED, had_intent=False) for one in first.deliveries])

    found = await entries(ledger, LogFilter(campaign.id), attempts=attempts)

    assert [entry.row for entry in found] == list(range(1, 1204))


@pytest.mark.parametrize(
    ("log_filter", "rows"),
    [
        (LogFilter(states=(State.ACCEPTED, State.PLANNED)), [1, 3]),
        (LogFilter(since=NOW + 2), [2]),
        (LogFilter(address_glob="person?@*"), [1, 2]),
        (LogFilter(address_glob="*second*"), [3]),
        (LogFilter(address_glob="[x]*"), [3]),
        (LogFilter(campaign_id="unknown"), []),
        (LogFilter(), [1, 2, 3]),
    ],
)
async def test_filters(ledger: Ledger, log_filter: LogFilter, rows: list[int]) -> None:
    """States, address patterns and times restrict the log; an empty filter doesn't."""
    people = [*contacts(2), contact(3, to=["[x]@example.org", "second@example.org"])]
    _, first = await running(ledger, people)
    await send(ledger, first.deliveries[0], State.ACCEPTED, at=NOW + 1)
    await send(ledger, first.deliveries[1], State.FAILED, at=NOW + 2)

    assert [entry.row for entry in await entries(ledger, log_filter)] == rows


async def test_attempts_are_filtered_by_their_delivery(ledger: Ledger) -> None:
    """The log of attempts shows those of the deliveries that the filter lets pass."""
    campaign, first = await running(ledger, contacts(2))
    await send(ledger, first.deliveries[0], State.ACCEPTED, at=NOW + 1)
    await send(ledger, first.deliveries[1], State.FAILED, at=NOW + 2)

    for one in (
        LogFilter(campaign.id, states=(State.FAILED,)),
        LogFilter(campaign.id, address_glob="person2*"),
        LogFilter(since=NOW + 2),
    ):
        assert [entry.row for entry in await entries(ledger, one, attempts=True)] == [2]


async def test_all_campaigns_come_one_after_the_other(ledger: Ledger) -> None:
    """Without a campaign in the filter, the log has all of them, the oldest first."""
    await plan(ledger, contacts(2), plan_request("older"))
    await plan(ledger, contacts(2), plan_request("newer"))

    found = await entries(ledger, LogFilter())

    assert [(entry.campaign, entry.row) for entry in found] == [("older", 1), ("older", 2), ("newer", 1), ("newer", 2)]


async def test_balance_shows_when_the_next_is_due(ledger: Ledger) -> None:
    """The next due time is that of the first open delivery; there is none when nothing is open."""
    campaign, first = await running(ledger, contacts(3))
    one, two, three = first.deliveries
    await send(ledger, one, State.DEFERRED, due_at=NOW + 9)
    await send(ledger, two, State.DEFERRED, due_at=NOW + 5)
    with_planned = await ledger.balance(campaign.id)
    await send(ledger, three, State.ACCEPTED)
    deferred = await ledger.balance(campaign.id)

    assert with_planned.next_due_at == 0
    assert (deferred.next_due_at, deferred.total) == (NOW + 5, 3)
    assert set(deferred.counts) == set(State)


async def test_balance_is_of_one_moment(ledger: SqliteLedger, path: Path) -> None:
    """What others change while a balance is counted does not show in parts of it."""
    campaign = await plan(ledger, contacts(3))

    def interfere(_: apsw.Cursor, statement: str, __: apsw.Bindings | None) -> bool:
        if statement == sql("count_refused_copies"):
            execute(path, "UPDATE delivery SET state = 'failed'")
        return True

    def watch(db: apsw.Connection) -> None:
        db.exec_trace = interfere

    await ledger._writer.ask(watch)
    balance = await ledger.balance(campaign.id)

    assert (balance.counts[State.PLANNED], balance.next_due_at) == (3, 0)
    assert (await ledger.balance(campaign.id)).counts[State.FAILED] == 3


async def test_copies_of_a_failed_letter_are_not_refused(ledger: Ledger) -> None:
    """Copies count as refused only where the To is accepted or open."""
    campaign, first = await running(ledger, [contact(1, cc=["a@example.org"])])
    await send(ledger, first.deliveries[0], State.FAILED)

    assert (await ledger.balance(campaign.id)).copies_refused == 0


async def test_an_unknown_campaign_is_empty(ledger: Ledger) -> None:
    """A campaign that the ledger does not know has a balance of zeros and no bundle."""
    balance = await ledger.balance("unknown")

    assert (balance.total, balance.next_due_at, sum(balance.counts.values())) == (0, None, 0)
    with pytest.raises(LookupError):
        await ledger.bundle("unknown")
