"""The one thread that talks to the database, and the group commit.

Changes that arrive while a transaction is under way share the next one, so one wait for the disk serves as many
letters as arrived during the last: it adapts by itself, from one connection to hundreds.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import apsw

from outreach.ledger.attempt_groups import Call
from outreach.ledger.connect import Opened
from outreach.ledger.failures import read_only
from outreach.ledger.group_commit import GroupCommit, Task
from outreach.ledger.run_values import Refusal
from outreach.ledger.transaction import Transaction

T = TypeVar("T")

_GROUP_LIMIT = 500  # keeps one transaction, and so the wait of each in it, short


@dataclass(slots=True, kw_only=True)
class _Asked(Task):
    """Something to do, and who waits for it."""

    future: asyncio.Future[Any]


class Writer:
    """Runs changes and questions one after the other, in a thread of its own."""

    def __init__(self, opened: Opened, path: Path, *, writable: bool, token_bytes: Callable[[int], bytes]) -> None:
        self._group_commit = GroupCommit(opened, path, token_bytes)
        self._path = path
        self.writable = writable
        self._queue: SimpleQueue[_Asked | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="ledger", daemon=True)
        self._thread.start()

    def change(self, work: Callable[[Transaction], T]) -> asyncio.Future[T]:
        """Do this in a transaction, shared with others; done when it is durable on disk."""
        if not self.writable:
            raise read_only(self._path)
        return self._put(_Asked(change=work, future=asyncio.get_running_loop().create_future()))

    def commit(self, call: Call) -> asyncio.Future[Refusal | None]:
        """Record results, then check and record an intent: a change like others, but done together with its like."""
        if not self.writable:
            raise read_only(self._path)
        return self._put(_Asked(attempts=call, future=asyncio.get_running_loop().create_future()))

    def ask(self, work: Callable[[apsw.Connection], T]) -> asyncio.Future[T]:
        """Do this with the connection, outside of any transaction; it changes nothing that lasts."""
        return self._put(_Asked(question=work, future=asyncio.get_running_loop().create_future()))

    async def close(self) -> None:
        """Finish what was asked for and close the connection."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def _put(self, task: _Asked) -> asyncio.Future[Any]:
        if self._closed:
            raise RuntimeError("the ledger is closed")
        self._queue.put(task)
        return task.future

    def _serve(self) -> None:
        while waiting := self._next_group():
            for done in self._group_commit.do(waiting):
                _settle(done)
        self._group_commit.close()

    def _next_group(self) -> list[_Asked]:
        """All that waits, up to a limit; nothing at the end."""
        first = self._queue.get()
        if first is None:
            return []
        group = [first]
        while len(group) < _GROUP_LIMIT:
            try:
                task = self._queue.get_nowait()
            except Empty:
                break
            if task is None:
                self._queue.put(None)  # the end is for the next group
                break
            group.append(task)
        return group


def _settle(group: list[_Asked]) -> None:
    """Tell those who wait, with one wake-up for each event loop."""
    for loop in {task.future.get_loop() for task in group}:
        done = [task for task in group if task.future.get_loop() is loop]
        try:
            loop.call_soon_threadsafe(_resolve, done)
        except RuntimeError:
            # The loop is closed, so nobody waits any more; what was done is done.
            continue


def _resolve(done: list[_Asked]) -> None:
    for task in done:
        if task.future.done():
            continue
        if task.error is not None:
            task.future.set_exception(task.error)
        else:
            task.future.set_result(task.value)
