"""The comparison of ledger and relay finds each way in which they can disagree."""

from __future__ import annotations

import pytest

from outreach.ledger.record_values import LogEntry
from outreach.model import Mailbox, RecipientState, Role, State
from tests.reliability.accounting import disagreements
from tests.reliability.relay import Copy


def delivery(state: State, *recipients: tuple[str, State], message_id: str = "<1@x>") -> LogEntry:
    """A delivery with these recipients."""
    states = tuple(RecipientState(Role.TO, Mailbox("", address, address), one) for address, one in recipients)
    return LogEntry("c", recipients[0][0], "", 1, state, 1, "r", "", None, "", "", "", message_id, 0.0, states)


AGREEING: list[tuple[State, int]] = [
    (State.ACCEPTED, 1),
    (State.UNSURE, 0),
    (State.UNSURE, 1),
    (State.SENDING, 1),
    (State.PLANNED, 0),
    (State.DEFERRED, 0),
    (State.FAILED, 0),
]
DISAGREEING: list[tuple[State, int]] = [
    (State.ACCEPTED, 0),
    (State.ACCEPTED, 2),
    (State.UNSURE, 2),
    (State.PLANNED, 1),
    (State.DEFERRED, 1),
    (State.FAILED, 1),
]


@pytest.mark.parametrize(("state", "copies"), AGREEING)
def test_what_agrees_passes(state: State, copies: int) -> None:
    """One copy of what is accepted, one or none of what is unsure, none of what waits or failed."""
    assert disagreements([delivery(state, ("a@x", state))], [Copy(("a@x",), "<1@x>")] * copies) == []


@pytest.mark.parametrize(("state", "copies"), DISAGREEING)
def test_what_disagrees_is_found(state: State, copies: int) -> None:
    """Too many copies or too few are found, with the address."""
    found = disagreements([delivery(state, ("a@x", state))], [Copy(("a@x",), "<1@x>")] * copies)

    assert found == [f"a@x: {state} in the ledger, {copies} copies at the relay"]


def test_each_recipient_counts_for_itself() -> None:
    """A copy that was refused must not be at the relay, although the letter is."""
    letter = delivery(State.ACCEPTED, ("a@x", State.ACCEPTED), ("b@x", State.FAILED))

    assert disagreements([letter], [Copy(("a@x",), "<1@x>")]) == []
    assert disagreements([letter], [Copy(("a@x", "b@x"), "<1@x>")]) == [
        "b@x: failed in the ledger, 1 copies at the relay"
    ]


def test_strangers_are_found() -> None:
    """A copy to an address that the ledger does not know, and one with another Message-ID, are found."""
    letter = delivery(State.ACCEPTED, ("a@x", State.ACCEPTED))

    found = disagreements([letter], [Copy(("a@x",), "<2@x>"), Copy(("c@x",), "<3@x>")])

    assert found == ["a@x: <2@x> at the relay, <1@x> in the ledger", "c@x: a copy at the relay, and not in the ledger"]
