"""The states of a delivery's envelope recipients, read from its row and, where there are several, from theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import apsw

from outreach.ledger.journal import to_json
from outreach.ledger.queries import sql
from outreach.model import Contact, RecipientState, Reply, Stage, State

# state, stage, code, enhanced, reply
Standing = tuple[str, str, int | None, str, str]

# Looked up for every delivery: a fifth of the time that the enumerations' own calls take.
STATES = {state.value: state for state in State}
_STAGES = {stage.value: stage for stage in Stage}


def reply_of(stage: str, code: int | None, enhanced: str, text: str) -> Reply | None:
    """The reply that these columns hold; None where the relay gave none."""
    return None if code is None else Reply(_STAGES[stage], code, enhanced, text)


def recipient_states(contact: Contact, standings: Sequence[Standing]) -> tuple[RecipientState, ...]:
    """The recipients with their states, in order."""
    return tuple(
        [
            RecipientState(role, mailbox, STATES[state], reply_of(stage, code, enhanced, text))
            for (role, mailbox), (state, stage, code, enhanced, text) in zip(contact.envelope, standings, strict=True)
        ],
    )


def standings_of(db: apsw.Connection, deliveries: Iterable[int]) -> dict[int, list[Standing]]:
    """The rows of those deliveries that have several recipients."""
    found: dict[int, list[Standing]] = {}
    for delivery, *standing in db.execute(sql("recipients_of"), {"deliveries": to_json(list(deliveries))}):
        state, stage, code, enhanced, reply = standing
        found.setdefault(delivery, []).append((state, stage, code, enhanced, reply))
    return found
