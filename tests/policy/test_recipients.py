"""The state of a delivery from those of its recipients."""

from __future__ import annotations

from itertools import product

import pytest

from outreach.model import Mailbox, RecipientState, Role, State
from outreach.policy.recipients import delivery_state

MAILBOX = Mailbox("", "a@x.example", "a@x.example")


def make(*parts: tuple[Role, State]) -> list[RecipientState]:
    """Recipients in these roles and states."""
    return [RecipientState(role, MAILBOX, state) for role, state in parts]


@pytest.mark.parametrize(("to", "cc"), list(product(State, State)))
def test_one_to_and_a_copy(to: State, cc: State) -> None:
    """Unsure if either is, else deferred if either is, else what the To is, whatever became of the copy."""
    expected = to
    if State.DEFERRED in (to, cc):
        expected = State.DEFERRED
    if State.UNSURE in (to, cc):
        expected = State.UNSURE

    assert delivery_state(make((Role.TO, to), (Role.CC, cc))) is expected
    assert delivery_state(make((Role.BCC, cc), (Role.TO, to))) is expected


@pytest.mark.parametrize(("first", "second"), list(product(State, State)))
def test_several_to_are_accepted_only_together(first: State, second: State) -> None:
    """With two To, in whatever order, the delivery is what one of them is, and accepted exactly when both are."""
    state = delivery_state(make((Role.TO, first), (Role.TO, second)))

    assert (state is State.ACCEPTED) == (first is second is State.ACCEPTED)
    assert state in (first, second)
    assert state is delivery_state(make((Role.TO, second), (Role.TO, first)))


def test_a_refused_to_outweighs_an_accepted_one() -> None:
    """When one of two To has failed, the delivery has."""
    assert delivery_state(make((Role.TO, State.ACCEPTED), (Role.TO, State.FAILED))) is State.FAILED


def test_a_delivery_has_a_to() -> None:
    """Copies alone are no delivery."""
    with pytest.raises(ValueError, match="without a To"):
        delivery_state(make((Role.CC, State.ACCEPTED)))
