"""Verifying the journal: whether each chain is what was written."""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from outreach.ledger.journal import Record, find_break, opening_digest
from outreach.ledger.queries import fetch_rows, sql


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain of the journal is not what was written."""

    chain: int
    seq: int  # the first record that was changed, or that stands where another was


def verify_journal(db: apsw.Connection) -> tuple[Break, ...]:
    """The first break of each chain that has one."""
    breaks = []
    for number, campaign, who, account, opened_at in fetch_rows(db, "all_chains"):
        rows = db.execute(sql("records_of_chain"), {"chain": number})
        opening = opening_digest(number, campaign, who, account, opened_at)
        seq = find_break(number, opening, (Record(*row) for row in rows))
        if seq is not None:
            breaks.append(Break(number, seq))
    return tuple(breaks)
