"""The suppression list as a file: with addresses, or with keyed digests of them, to be exchanged without addresses.

A digest is HMAC-SHA-256 of the address in lower case, its domain as A-labels (RFC 5890), in UTF-8. The key of it is the
salt, 16 octets drawn anew for each file, which stands beside it; both are hex.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from outreach.contacts.address import AddressError, parse_mailbox
from outreach.contacts.basis import read_moment
from outreach.contacts.characters import show
from outreach.contacts.reader import read_rows
from outreach.contacts.rows import Row
from outreach.errors import ContentError, Problem, SettingsError
from outreach.ledger.hashed import hash_address
from outreach.ledger.interface import Ledger
from outreach.ledger.record_values import HashedSuppression, Suppression

COLUMNS = ("email", "reason", "source", "at")
HASHED_COLUMNS = ("hash", "salt")

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SALT = re.compile(r"(?:[0-9a-f]{2}){8,64}")
_FORMULA = ("=", "+", "-", "@", "'")  # what a spreadsheet takes for a formula, and the mark that says it is none


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of entries whose file does not say it."""

    reason: str
    source: str
    now: float


async def plain_rows(ledger: Ledger) -> list[tuple[str, ...]]:
    """Every entry as cells under COLUMNS."""
    return [
        (_as_text(entry.address), _as_text(entry.reason), _as_text(entry.source), _iso(entry.at))
        async for entry in ledger.suppressions()
    ]


async def hashed_rows(ledger: Ledger, salt: bytes) -> list[tuple[str, ...]]:
    """Every entry as cells under HASHED_COLUMNS: nothing but digests, whose order tells nothing either."""
    digests = [hash_address(salt, entry.key) async for entry in ledger.suppressions()]
    return [(digest, salt.hex()) for digest in sorted(digests)]


def read_suppressions(path: Path, given: Given, *, encoding: str = "") -> Iterator[Suppression | HashedSuppression]:
    """The entries of a file in any format that a list may have; SettingsError where one is wrong.

    `encoding` counts where the file is neither marked nor UTF-8.
    """
    columns = {"email", "hash"}
    for row in _rows(path, encoding):
        where = f"{path}:{row.number}"
        if columns.isdisjoint(row.cells):
            raise SettingsError(
                f'{where}: neither a column "email" nor a column "hash"',
                "Name the column of the addresses email; for a file with one address a line: suppress add --file FILE.",
            )
        cells = {name: _from_text(text) for name, text in row.cells.items()}
        yield _hashed(cells, given, where) if cells.get("hash") else _plain(cells, given, where)


def _rows(path: Path, encoding: str) -> Iterator[Row]:
    """The rows. What is wrong with them is no finding in a campaign."""
    try:
        for row in read_rows(path, shown=str(path), encoding=encoding):
            if isinstance(row, Problem):
                raise _refused(row)
            yield row
    except ContentError as error:
        raise _refused(error.problem) from error


def _refused(problem: Problem) -> SettingsError:
    error = ContentError(problem)
    return SettingsError(error.what, error.remedy)


def _plain(cells: Mapping[str, str], given: Given, where: str) -> Suppression:
    try:
        mailbox = parse_mailbox(cells.get("email", ""))
    except AddressError as error:
        raise SettingsError(f"{where}: {error}", "Correct the row, or take it out; nothing was imported.") from error
    reason, source, at = _about(cells, given, where)
    return Suppression(mailbox.key, mailbox.address, reason, source, at)


def _hashed(cells: Mapping[str, str], given: Given, where: str) -> HashedSuppression:
    digest, salt = cells["hash"].lower(), cells.get("salt", "").lower()
    if not (_DIGEST.fullmatch(digest) and _SALT.fullmatch(salt)):
        raise SettingsError(
            f"{where}: not a digest of 64 hex digits with its salt beside it",
            "Ask for the file anew, as outreach suppress export --hashed writes it; nothing was imported.",
        )
    reason, source, at = _about(cells, given, where)
    return HashedSuppression(bytes.fromhex(salt), digest, reason, source, at)


def _about(cells: Mapping[str, str], given: Given, where: str) -> tuple[str, str, float]:
    """Reason, source and time of a row."""
    text = cells.get("at", "")
    try:
        at = min(read_moment(text), given.now) if text else given.now
    except ValueError:
        raise SettingsError(
            f'{where}: column "at": {show(text)} is not a time', "Write it as 2023-10-16T09:00:00+09:00."
        ) from None
    return cells.get("reason") or given.reason, cells.get("source") or given.source, at


def _as_text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _from_text(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _iso(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()
