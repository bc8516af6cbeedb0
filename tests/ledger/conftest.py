"""The ledgers that the contract tests run against."""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from outreach.ledger import beside
from outreach.ledger.sqlite import SqliteLedger, open_ledger

Open = Callable[[], SqliteLedger]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "home" / "ledger.db"


@pytest.fixture(params=["sqlite", "beside"])
async def open_again(request: pytest.FixtureRequest, path: Path) -> AsyncIterator[Open]:
    """Opens the same ledger, any number of times, as other processes would.

    "beside": what a run asks goes the way that it goes to another process.
    """
    opened: list[SqliteLedger] = []

    def open_one() -> SqliteLedger:
        opened.append(open_ledger(path))
        if request.param == "beside":
            run_beside(opened[-1], path)
        return opened[-1]

    yield open_one
    for ledger in opened:
        await ledger.close()


@pytest.fixture
def ledger(open_again: Open) -> SqliteLedger:
    """An empty ledger."""
    return open_again()


def run_beside(ledger: SqliteLedger, path: Path) -> None:
    """Let what a run asks of the ledger go to the other end of it, as to another process."""
    handle, settle = beside.setup(str(path))

    async def ask(what: object) -> Any:
        ((value, error),) = handle(pickle.loads(pickle.dumps([what])))
        settle()
        if error is not None:
            raise pickle.loads(pickle.dumps(error))
        return pickle.loads(pickle.dumps(value))

    there = beside.LedgerBeside(ask)
    for name in ("start_run", "take_slice", "release_slice", "next_due", "commit", "reserve", "quota_left"):
        setattr(ledger, name, getattr(there, name))


def execute(path: Path, statement: str, *values: str | int | float | bytes) -> list[tuple[apsw.SQLiteValue, ...]]:
    """Do something to the file behind the ledger's back."""
    connection = apsw.Connection(str(path))
    try:
        connection.set_busy_timeout(5000)
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()
