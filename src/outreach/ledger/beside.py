"""A run's ledger in a process beside: what is asked of it and answered, as plain tuples, and both ends of that.

The statements and the waiting for the disk then cost the process that speaks to the relay nothing. Nor does the one
wait for the other there: while a group is on its way to the disk, the next is written. How the tuples travel, and that
no answer goes out before `settle` has returned, is the caller's.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from outreach.ledger.attempt_groups import Call
from outreach.ledger.connect import open_connection, without_waiting
from outreach.ledger.group_commit import GroupCommit, Task
from outreach.ledger.run_values import Intent, Refusal, Result, RunRequest, TakenSlice
from outreach.ledger.runs import reserve, start_run, units_left
from outreach.ledger.slices import next_due, release_slice, take_rows, taken_slice
from outreach.model import Outcome, Reply

SETUP = f"{__name__}:setup"

_COMMIT = "commit"
_GREETING = "greeting"
_CHANGES: Mapping[str, Callable[..., Any]] = {
    "start_run": start_run,
    "take_slice": take_rows,
    "release_slice": release_slice,
    "next_due": next_due,
    "reserve": reserve,
    "quota_left": units_left,
}


class LedgerBeside:
    """The near end: the ledger of a run, for whoever sends. What each call does is told in interface.RunLedger."""

    def __init__(self, ask: Callable[[object], Awaitable[Any]]) -> None:
        self._ask = ask

    async def greet(self) -> None:
        """See that somebody answers."""
        await self._ask((_GREETING,))

    async def start_run(self, request: RunRequest) -> int:
        """Begin a run; returns how many deliveries of a dead run became unsure."""
        return int(await self._ask(("start_run", request)))

    async def take_slice(self, now: float, *, only: Sequence[str] = ()) -> TakenSlice | None:
        """The next slice that is due and free, with its due deliveries in row order; None where there is none."""
        rows = await self._ask(("take_slice", now, tuple(only)))
        return None if rows is None else taken_slice(rows)

    async def release_slice(self, number: int, epoch: int) -> None:
        """Give a slice back, due when the first of its open deliveries is, done when it has none."""
        await self._ask(("release_slice", number, epoch))

    async def next_due(self, *, only: Sequence[str] = ()) -> float | None:
        """When the first free slice with an open delivery is due; None when nothing is open."""
        due: float | None = await self._ask(("next_due", tuple(only)))
        return due

    async def commit(self, results: Sequence[Result], intent: Intent | None = None) -> Refusal | None:
        """Record results and check and record an intent, in one durable transaction."""
        refusal: Refusal | None = await self._ask(
            (_COMMIT, [*map(_packed_result, results)], None if intent is None else tuple(intent))
        )
        return refusal

    async def reserve(self, key: str, *, interval: float, count: int, now: float) -> float:
        """Reserve the next `count` sending times of this run's account, `interval` seconds apart."""
        return float(await self._ask(("reserve", key, interval, count, now)))

    async def quota_left(self, now: float, *, units: int = 1) -> tuple[int | None, float]:
        """What is left in the tightest window (None: no quota), and when so many units are free."""
        left: tuple[int | None, float] = await self._ask(("quota_left", now, units))
        return left


Asked = Sequence[tuple[Any, ...]]
Answers = list[tuple[Any, BaseException | None]]


def setup(
    path: str, token_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> tuple[Callable[[Asked], Answers], Callable[[], None]]:
    """The far end, for the ledger at this path: `handle` does what is asked; `settle` waits until that is on the disk.

    Errors as of opening one. `settle` may run in a thread of its own.
    """
    opened = open_connection(Path(path), read_only=False)
    settle = without_waiting(opened.connection, Path(path))
    group_commit = GroupCommit(opened, Path(path), token_bytes)

    def handle(asked: Asked) -> Answers:
        tasks = [_task(*one) for one in asked]
        for _ in group_commit.do(tasks):
            pass  # all are answered together
        return [(task.value, task.error) for task in tasks]

    return handle, settle


def _task(what: str, *arguments: Any) -> Task:  # noqa: ANN401 - as they were packed above
    if what == _COMMIT:
        results, intent = arguments
        call: Call = [*map(_unpacked_result, results)], None if intent is None else Intent._make(intent)
        return Task(attempts=call)
    if what == _GREETING:
        return Task(question=lambda _: None)
    work = _CHANGES[what]
    return Task(change=lambda tx: work(tx, *arguments))


# As tuples of plain values these cost a tenth of what they would as objects, and millions of them travel.


def _packed_result(result: Result) -> Result | tuple[Any, ...]:
    """The usual one, of one recipient and a reply, as a tuple; any other as it is."""
    outcome = result.outcome
    answer = outcome.answer
    if len(result.recipients) > 1 or not isinstance(answer, Reply):
        return result
    what = (outcome.kind, outcome.concern, outcome.reason)
    reply = (answer.stage, answer.code, answer.enhanced, answer.text)
    return (
        result.delivery_id,
        result.slice,
        result.attempt,
        result.at,
        result.state,
        what,
        reply,
        result.due_at,
        result.charged,
        result.had_intent,
    )


def _unpacked_result(packed: Result | tuple[Any, ...]) -> Result:
    if isinstance(packed, Result):
        return packed
    delivery_id, slice_number, attempt, at, state, (kind, concern, reason), reply, due_at, charged, had_intent = packed
    outcome = Outcome(kind, concern, reason, Reply(*reply))
    return Result(delivery_id, slice_number, attempt, at, state, (), outcome, due_at, charged, had_intent)
