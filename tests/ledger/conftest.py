"""The ledgers that the contract tests run against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import apsw
import pytest

from outreach.ledger.sqlite import SqliteLedger, open_ledger

Open = Callable[[], SqliteLedger]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "home" / "ledger.db"


@pytest.fixture(params=["sqlite"])
async def open_again(request: pytest.FixtureRequest, path: Path) -> AsyncIterator[Open]:
    """Opens the same ledger, any number of times, as other processes would."""
    opened: list[SqliteLedger] = []

    def open_one() -> SqliteLedger:
        opened.append(open_ledger(path))
        return opened[-1]

    yield open_one
    for ledger in opened:
        await ledger.close()


@pytest.fixture
def ledger(open_again: Open) -> SqliteLedger:
    """An empty ledger."""
    return open_again()


def execute(path: Path, statement: str, *values: str | int | float | bytes) -> list[tuple[apsw.SQLiteValue, ...]]:
    """Do something to the file behind the ledger's back."""
    connection = apsw.Connection(str(path))
    try:
        connection.set_busy_timeout(5000)
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()
