"""What a person decides: that a letter arrived, did not, came back, or is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from outreach.errors import UsageError
from outreach.ledger.interface import Ledger
from outreach.ledger.record_values import Decided, Decision
from outreach.model import State


@dataclass(frozen=True, slots=True)
class _Move:
    """From where to where, and the words for the journal and the log."""

    from_states: tuple[State, ...]
    to_state: State
    what: str
    words: str  # the reason that the log shows


class Verdict(Enum):
    """What may be decided."""

    RESEND = _Move((State.UNSURE,), State.PLANNED, "resolve --resend", "not arrived, says")
    SENT = _Move((State.UNSURE,), State.ACCEPTED, "resolve --sent", "arrived, says")
    RETRY = _Move((State.FAILED,), State.PLANNED, "retry", "to be tried again, says")
    BOUNCED = _Move((State.ACCEPTED, State.UNSURE), State.BOUNCED, "mark bounced", "came back, says")


async def decide(
    ledger: Ledger,
    verdict: Verdict,
    *,
    name: str,
    address_keys: tuple[str, ...],
    who: str,
    now: float,
    reason: str = "",
) -> Decided:
    """Decide about these addresses, or about all; nobody may be sending the campaign meanwhile.

    UsageError where the ledger does not know the campaign, or an address has no delivery to decide about; the others
    are decided all the same.
    """
    move = verdict.value
    async with ledger.lock(name, holder=who):
        record = await ledger.campaign(name)
        if record is None:
            raise UsageError(
                f'The ledger knows no campaign "{name}"',
                "Nothing of it was sent yet; outreach campaigns lists those that the ledger knows.",
            )
        await ledger.recover(record.id, owner=who, now=now)
        decided = await ledger.decide(
            Decision(
                record.id,
                move.from_states,
                move.to_state,
                address_keys,
                who=who,
                what=move.what,
                now=now,
                reason=f"{move.words} {who}: {reason}" if reason else f"{move.words} {who}",
            )
        )
    if decided.unmatched:
        states = " or ".join(state.value for state in move.from_states)
        others = f"; {decided.moved} others are decided" if decided.moved else ""
        raise UsageError(
            f"{', '.join(decided.unmatched[:3])}: no delivery that is {states}{others}",
            "outreach log tells how each delivery stands.",
        )
    return decided
