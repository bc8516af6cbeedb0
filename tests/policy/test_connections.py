"""How many connections a relay allows, learnt step by step with a clock of our own."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import pytest

from outreach.policy.connections import ConnectionLimit, LettersPerConnection


class Host:
    """A relay that allows so many connections, and the policy that finds out."""

    def __init__(self, allows: int, *, most: int = 20, hint: float | None = None) -> None:
        self.limit = ConnectionLimit(most)
        self.allows = allows
        self.hint = hint
        self.now = 1000.0
        self.opened = 0
        self.refusals: list[float] = []

    def live(self, seconds: float) -> None:
        """Let lanes open what they may, for so long, a tenth of a second at a time."""
        until = self.now + seconds
        while self.now < until:
            while self.limit.room_in(opened=self.opened, trying=0, now=self.now) == 0:
                self._open_one()
            self.now += 0.1

    def _open_one(self) -> None:
        if self.opened >= self.allows:
            self.refusals.append(self.now)
            self.limit.refused(self.opened, now=self.now, hint=self.hint)
            return
        self.opened += 1
        self.limit.opened(self.opened)
        self.limit.proven(self.opened, now=self.now)


def test_without_a_refusal_all_connections_are_used_at_once() -> None:
    """Where the relay allows them, the settings are the limit."""
    host = Host(allows=20)

    host.live(0.1)

    assert host.opened == 20
    assert host.refusals == []


def test_at_most_twice_as_many_as_were_had_are_tried_at_once() -> None:
    """A relay that allows few is not met by all of them, and one that is away by a single one."""
    limit = ConnectionLimit(20)
    at_first = [limit.room_in(opened=0, trying=trying, now=0) for trying in range(2)]

    for opened in (1, 2, 3, 4):
        limit.opened(opened)
    with_four = [limit.room_in(opened=4, trying=trying, now=0) for trying in range(5)]

    assert at_first == [0, inf]
    assert with_four == [0, 0, 0, 0, inf]


def test_a_known_ceiling_is_tried_seldom() -> None:
    """Three refusals in the first half minute, then one in 40 seconds."""
    host = Host(allows=5)

    host.live(3600)

    rests = [round(later - earlier) for earlier, later in pairwise(host.refusals)]
    assert host.opened == 5
    assert rests[:3] == [2, 10, 20]
    assert set(rests[3:]) == {40}


@pytest.mark.parametrize("lifted_after", [1.0, 5.0, 31.0, 60.0, 100.0, 3000.0])
def test_a_limit_that_is_lifted_is_used_within_a_minute(lifted_after: float) -> None:
    """However long it was known, all connections are back within 60 s."""
    host = Host(allows=5)
    host.live(lifted_after)

    host.allows = 20
    host.live(60)

    assert host.opened == 20


def test_the_number_grows_by_one_each_half_second() -> None:
    """What is allowed again is not taken all at once."""
    host = Host(allows=5)
    host.live(1)
    host.allows = 20

    host.live(2.3)

    assert 7 <= host.opened <= 9


def test_a_ceiling_that_was_lifted_is_forgotten() -> None:
    """When it comes back, it is tried as soon as one that is new."""
    host = Host(allows=5)
    host.live(200)
    host.allows = 20
    host.live(310)
    grown = host.opened
    host.opened = 5

    host.limit.refused(5, now=host.now)

    assert grown == 20
    assert host.limit.room_in(opened=5, trying=0, now=host.now) == pytest.approx(2)


def test_growing_stops_at_the_next_ceiling() -> None:
    """A limit that was raised is found, and held without trying on."""
    host = Host(allows=5)
    host.live(1)
    host.allows = 8
    host.refusals.clear()

    host.live(30)

    assert host.opened == 8
    assert len(host.refusals) == 3


def test_a_lower_ceiling_counts_until_the_higher_one_works_again() -> None:
    """A refusal below the ceiling, as of a connection not quite closed, holds for two seconds and forgets nothing."""
    host = Host(allows=5)
    host.live(60)
    host.opened = 4
    host.limit.refused(4, now=host.now)
    known = len(host.refusals)

    at_once = host.limit.room_in(opened=4, trying=0, now=host.now)
    host.live(3)

    assert at_once == pytest.approx(2)
    assert host.opened == 5
    assert len(host.refusals) == known


def test_only_one_tries_beyond_the_ceiling() -> None:
    """While somebody tries, nobody else does; and nobody does while fewer are open than are allowed."""
    limit = ConnectionLimit(20)
    for opened in range(1, 6):
        limit.opened(opened)
    limit.refused(5, now=0)

    assert limit.room_in(opened=5, trying=0, now=10) == 0
    assert limit.room_in(opened=5, trying=1, now=10) == inf
    assert limit.room_in(opened=4, trying=1, now=10) == inf
    assert limit.room_in(opened=6, trying=0, now=10) == inf


def test_several_that_are_refused_together_are_one_refusal() -> None:
    """The rests get longer with time, not with the number of lanes."""
    limit = ConnectionLimit(20)
    limit.opened(5)
    for _ in range(5):
        limit.refused(5, now=0)

    assert limit.room_in(opened=5, trying=0, now=0) == 2


def test_the_relays_own_hint_is_heeded() -> None:
    """Two minutes are two minutes."""
    host = Host(allows=5, hint=120.0)

    host.live(600)

    rests = [round(later - earlier) for earlier, later in pairwise(host.refusals)]
    assert min(rests) == 120


def test_after_all_were_lost_one_goes_first() -> None:
    """A relay that was away is not met by all lanes at once."""
    host = Host(allows=20)
    host.live(1)

    host.limit.gone()

    assert host.limit.room_in(opened=0, trying=0, now=host.now) == 0
    assert host.limit.room_in(opened=0, trying=1, now=host.now) == inf


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ([(50, True)], 50),
        ([(50, True), (20, True)], 20),
        ([(0, True)], None),
        ([(36, False), (36, False)], None),
        ([(36, False), (36, False), (36, False)], 36),
        ([(36, False), (35, False), (36, False), (36, False)], None),
        ([(0, False)] * 3, None),
    ],
)
def test_letters_on_one_connection_are_learnt(ends: list[tuple[int, bool]], expected: int | None) -> None:
    """At once where the relay says why, else from three ends in a row after the same number."""
    letters = LettersPerConnection()

    for number, told in ends:
        letters.ended(number, told=told)

    assert letters.most == expected
