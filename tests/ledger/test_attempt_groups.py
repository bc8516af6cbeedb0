"""Groups of attempts: at once they do what one by one would do, to the last digest of the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.ledger import attempt_groups
from outreach.ledger.attempt_groups import Call, commit_group
from outreach.ledger.attempt_records import intent_body, intent_personal, result_body, result_personal
from outreach.ledger.journal import Chain, to_json
from outreach.ledger.queries import fetch_of_rows
from outreach.ledger.run_values import Intent, Quota, Refusal, Result
from outreach.ledger.sqlite import open_ledger
from outreach.ledger.transaction import Run, Session, Transaction
from outreach.model import Answer, Concern, Delivery, Kind, Lost, Outcome, Reply, Stage, State
from tests.ledger.making import ACCEPTED, BUSY, NOW, contact, intent_for, result_for, running

PEOPLE = 14
TABLES = ("delivery", "recipient", "slice", "journal", "spend")
WORLDS = {
    "as planned": "SELECT 1",
    "listed": "INSERT INTO suppression VALUES ('person9@example.org', 'person9@example.org', '', '', 0)",
    "paused": "UPDATE campaign SET paused = 1",
    "early": f"UPDATE campaign SET not_before = {NOW + 1}",
    "rehearsal": "UPDATE campaign SET rehearsal = 1",
    "taken": "UPDATE slice SET epoch = epoch + 1 WHERE number = 1",
}


@dataclass
class Bench:
    """A ledger whose slices are taken, and what tells of its state."""

    db: apsw.Connection
    chain: int
    deliveries: tuple[Delivery, ...]

    @contextmanager
    def transaction(self, world: str, quota: int) -> Iterator[Transaction]:
        """A transaction that leaves nothing."""
        session = Session()
        session.run = Run(1, "desk:1:aa", "letters", (Quota(quota, 3600.0),) if quota else ())
        session.chain = Chain(self.chain, b"\0" * 32)
        tx = Transaction(self.db, session, bytes)
        try:
            self.db.execute(WORLDS[world])
            yield tx
        finally:
            tx.roll_back()

    def state(self, tx: Transaction) -> dict[str, list[tuple[apsw.SQLiteValue, ...]]]:
        """All that attempts may change."""
        if tx._budget:
            tx._budget.store()
        tx._write_records()
        return {table: self.db.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Fourteen rows: 3 and 4 go to one address, 5 and 6 have copies; two slices."""
    path = tmp_path_factory.mktemp("bench") / "ledger.db"
    rows = [contact(row) for row in range(1, PEOPLE + 1)]
    rows[3] = contact(4, to=["person3@example.org"], key="again")
    rows[4] = contact(5, cc=["copy@example.org"])
    rows[5] = contact(6, to=["six@example.org", "person7@example.org"])

    async def fill() -> tuple[Delivery, ...]:
        ledger = open_ledger(path)
        _, first = await running(ledger, rows, size=10)
        second = await ledger.take_slice(NOW)
        await ledger.close()
        assert second is not None
        return (*first.deliveries, *second.deliveries)

    deliveries = asyncio.run(fill())
    db = apsw.Connection(str(path))
    chain = db.execute("SELECT max(number) FROM chain").get
    assert isinstance(chain, int)
    yield Bench(db, chain, deliveries)
    db.close()


STATES = (State.ACCEPTED, State.ACCEPTED, State.ACCEPTED, State.DEFERRED, State.FAILED, State.UNSURE, State.PLANNED)


@dataclass(frozen=True)
class Step:
    """A result or an intent to be made for one of the people."""

    person: int
    state: State | None  # None for an intent
    off: int = 0  # how wrong the number of the attempt is
    refused: bool = False  # the result is of an attempt without an intent
    units: int = 1


people = st.integers(0, PEOPLE - 1)
offs = st.sampled_from((0,) * 30 + (1, -1))
result_steps = st.builds(Step, people, st.sampled_from(STATES), offs, st.sampled_from((False, False, False, True)))
intent_steps = st.builds(Step, people, st.none(), offs, st.just(value=False), st.sampled_from((1, 1, 1, 2)))
calls_of_steps = st.tuples(st.lists(result_steps, max_size=2), st.none() | intent_steps)
rounds: st.SearchStrategy[list[tuple[list[Step], Step | None]]] = st.permutations(range(PEOPLE)).map(
    lambda order: [([], Step(one, None)) for one in order]
)
endings = st.permutations(range(PEOPLE)).flatmap(
    lambda order: st.lists(st.sampled_from(STATES), min_size=PEOPLE, max_size=PEOPLE).map(
        lambda states: [([Step(one, state)], None) for one, state in zip(order, states, strict=True)],
    ),
)
groups = st.lists(st.one_of(st.lists(calls_of_steps, max_size=20), rounds, endings), min_size=1, max_size=4)


def make_calls(
    deliveries: Sequence[Delivery],
    group: Sequence[tuple[Sequence[Step], Step | None]],
    attempts: dict[int, int],
) -> list[Call]:
    """Calls that follow upon one another, as far as each step before was done."""

    def result(step: Step) -> Result:
        one = deliveries[step.person]
        number = attempts.setdefault(one.id, 0) + step.refused
        attempts[one.id] = number
        assert step.state is not None
        made = result_for(
            one,
            step.state,
            answer=ACCEPTED if step.state is State.ACCEPTED else BUSY,
            kind=Kind.UNTRIED if step.state is State.PLANNED else None,
            due_at=NOW + step.person,
            had_intent=not step.refused,
        )
        return replace_attempt(made, number + step.off)

    def intent(step: Step) -> Intent:
        one = deliveries[step.person]
        attempts[one.id] = attempts.get(one.id, 0) + 1
        return intent_for(one, attempt=attempts[one.id] + step.off, units=step.units)

    return [(tuple(map(result, results)), None if last is None else intent(last)) for results, last in group]


def replace_attempt(result: Result, attempt: int) -> Result:
    """The same result, of another attempt."""
    return result._replace(attempt=attempt)


@settings(max_examples=150, deadline=None)
@given(steps=groups, world=st.sampled_from(("as planned",) * 4 + tuple(WORLDS)), quota=st.sampled_from((0, 0, 100, 9)))
def test_a_group_is_as_one_by_one(
    bench: Bench,
    steps: list[list[tuple[list[Step], Step | None]]],
    world: str,
    quota: int,
) -> None:
    """The database, the journal and the refusals are the same as if each call had come alone."""
    attempts: dict[int, int] = {}
    calls = [make_calls(bench.deliveries, group, attempts) for group in steps]

    with bench.transaction(world, quota) as tx:
        at_once = [refusal for group in calls for refusal in commit_group(tx, group)]
        state_at_once = bench.state(tx)
    with bench.transaction(world, quota) as tx:
        one_by_one = [commit_group(tx, [call])[0] for group in calls for call in group]
        state_one_by_one = bench.state(tx)

    assert at_once == one_by_one
    assert state_at_once == state_one_by_one


def some(bench: Bench, *people: int) -> list[Delivery]:
    """Deliveries by their rows."""
    return [bench.deliveries[one - 1] for one in people]


def test_a_group_takes_few_statements(bench: Bench) -> None:
    """Results and intents of ordinary letters are done in so many statements, however many letters there are."""
    ones = some(bench, 1, 2, 3, 8, 9, 10, 11, 12)
    statements: list[str] = []

    def trace(_cursor: apsw.Cursor, text: str, _bindings: apsw.Bindings | None) -> bool:
        statements.append(text)
        return True

    with bench.transaction("as planned", 0) as tx:
        bench.db.exec_trace = trace
        try:
            intents: list[Call] = [((), intent_for(one)) for one in ones]
            results: list[Call] = [((result_for(one, State.ACCEPTED),), None) for one in ones]
            assert commit_group(tx, intents) == commit_group(tx, results) == [None] * 8
        finally:
            bench.db.exec_trace = None

    assert len(statements) == 3  # what may be sent, the intents, the results


def test_a_group_comes_by_the_crash_points(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each intent and each result of a group is a point at which a test may end the process."""
    ones = some(bench, 1, 2, 8, 9, 10)
    met: list[CrashPoint] = []
    monkeypatch.setattr(crashpoints, "hook", met.append)
    with bench.transaction("as planned", 0) as tx:
        commit_group(tx, [((), intent_for(one)) for one in ones])
        commit_group(tx, [((result_for(one, State.ACCEPTED),), None) for one in ones])

    assert met == [CrashPoint.INTENDING] * 5 + [CrashPoint.RESULTING] * 5


def test_two_intents_to_one_address_in_a_group(bench: Bench) -> None:
    """Of two rows with the same address, the first call's letter leaves, whichever row it is."""
    ones = some(bench, 1, 4, 2, 3, 8)
    with bench.transaction("as planned", 0) as tx:
        refusals = commit_group(tx, [((), intent_for(one)) for one in ones])

    assert refusals == [None, None, None, Refusal.SENT_ELSEWHERE, None]


def test_a_letter_that_comes_back_frees_its_address_only_for_those_after_it(bench: Bench) -> None:
    """An intent is refused for an address whose letter is deferred only later in the group."""
    first, second, *others = some(bench, 3, 4, 1, 2, 8, 9)
    deferred: Call = ((result_for(first, State.DEFERRED, answer=BUSY, due_at=NOW + 9),), None)
    with bench.transaction("as planned", 0) as tx:
        commit_group(tx, [((), intent_for(first))])
        before: list[Call] = [((), intent_for(one)) for one in (second, *others)]
        refusals = commit_group(tx, [*before, deferred])

    assert refusals == [Refusal.SENT_ELSEWHERE, None, None, None, None, None]


def test_a_result_that_comes_twice_in_a_group_is_late_once(bench: Bench) -> None:
    """Of two results of one attempt, the second changes nothing and is told as late."""
    ones = some(bench, 1, 2, 8, 9)
    with bench.transaction("as planned", 0) as tx:
        commit_group(tx, [((), intent_for(one)) for one in ones])
        commit_group(tx, [((result_for(one, State.ACCEPTED),), None) for one in (*ones, ones[0])])
        journal = bench.state(tx)["journal"]

    assert [row[3] for row in journal[-5:]] == ["result"] * 4 + ["late"]


def test_a_wrong_choice_of_intents_stops_everything(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an intent that was found to stand changes nothing, the group fails rather than the letter leaving."""

    def found(db: apsw.Connection, name: str, constants: Sequence[int], rows: Sequence[tuple[int, ...]]) -> object:
        fetch_of_rows(db, name, constants, rows)
        return (to_json({str(row[0]): f"{row[0]}@example.org" for row in rows}),)

    monkeypatch.setattr(attempt_groups, "fetch_of_rows", found)
    unknown = [intent_for(one) for one in some(bench, 1, 2, 8, 9)]
    unknown[2] = unknown[2]._replace(delivery_id=10**6)
    with bench.transaction("as planned", 0) as tx, pytest.raises(RuntimeError, match="found to stand"):
        commit_group(tx, [((), one) for one in unknown])


texts = st.text(max_size=20)
replies = st.builds(Reply, st.sampled_from(Stage), st.integers(200, 599), texts, texts)
losses = st.builds(Lost, stage=st.sampled_from(Stage), dot_written=st.booleans(), reason=texts)


@given(date=st.floats(allow_nan=False, allow_infinity=False), digest=texts, named=st.lists(st.integers(0, 9)))
def test_an_intents_texts_are_those_of_the_encoder(bench: Bench, date: float, digest: str, named: list[int]) -> None:
    """What is written by hand is what the encoder writes."""
    intent = Intent(1, 2, 3, 4, NOW, date, digest, digest, tuple(named), 5)
    body = {"slice": 2, "epoch": 3, "date": date, "digest": digest, "named": named, "units": 5}

    assert intent_body(intent) == to_json(body)
    assert intent_personal(intent, [digest, "b"]) == to_json({"message_id": digest, "to": [digest, "b"]})


@given(person=st.sampled_from((0, 4)), answer=st.none() | replies | losses, reason=texts, charged=st.booleans())
def test_a_results_texts_are_those_of_the_encoder(
    bench: Bench, person: int, answer: Answer | None, reason: str, *, charged: bool
) -> None:
    """What is written by hand, or kept from another letter, is what the encoder writes."""
    one = result_for(bench.deliveries[person], State.DEFERRED, answer=answer)
    outcome = Outcome(Kind.DEFERRED, Concern.ACCOUNT, reason, answer)
    result = Result(1, 2, 3, NOW, one.state, one.recipients, outcome, 0.0, charged, had_intent=not charged)
    reply = answer if isinstance(answer, Reply) else None
    columns = [answer.stage if answer else "", reply.code if reply else None, reply.enhanced if reply else ""]
    body: dict[str, object] = {"state": "deferred", "kind": "deferred", "concern": "account"}
    body |= dict(zip(("stage", "code", "enhanced"), columns, strict=True))
    body |= {"charged": charged, "intent": not charged}
    personal: dict[str, object] = {"reply": reply.text if reply else "", "reason": reason}
    if isinstance(answer, Lost):
        body["dot"], personal["lost"] = answer.dot_written, answer.reason
    if person:
        ours = [reply.stage if reply else "", reply.code if reply else None, reply.enhanced if reply else ""]
        body["recipients"] = [["deferred", *ours]] * 2
        personal["recipients"] = [reply.text if reply else ""] * 2

    assert result_body(result) == to_json(body)
    assert result_personal(result) == to_json(personal)
