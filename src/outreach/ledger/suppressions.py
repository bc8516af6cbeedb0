"""The suppression list, and what it does to open deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import apsw

from outreach.ledger.hashed import find_hashed, hashed_salts, remove_hashed
from outreach.ledger.journal import Chain, RecordKind, to_json
from outreach.ledger.queries import fetch_row, fetch_rows, sql
from outreach.ledger.record_values import Suppression
from outreach.ledger.transaction import Transaction

PAGE = 500


def add_suppressions(tx: Transaction, entries: Sequence[Suppression]) -> int:
    """Add to the list; returns how many were new. Open deliveries to any of them become suppressed."""
    if not entries:
        return 0
    at = max(entry.at for entry in entries)
    chain = tx.open_chain(None, who=entries[0].source, at=at)
    new = 0
    for entry in entries:
        tx.db.execute(sql("add_suppression"), (entry.key, entry.address, entry.reason, entry.source, entry.at))
        if tx.db.changes():
            new += 1
            personal = {"key": entry.key, "address": entry.address, "reason": entry.reason}
            tx.record(chain, RecordKind.DECISION, at=entry.at, body={"what": "suppress"}, personal=personal)
    keys = {"keys": to_json([entry.key for entry in entries])}
    suppress_listed(tx, chain, "listed_of_keys", keys, at=at)
    return new


def remove_suppressions(tx: Transaction, keys: Sequence[str], *, at: float) -> int:
    """Take off the list, and off those that came as digests; returns how many were on any."""
    chain = tx.open_chain(None, who="", at=at)
    salts, _ = hashed_salts(tx.db)
    removed = 0
    for key in keys:
        tx.db.execute(sql("remove_suppression"), (key,))
        listed = tx.db.changes() > 0
        if remove_hashed(tx, key, salts) or listed:
            removed += 1
            tx.record(chain, RecordKind.DECISION, at=at, body={"what": "unsuppress"}, personal={"key": key})
    return removed


def find_suppressions(db: apsw.Connection, keys: Sequence[str]) -> Mapping[str, Suppression]:
    """Those of the addresses that are on the list, or on one that came as digests."""
    rows = db.execute(sql("find_suppressions"), {"keys": to_json(list(keys))})
    found = {row[0]: Suppression(*row) for row in rows}
    salts, _ = hashed_salts(db)
    if salts:
        others = {key: key for key in keys if key not in found}
        found |= {entry.key: entry for entry in find_hashed(db, others, salts)}
    return found


def page_suppressions(db: apsw.Connection, after: str) -> list[Suppression]:
    """The next of the list, by address key."""
    return [Suppression(*row) for row in db.execute(sql("page_suppressions"), {"after": after, "limit": PAGE})]


def suppress_listed(
    tx: Transaction,
    chain: Chain,
    query: str,
    parameters: Mapping[str, int | str],
    *,
    at: float,
) -> None:
    """Let no open delivery of those that the query finds go to an address on the list.

    A listed To suppresses the delivery. A listed copy is left out; when it was all that a delivery still waited
    for, the delivery is accepted, as its To is.
    """
    listed: dict[int, list[tuple[int, str]]] = {}
    for delivery, position, role in fetch_rows(tx.db, query, parameters):
        listed.setdefault(delivery, []).append((position, role))
    slices = set()
    for delivery, places in listed.items():
        slices.add(_suppress(tx, chain, delivery, places, at=at))
    tx.db.executemany(sql("refresh_slice"), slices)


def _suppress(
    tx: Transaction,
    chain: Chain,
    delivery: int,
    places: Sequence[tuple[int, str]],
    *,
    at: float,
) -> tuple[int, int]:
    """Suppress one delivery or some of its copies; returns its campaign and slice."""
    any_to = any(role == "to" for _, role in places)
    tx.db.executemany(sql("suppress_recipient"), [(delivery, position) for position, _ in places])
    row = fetch_row(tx.db, "suppress_to" if any_to else "accept_without_copies", (delivery, at))
    state = None if row is None else row[0]
    campaign, slice_number, attempt = fetch_row(tx.db, "place_of", (delivery,))
    tx.record(
        chain,
        RecordKind.DECISION,
        at=at,
        campaign=campaign,
        delivery=delivery,
        attempt=attempt,
        body={"what": "suppressed", "to": state, "recipients": [position for position, _ in places]},
    )
    return campaign, slice_number
