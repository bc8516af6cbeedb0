"""What a person decides: that an unsure letter arrived, or did not, and that a failed one is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from outreach.errors import UsageError
from outreach.ledger.interface import Ledger
from outreach.ledger.values import Decided, Decision
from outreach.model import State


@dataclass(frozen=True, slots=True)
class _Move:
    """From where to where, and the word for the journal."""

    from_state: State
    to_state: State
    what: str
    words: str  # the reason that the log shows


class Verdict(Enum):
    """What may be decided."""

    RESEND = _Move(State.UNSURE, State.PLANNED, "resolve --resend", "not arrived, says")  # it did not arrive
    SENT = _Move(State.UNSURE, State.ACCEPTED, "resolve --sent", "arrived, says")  # it arrived
    RETRY = _Move(State.FAILED, State.PLANNED, "retry", "to be tried again, says")  # try again what was refused


async def decide(
    ledger: Ledger, verdict: Verdict, *, name: str, address_keys: tuple[str, ...], who: str, now: float
) -> Decided:
    """Decide about these addresses, or about all; nobody may be sending the campaign meanwhile.

    UsageError where the ledger does not know the campaign, or an address has no delivery to decide about; the others
    are decided all the same.
    """
    move = verdict.value
    async with ledger.lock(name, holder=who):
        record = await ledger.campaign(name)
        if record is None:
            raise UsageError(f'The ledger knows no campaign "{name}"', "Send it first.")
        await ledger.recover(record.id, owner=who, now=now)
        decided = await ledger.decide(
            Decision(
                record.id,
                (move.from_state,),
                move.to_state,
                address_keys,
                who=who,
                what=move.what,
                now=now,
                reason=f"{move.words} {who}",
            )
        )
    if decided.unmatched:
        others = f"; {decided.moved} others are decided" if decided.moved else ""
        raise UsageError(
            f"{', '.join(decided.unmatched[:3])}: no {move.from_state.value} delivery{others}",
            "outreach log tells how each delivery stands.",
        )
    return decided
