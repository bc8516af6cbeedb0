"""How a send ended: the balance, the word for it, and the exit code."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.ledger.campaign_values import Balance, CampaignRecord
from outreach.ledger.interface import Ledger
from outreach.model import State
from outreach.sending.prepare import Prepared
from outreach.sending.stop import Ended, Stop

_TROUBLE = (State.SENDING, State.FAILED, State.UNSURE, State.DEFERRED)


@dataclass(frozen=True, slots=True)
class SendReport:
    """How a send ended."""

    campaign: str
    record: CampaignRecord | None
    seal: str  # TEXT-ROWS
    balance: Balance
    ended: Ended
    exit_code: int
    prepared: Prepared
    skipped: int = 0  # bad rows left out on request
    stop: Stop | None = None
    nothing_to_send: bool = False
    findings_forbid: bool = False
    swallowed: bool = False  # the relay is the sink
    seconds: float = 0.0


async def report_on(
    prepared: Prepared, ledger: Ledger, *, name: str, stop: Stop | None = None, limited: bool = False
) -> SendReport:
    """The report of a send that came to its end, or was stopped."""
    balance = Balance.empty() if prepared.record is None else await ledger.balance(prepared.record.id)
    return SendReport(
        campaign=name,
        record=prepared.record,
        seal=prepared.seal,
        balance=balance,
        ended=stop.ended if stop is not None else _ended(balance, limited=limited),
        exit_code=stop.exit_code if stop is not None else _exit_code(balance),
        prepared=prepared,
        skipped=prepared.checked.bad_rows,
        stop=stop,
    )


def _ended(balance: Balance, *, limited: bool) -> Ended:
    """What is still planned was held back by a limit; what is deferred waits for its time, or for the limit."""
    if balance.counts[State.PLANNED] or (limited and balance.counts[State.DEFERRED]):
        return Ended.LIMITED
    return Ended.DEFERRED if balance.counts[State.DEFERRED] else Ended.COMPLETE


def _exit_code(balance: Balance) -> int:
    """1 where something is failed, unsure, deferred or a copy was refused; else 0."""
    return 1 if balance.copies_refused or any(balance.counts[state] for state in _TROUBLE) else 0
