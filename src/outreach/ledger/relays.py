"""What was found out about relays."""

from __future__ import annotations

from collections.abc import Iterable

import apsw

from outreach.ledger.queries import fetch_rows, sql
from outreach.ledger.transaction import Transaction


def find_relay_faults(db: apsw.Connection, account: str, *, since: float) -> frozenset[str]:
    """What the relay of this account was found to do wrong since then."""
    return frozenset(what for (what,) in fetch_rows(db, "relay_faults", {"account": account, "since": since}))


def note_relay_faults(tx: Transaction, account: str, faults: Iterable[str], *, at: float) -> None:
    """Note what it does wrong."""
    tx.db.executemany(sql("note_relay_fault"), ((account, fault, at) for fault in sorted(faults)))
