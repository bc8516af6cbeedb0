"""The border to SQLite's errors: what they mean for the user."""

from __future__ import annotations

from pathlib import Path

import apsw

from outreach.errors import LedgerDamaged, LedgerError, LedgerLocked, LedgerNewer, LedgerUnwritable

_CHECK_DISK = "Check the disk, and that the file and its folder are yours to write."
_RESTORE = (
    "Restore a backup of this file together with its -wal file; without one, rescue what can be read with "
    '`sqlite3 OLD ".recover" | sqlite3 NEW` and keep the damaged file.'
)


def as_ledger_error(error: Exception, path: Path) -> LedgerError | None:
    """What an error of SQLite or of the file system means for the user; None for a mistake of ours."""
    match error:
        case apsw.NotADBError() | apsw.CorruptError() | apsw.FormatError():
            return damaged(path, str(error))
        case apsw.FullError():
            return LedgerUnwritable(f"{path}: the disk is full", "Free some space and run the same command again.")
        case apsw.BusyError() | apsw.LockedError():
            return LedgerLocked(
                f"{path}: another command has been writing to the ledger for a minute",
                "Wait until it has ended, then run the same command again.",
            )
        case apsw.ReadOnlyError() | apsw.IOError() | apsw.CantOpenError() | apsw.PermissionsError() | OSError():
            return LedgerUnwritable(
                f"{path}: the ledger can't be read or written ({error})",
                _CHECK_DISK,
            )
    return None


def unsynced(path: Path, error: OSError) -> LedgerUnwritable:
    """What was written may not be on the disk."""
    return LedgerUnwritable(f"{path}: the disk did not take what was written to the ledger ({error})", _CHECK_DISK)


def damaged(path: Path, why: str) -> LedgerDamaged:
    """The file is not a ledger, or not a whole one."""
    return LedgerDamaged(f"{path}: not a ledger of outreach, or a damaged one ({why})", _RESTORE)


def newer(path: Path, version: int) -> LedgerNewer:
    """The file was written by a later version of outreach."""
    return LedgerNewer(
        f"{path}: the ledger was written by a later version of outreach (its schema is number {version})",
        "Install that version; an older one would not understand what it remembers.",
    )


def read_only(path: Path) -> LedgerUnwritable:
    """Something asked a ledger that was opened for reading to change."""
    return LedgerUnwritable(
        f"{path}: the ledger was opened for reading only",
        "This is a fault in outreach, and nothing was changed: please report this line.",
    )
