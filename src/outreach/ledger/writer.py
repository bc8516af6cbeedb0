"""The one thread that talks to the database, and the group commit.

Changes that arrive while a transaction is under way share the next one, so one wait for the disk serves as many
letters as arrived during the last: it adapts by itself, from one connection to hundreds.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import apsw

from outreach.errors import LedgerError
from outreach.ledger.attempt_groups import Call, commit_group
from outreach.ledger.connect import Opened
from outreach.ledger.failures import as_ledger_error, read_only
from outreach.ledger.transaction import Session, Transaction
from outreach.ledger.values import Refusal

T = TypeVar("T")

_GROUP_LIMIT = 500  # keeps one transaction, and so the wait of each in it, short


@dataclass(slots=True)
class _Task:
    """Something to do, and who waits for it. Any: what it returns is between the two."""

    future: asyncio.Future[Any]
    change: Callable[[Transaction], Any] | None = None
    attempts: Call | None = None
    question: Callable[[apsw.Connection], Any] | None = None
    value: Any = None
    error: BaseException | None = None


class Writer:
    """Runs changes and questions one after the other, in a thread of its own."""

    def __init__(self, opened: Opened, path: Path, *, writable: bool, token_bytes: Callable[[int], bytes]) -> None:
        self._opened = opened
        self._path = path
        self.writable = writable
        self._token_bytes = token_bytes
        self._session = Session()
        self._queue: SimpleQueue[_Task | None] = SimpleQueue()
        self._held: _Task | None = None  # taken from the queue, but not part of the group
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="ledger", daemon=True)
        self._thread.start()

    def change(self, work: Callable[[Transaction], T]) -> asyncio.Future[T]:
        """Do this in a transaction, shared with others; done when it is durable on disk."""
        if not self.writable:
            raise read_only(self._path)
        return self._put(_Task(asyncio.get_running_loop().create_future(), change=work))

    def commit(self, call: Call) -> asyncio.Future[Refusal | None]:
        """Record results, then check and record an intent: a change like others, but done together with its like."""
        if not self.writable:
            raise read_only(self._path)
        return self._put(_Task(asyncio.get_running_loop().create_future(), attempts=call))

    def ask(self, work: Callable[[apsw.Connection], T]) -> asyncio.Future[T]:
        """Do this with the connection, outside of any transaction; it changes nothing that lasts."""
        return self._put(_Task(asyncio.get_running_loop().create_future(), question=work))

    async def close(self) -> None:
        """Finish what was asked for and close the connection."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def _put(self, task: _Task) -> asyncio.Future[Any]:
        if self._closed:
            raise RuntimeError("the ledger is closed")
        self._queue.put(task)
        return task.future

    def _serve(self) -> None:
        while group := self._next_group():
            if group[0].question:
                self._answer(group[0])
            else:
                self._commit(group)
            _settle(group)
        self._opened.close()

    def _next_group(self) -> list[_Task]:
        """The next question, or all the changes that wait; nothing at the end."""
        first = self._held or self._queue.get()
        self._held = None
        if first is None or first.question:
            return [first] if first else []
        group = [first]
        while len(group) < _GROUP_LIMIT:
            try:
                task = self._queue.get_nowait()
            except Empty:
                break
            if task is None:
                self._queue.put(None)  # the end is for the next group
                break
            if task.question:
                self._held = task
                break
            group.append(task)
        return group

    def _answer(self, task: _Task) -> None:
        if task.question:
            try:
                task.value = task.question(self._opened.connection)
            except BaseException as error:
                # It belongs to whoever asked, not to this thread.
                task.error = self._translate(error)

    def _commit(self, group: list[_Task]) -> None:
        """Do the group in one transaction; where one of several fails, each has one of its own."""
        error = self._transact(group)
        if error is not None and len(group) > 1 and not isinstance(error, LedgerError):
            for task in group:
                task.error = self._transact([task])
        else:
            # Where the database itself failed, the others would meet the same.
            for task in group:
                task.error = error

    def _transact(self, group: list[_Task]) -> BaseException | None:
        try:
            transaction = Transaction(self._opened.connection, self._session, self._token_bytes)
            try:
                _do(transaction, group)
                transaction.commit()
            except BaseException:
                transaction.roll_back()
                raise
        except BaseException as error:
            # It belongs to those who asked, not to this thread.
            return self._translate(error)
        return None

    def _translate(self, error: BaseException) -> BaseException:
        known = as_ledger_error(error, self._path) if isinstance(error, Exception) else None
        if known is None:
            return error
        known.__cause__ = error
        return known


def _do(transaction: Transaction, group: Iterable[_Task]) -> None:
    """Do the tasks in order, neighbouring attempts at once."""
    for is_other, tasks in groupby(group, key=lambda task: task.attempts is None):
        alike = list(tasks)
        if is_other:
            for task in alike:
                task.value = task.change(transaction) if task.change else None
        else:
            refusals = commit_group(transaction, [task.attempts for task in alike if task.attempts])
            for task, refusal in zip(alike, refusals, strict=True):
                task.value = refusal


def _settle(group: list[_Task]) -> None:
    """Tell those who wait, with one wake-up for each event loop."""
    for loop in {task.future.get_loop() for task in group}:
        done = [task for task in group if task.future.get_loop() is loop]
        try:
            loop.call_soon_threadsafe(_resolve, done)
        except RuntimeError:
            # The loop is closed, so nobody waits any more; what was done is done.
            continue


def _resolve(done: list[_Task]) -> None:
    for task in done:
        if task.future.done():
            continue
        if task.error is not None:
            task.future.set_exception(task.error)
        else:
            task.future.set_result(task.value)
