"""Runs: beginning one, what its account may still send, and finding out what a run that died has left behind."""

from __future__ import annotations

import apsw

from outreach.ledger.budget import reserve_times
from outreach.ledger.connect import grow_log
from outreach.ledger.journal import Chain, RecordKind
from outreach.ledger.queries import fetch_row, fetch_rows, sql
from outreach.ledger.run_values import RunRequest, SigningKeyRecord
from outreach.ledger.transaction import Run, Transaction
from outreach.model import Concern, Kind, State

_REASON = "the run that sent it ended before the reply came"


def start_run(tx: Transaction, request: RunRequest) -> int:
    """Open the run's chain, make what a dead run left `sending` unsure, and free its slices.

    Whoever holds the campaign's lock knows that nobody else is sending it.
    """
    grow_log(tx.db, request.letters)
    unsure = recover(tx, request.campaign_id, owner=request.owner, at=request.now)
    campaign = _number(tx, request.campaign_id)
    chain = tx.open_chain(campaign, who=request.owner, at=request.now, account=request.account)
    tx.db.executemany(sql("note_signing_key"), ((key.name, key.fingerprint, request.now) for key in request.keys))
    tx.begin_run(Run(campaign, request.owner, request.account, request.quotas), chain)
    return unsure


def reserve(tx: Transaction, key: str, interval: float, count: int, now: float) -> float:
    """Reserve the next `count` sending times of the run's account, `interval` seconds apart; the first of them."""
    return reserve_times(tx.db, (tx.run.account, key), interval=interval, count=count, now=now)


def units_left(tx: Transaction, now: float, units: int) -> tuple[int | None, float]:
    """What is left in the tightest window (None: no quota), and when so many units are free."""
    return tx.budget.left(now, units=units)


def find_signing_key(db: apsw.Connection, name: str) -> SigningKeyRecord | None:
    """The key that letters were first signed with under this name in the DNS."""
    row = fetch_row(db, "find_signing_key", {"name": name})
    return None if row is None else SigningKeyRecord(*row)


def recover(tx: Transaction, campaign_id: str, *, owner: str, at: float) -> int:
    """Make what a dead run left `sending` unsure, and free its slices; returns how many became unsure."""
    campaign = _number(tx, campaign_id)
    left = fetch_rows(tx.db, "left_sending", {"campaign": campaign})
    if left:
        _make_unsure(tx, campaign, left, chain=tx.open_chain(campaign, who=owner, at=at), at=at)
    slices = fetch_rows(tx.db, "free_slices", {"campaign": campaign})
    tx.db.executemany(sql("refresh_slice"), ((campaign, number) for (number,) in slices))
    return len(left)


def _number(tx: Transaction, campaign_id: str) -> int:
    row = fetch_row(tx.db, "campaign_number", {"id": campaign_id})
    if row is None:
        raise ValueError(f"no campaign has the id {campaign_id}")
    return int(row[0])


def _make_unsure(tx: Transaction, campaign: int, left: list[tuple[int, int]], *, chain: Chain, at: float) -> None:
    for delivery, attempt in left:
        tx.record(
            chain,
            RecordKind.RESULT,
            at=at,
            campaign=campaign,
            delivery=delivery,
            attempt=attempt,
            body={"state": State.UNSURE, "kind": Kind.UNSURE, "concern": Concern.MESSAGE, "charged": True},
            personal={"reason": _REASON},
        )
    tx.db.executemany(sql("recover_recipients"), ((delivery,) for delivery, _ in left))
    tx.db.executemany(sql("recover_delivery"), ((delivery, at, _REASON) for delivery, _ in left))
