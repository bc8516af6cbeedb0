"""Doing what was asked of the database: one transaction for many changes, and one for each where that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import apsw

from outreach.errors import LedgerError
from outreach.ledger.attempt_groups import Call, commit_group
from outreach.ledger.connect import Opened
from outreach.ledger.failures import as_ledger_error
from outreach.ledger.transaction import Session, Transaction


@dataclass(slots=True)
class Task:
    """One of a change, attempts or a question, and what came of it. Any: what it returns is the asker's to know."""

    change: Callable[[Transaction], Any] | None = None
    attempts: Call | None = None
    question: Callable[[apsw.Connection], Any] | None = None  # outside of any transaction; changes nothing that lasts
    value: Any = None
    error: BaseException | None = None


AnyTask = TypeVar("AnyTask", bound=Task)


class GroupCommit:
    """Does tasks in order, with one connection and what is remembered between its transactions."""

    def __init__(self, opened: Opened, path: Path, token_bytes: Callable[[int], bytes]) -> None:
        self._opened = opened
        self._path = path
        self._token_bytes = token_bytes
        self._session = Session()

    def do(self, tasks: Sequence[AnyTask]) -> Iterator[list[AnyTask]]:
        """Do them; yields those that are done, and durable on disk where they changed something."""
        for are_changes, alike in groupby(tasks, key=lambda task: task.question is None):
            if are_changes:
                changes = list(alike)
                self._commit(changes)
                yield changes
                continue
            for task in alike:
                self._answer(task)
                yield [task]

    def close(self) -> None:
        """Let go of the database."""
        self._opened.close()

    def _answer(self, task: Task) -> None:
        if task.question:
            try:
                task.value = task.question(self._opened.connection)
            except BaseException as error:
                # It belongs to whoever asked.
                task.error = self._translate(error)

    def _commit(self, group: Sequence[Task]) -> None:
        """Do the group in one transaction; where one of several fails, each has one of its own."""
        error = self._transact(group)
        if error is not None and len(group) > 1 and not isinstance(error, LedgerError):
            for task in group:
                task.error = self._transact([task])
        else:
            # Where the database itself failed, the others would meet the same.
            for task in group:
                task.error = error

    def _transact(self, group: Sequence[Task]) -> BaseException | None:
        try:
            transaction = Transaction(self._opened.connection, self._session, self._token_bytes)
            try:
                _change(transaction, group)
                transaction.commit()
            except BaseException:
                transaction.roll_back()
                raise
        except BaseException as error:
            # It belongs to those who asked.
            return self._translate(error)
        return None

    def _translate(self, error: BaseException) -> BaseException:
        known = as_ledger_error(error, self._path) if isinstance(error, Exception) else None
        if known is None:
            return error
        known.__cause__ = error
        return known


def _change(transaction: Transaction, group: Iterable[Task]) -> None:
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
