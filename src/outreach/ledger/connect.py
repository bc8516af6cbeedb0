"""Opening the ledger's file: to write, or to read without leaving a trace."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import apsw

from outreach.errors import LedgerUnwritable
from outreach.ledger.durable import grow, make_folder, sync
from outreach.ledger.failures import as_ledger_error, unsynced
from outreach.ledger.migrate import migrate, migrations, schema_version

_BUSY_MILLISECONDS = 60_000  # planning a million rows is the longest write
_COPY_TRIES = 5
_LOG_PAGES = 8000  # of the -wal, then they go into the database; neighbouring letters rewrite the same ones
_LOG_BYTES = _LOG_PAGES * (4096 + 24)
_LETTER_BYTES = 16 * 1024  # of the -wal, where letters are many
_MANY = 100
_COMPANIONS = ("-wal", "-journal")  # files that hold what has not been moved into the database yet


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection, and how to let go of all that came with it."""

    connection: apsw.Connection
    close: Callable[[], None]


def open_connection(path: Path, *, read_only: bool) -> Opened:
    """Open the ledger at this path. LedgerDamaged, LedgerNewer, LedgerUnwritable.

    To write: what is missing is made, the folder for its owner only (0700), the file likewise (0600).
    To read only: nothing is made or left behind, and a file that is not there reads as an empty ledger.
    """
    try:
        return _open_to_read(path) if read_only else _open_to_write(path)
    except (apsw.Error, OSError) as error:
        known = as_ledger_error(error, path)
        if known is None:
            raise
        raise known from error


def grow_log(connection: apsw.Connection, letters: int) -> None:
    """Give the -wal the size that a run of so many letters will need. Call it as the first thing in a transaction.

    SQLite reads a -wal up to the first frame that is not of its present round, and zeros are none. Whoever is in a
    transaction that writes is alone with the file.
    """
    if letters >= _MANY and connection.filename_wal:
        grow(Path(connection.filename_wal), min(_LOG_BYTES, letters * _LETTER_BYTES))


def without_waiting(connection: apsw.Connection, path: Path) -> Callable[[], None]:
    """From now on a commit does not wait for the disk; what is returned does, for all commits before; or LedgerError.

    After a power loss the ledger is as it was at some commit; what was waited for is in it.
    """
    connection.pragma("synchronous", "normal")
    handle = os.open(connection.filename_wal, os.O_RDWR)

    def wait() -> None:
        try:
            sync(handle)
        except OSError as error:
            raise unsynced(path, error) from error

    return wait


def _open_to_write(path: Path) -> Opened:
    make_folder(path.parent)
    if not path.exists():
        # SQLite gives the -wal and -shm files the rights of this one. Opening a file that is there already
        # would do harm: closing it again drops the locks that SQLite holds on it in this process.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    return _prepared(connection, path, connection.close)


def _open_to_read(path: Path) -> Opened:
    if not path.exists():
        connection = apsw.Connection(":memory:")
        return _prepared(connection, path, connection.close)
    if any(_companion(path, suffix).exists() for suffix in _COMPANIONS):
        return _open_copy(path)
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    connection = apsw.Connection(address, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        if schema_version(connection, path) == len(migrations()):
            _set_up(connection)
            return Opened(connection, connection.close)
    except BaseException:
        connection.close()
        raise
    connection.close()
    return _open_copy(path)  # an older one is migrated there


def _open_copy(path: Path) -> Opened:
    folder = Path(tempfile.mkdtemp(prefix="outreach-"))
    try:
        copy = folder / "ledger.db"
        _copy_consistently(path, copy)
        connection = apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READWRITE)

        def close() -> None:
            connection.close()
            shutil.rmtree(folder, ignore_errors=True)

        return _prepared(connection, path, close)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _copy_consistently(path: Path, copy: Path) -> None:
    """Copy a database that may be written to meanwhile.

    Checkpoints overwrite pages of the database only with what the -wal holds, so a mixture of old and new pages is
    mended by the -wal that is copied after it, unless that was begun anew: its header would show other salts.
    """
    for _ in range(_COPY_TRIES):
        before = _wal_header(path)
        shutil.copyfile(path, copy)
        for suffix in _COMPANIONS:
            if _companion(path, suffix).exists():
                shutil.copyfile(_companion(path, suffix), _companion(copy, suffix))
        if before == _wal_header(path):
            return
        _companion(copy, "-wal").unlink(missing_ok=True)
    raise LedgerUnwritable(f"{path}: the ledger changes too fast to be read now", "Try again in a moment.")


def _wal_header(path: Path) -> bytes:
    try:
        with _companion(path, "-wal").open("rb") as wal:
            return wal.read(32)
    except FileNotFoundError:
        return b""


def _companion(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _prepared(connection: apsw.Connection, path: Path, close: Callable[[], None]) -> Opened:
    try:
        connection.set_busy_timeout(_BUSY_MILLISECONDS)
        schema_version(connection, path)  # before anything is written to a file that may not be ours
        connection.pragma("journal_mode", "wal")
        migrate(connection, path)
        _set_up(connection)
    except BaseException:
        close()
        raise
    return Opened(connection, close)


def _set_up(connection: apsw.Connection) -> None:
    connection.pragma("synchronous", "full")  # a commit is on the disk before the letter leaves
    connection.pragma("fullfsync", True)  # on macOS only this reaches the platter
    connection.pragma("foreign_keys", True)
    connection.pragma("temp_store", "file")  # a million rows of a list must not fill the memory
    connection.pragma("cache_size", -32768)  # KB; more brings nothing, also for a million rows
    connection.pragma("journal_size_limit", 64 << 20)
    connection.pragma("wal_autocheckpoint", _LOG_PAGES)
    # Without this guarantee the planner looks at parameters, and prepares some statements anew with every letter:
    # 200 µs instead of 25.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.execute("CREATE TEMP TABLE chosen (delivery INTEGER PRIMARY KEY, number INTEGER, state TEXT) STRICT")
