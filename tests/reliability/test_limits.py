"""The experiments with relays that allow less than the settings do, in short."""

from __future__ import annotations

import pytest

from tests.reliability.limits import ALLOWED, SLOW, lift_in_mid_run, send

pytestmark = pytest.mark.flow


@pytest.mark.parametrize("how", ["", ":mail"])
def test_a_relay_that_allows_few_connections_costs_no_letter_anything(how: str) -> None:
    """However it says so, each letter arrives once at its first charged attempt, and few connections are refused."""
    sent = send(f"limit:connections:{ALLOWED}{how}", SLOW, letters=60, connections=20)

    assert sent.clean
    assert sent.charged_twice == 0
    assert sent.refusals <= 20


def test_a_limit_that_is_lifted_is_used_within_a_minute() -> None:
    """The connections come back while letters flow."""
    sent, seconds = lift_in_mid_run(letters=350, lift_after=20, connections=7)

    assert sent.clean
    assert sent.charged_twice == 0
    assert seconds <= 60


def test_letters_that_a_connection_takes_are_learnt() -> None:
    """The limit is met once by each connection that is open then; later ones are ended before it."""
    sent = send("limit:messages:10", letters=100, connections=2)

    assert sent.clean
    assert sent.charged_twice == 0
    assert sent.refusals <= 2


def test_a_connection_that_ends_harms_no_other_letter() -> None:
    """A 421 or a reset here and there, before a body, charges nobody."""
    sent = send("shutdown:mail:every=37", "reset:rcpt:every=41", letters=200, connections=5)

    assert sent.clean
    assert sent.charged_twice == 0
