"""Runs: beginning one, and finding out what a run that died has left behind."""

from __future__ import annotations

from outreach.ledger.interface import RunRequest
from outreach.ledger.journal import Chain, RecordKind
from outreach.ledger.queries import fetch_row, fetch_rows, sql
from outreach.ledger.transaction import Run, Transaction
from outreach.model import Concern, Kind, State

_REASON = "the run that sent it ended before the reply came"


def start_run(tx: Transaction, request: RunRequest) -> int:
    """Open the run's chain, make what a dead run left `sending` unsure, and free its slices.

    Whoever holds the campaign's lock knows that nobody else is sending it.
    """
    row = fetch_row(tx.db, "campaign_number", {"id": request.campaign_id})
    if row is None:
        raise ValueError(f"no campaign has the id {request.campaign_id}")
    campaign = int(row[0])
    chain = tx.open_chain(campaign, who=request.owner, at=request.now, account=request.account)
    unsure = _recover(tx, campaign, chain, at=request.now)
    slices = fetch_rows(tx.db, "free_slices", {"campaign": campaign})
    tx.db.executemany(sql("refresh_slice"), ((campaign, number) for (number,) in slices))
    tx.begin_run(Run(campaign, request.owner, request.account, request.quotas), chain)
    return unsure


def _recover(tx: Transaction, campaign: int, chain: Chain, *, at: float) -> int:
    left = fetch_rows(tx.db, "left_sending", {"campaign": campaign})
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
    return len(left)
