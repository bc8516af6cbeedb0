"""The state of a delivery from the states of its recipients."""

from __future__ import annotations

from collections.abc import Sequence

from outreach.model import RecipientState, Role, State

# Of several To the one that is furthest from having the letter speaks for all: unless all have it, nobody has.
_FURTHEST_FIRST = (
    State.UNSURE,
    State.DEFERRED,
    State.FAILED,
    State.SUPPRESSED,
    State.CANCELLED,
    State.SENDING,
    State.PLANNED,
    State.BOUNCED,
    State.COMPLAINED,
    State.ACCEPTED,
)


def delivery_state(recipients: Sequence[RecipientState]) -> State:
    """Unsure if any recipient is, else deferred if any is, else what the To is.

    Of several To, accepted only if all are. A refused or suppressed copy changes nothing here. ValueError without a To.
    """
    states = {recipient.state for recipient in recipients}
    for overriding in (State.UNSURE, State.DEFERRED):
        if overriding in states:
            return overriding
    tos = {recipient.state for recipient in recipients if recipient.role is Role.TO}
    if not tos:
        raise ValueError("a delivery without a To")
    return min(tos, key=_FURTHEST_FIRST.index)
