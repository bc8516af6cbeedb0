"""The schema and its numbered migrations, each applied in one transaction."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import apsw

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.ledger.failures import damaged, newer

APPLICATION_ID = 1869968498  # "outr", in the header of the file


def migrations() -> tuple[str, ...]:
    """The migrations in order; number one comes first."""
    entries = (entry for entry in files(__package__).joinpath("migrations").iterdir() if entry.name.endswith(".sql"))
    return tuple(entry.read_text(encoding="utf-8") for entry in sorted(entries, key=lambda entry: entry.name))


def migrate(connection: apsw.Connection, path: Path, *, upto: int | None = None) -> None:
    """Bring the schema to the newest version, or to number `upto`. LedgerNewer, LedgerDamaged."""
    scripts = migrations()[:upto]
    while schema_version(connection, path) < len(scripts):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have migrated while this one waited for its turn.
            version = schema_version(connection, path)
            if version < len(scripts):
                connection.execute(scripts[version])
                connection.pragma("user_version", version + 1)
            if crashpoints.hook:
                crashpoints.hook(CrashPoint.MIGRATING)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def schema_version(connection: apsw.Connection, path: Path) -> int:
    """The number of the last migration; 0 for an empty database. LedgerNewer, LedgerDamaged."""
    version = int(connection.pragma("user_version"))
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    application = int(connection.pragma("application_id"))
    if application != APPLICATION_ID and (application, version, tables) != (0, 0, (0,)):
        raise damaged(path, "a database of another program")
    if version > len(migrations()):
        raise newer(path, version)
    return version
