"""A letter whose recipient's server is busy is told from a relay that is."""

from __future__ import annotations

from outreach.model import Lost, Reply, Stage
from outreach.policy.outcome import judge
from outreach.sending.losses import Losses

BUSY = judge(Reply(Stage.RCPT, 450, "4.1.1", "unverified address: host mx said: 421 too many connections"))
CROWDED = judge(Reply(Stage.MAIL, 421, "4.7.0", "too many connections"))
LOST = judge(Lost(Stage.DATA, "connection reset"))


def test_a_letter_that_alone_meets_a_limit_is_put_off() -> None:
    """The third time counts, if other letters were accepted between each two."""
    losses, said = Losses(), []

    for _ in range(3):
        said.append(losses.too_many(1, BUSY))
        losses.accepted()

    assert said == [False, False, True]


def test_a_limit_that_all_letters_meet_is_no_letters_fault() -> None:
    """Neither where none passes meanwhile, nor where it is met before a recipient is named."""
    losses = Losses()

    assert not any(losses.too_many(1, BUSY) for _ in range(9))
    for _ in range(9):
        assert not losses.too_many(2, CROWDED)
        losses.accepted()


def test_the_third_lost_connection_is_one_too_many() -> None:
    """Of the same letter."""
    losses = Losses()

    assert [losses.too_many(number, LOST) for number in (1, 2, 1, 1)] == [False, False, False, True]
