"""The schema and its migrations."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from outreach.ledger.connect import open_connection
from outreach.ledger.migrate import APPLICATION_ID, migrate, migrations


def schema(connection: apsw.Connection) -> list[tuple[apsw.SQLiteValue, ...]]:
    """Everything in the database but its rows."""
    return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name").fetchall()


def test_a_migrated_schema_is_a_fresh_one(tmp_path: Path) -> None:
    """A ledger that was migrated one version at a time has the schema of one that was made at once."""
    path = tmp_path / "old.db"
    old = apsw.Connection(str(path))
    for version in range(1, len(migrations()) + 1):
        migrate(old, path, upto=version)
    fresh = open_connection(tmp_path / "new.db", read_only=False)

    assert schema(old) == schema(fresh.connection)
    assert old.pragma("user_version") == fresh.connection.pragma("user_version") == len(migrations())
    assert old.pragma("application_id") == fresh.connection.pragma("application_id") == APPLICATION_ID
    old.close()
    fresh.close()


def test_a_failed_migration_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails half-way is undone, and the version stays what it was."""
    path = tmp_path / "ledger.db"
    connection = apsw.Connection(str(path))
    scripts = ("CREATE TABLE half (a INTEGER); CREATE TABLE half (a INTEGER)",)
    monkeypatch.setattr("outreach.ledger.migrate.migrations", lambda: scripts)

    with pytest.raises(apsw.SQLError, match="already exists"):
        migrate(connection, path)

    assert schema(connection) == []
    assert connection.pragma("user_version") == 0
    connection.close()


def test_tables_are_strict(tmp_path: Path) -> None:
    """Every table keeps to its types."""
    opened = open_connection(tmp_path / "ledger.db", read_only=False)
    tables = opened.connection.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table'").fetchall()
    opened.close()

    assert [name for name, strict in tables if not strict and not str(name).startswith("sqlite_")] == []
    assert len(tables) > 10
