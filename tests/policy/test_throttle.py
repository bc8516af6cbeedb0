"""A lower pace for a while, with a clock of our own."""

from __future__ import annotations

import pytest

from outreach.model import Concern, Kind, Outcome, Reply, Stage
from outreach.policy.outcome import judge
from outreach.policy.throttle import PaceLimit, Repeats


def flowing(limit: PaceLimit, *, rate: float, until: float, seconds: float = 10.0) -> None:
    """Letters are accepted at this rate, up to that time."""
    for number in range(int(rate * seconds), -1, -1):
        limit.accepted(until - number / rate)


def test_nothing_is_slow_without_a_complaint() -> None:
    """The pace is what the settings say, and nothing rests."""
    assert [PaceLimit(rate).rate(5.0) for rate in (None, 2.0)] == [None, 2.0]
    assert PaceLimit(2.0).rest_in(5.0) == 0
    assert not PaceLimit(2.0).is_slow(5.0)


@pytest.mark.parametrize(("configured", "flows", "expected"), [(None, 40.0, 20.0), (10.0, 40.0, 5.0), (10.0, 4.0, 2.0)])
def test_a_complaint_halves_the_pace(configured: float | None, flows: float, expected: float) -> None:
    """The pace is what was measured, or what is set where that is lower."""
    limit = PaceLimit(configured)
    flowing(limit, rate=flows, until=100.0)

    limit.complaint(100.0, hint=None)

    assert limit.rate(100.0) == pytest.approx(expected, rel=0.05)
    assert limit.is_slow(100.0)


def test_the_pace_grows_evenly_and_not_above_the_settings() -> None:
    """After a hundred seconds all is as before, and stays so."""
    limit = PaceLimit(10.0)
    flowing(limit, rate=10.0, until=100.0)

    limit.complaint(100.0, hint=None)

    assert limit.rate(101.0 + 50.0) == pytest.approx(7.5, rel=0.02)
    assert limit.rate(101.0 + 101.0) == 10.0
    assert limit.rate(5000.0) == 10.0
    assert not limit.is_slow(5000.0)


def test_each_complaint_after_an_accepted_letter_halves_again() -> None:
    """The pace comes down to what the relay takes."""
    limit = PaceLimit(None)
    flowing(limit, rate=40.0, until=100.0)

    limit.complaint(100.0, hint=None)
    limit.accepted(102.0)
    flowing(limit, rate=20.0, until=112.0)
    limit.complaint(112.0, hint=None)

    assert limit.rate(112.0) == pytest.approx(10.0, rel=0.15)


def test_complaints_without_an_accepted_letter_lengthen_the_rest() -> None:
    """1, 2, 4 … seconds, up to five minutes; the pace is halved but once."""
    limit = PaceLimit(8.0)
    flowing(limit, rate=8.0, until=100.0)
    now, rests = 100.0, list[float]()
    for _ in range(11):
        limit.complaint(now, hint=None)
        rests.append(limit.rest_in(now))
        now += rests[-1]

    assert rests == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert limit.rate(now) == pytest.approx(4.0, rel=0.02)


def test_what_was_under_way_when_the_rest_began_counts_for_nothing() -> None:
    """Twenty connections that are told so at once are one complaint, and a letter that passes then proves nothing."""
    limit = PaceLimit(8.0)
    flowing(limit, rate=8.0, until=100.0)
    for _ in range(20):
        limit.complaint(100.0, hint=None)
    limit.accepted(100.5)

    limit.complaint(101.0, hint=None)

    assert limit.rest_in(101.0) == 2
    assert limit.rate(101.0) == pytest.approx(4.0, rel=0.02)


def test_the_relays_own_time_is_heeded() -> None:
    """The 90 seconds that it wants are waited, also when others were told less before."""
    limit = PaceLimit(8.0)

    first = limit.complaint(100.0, hint=None)
    second = limit.complaint(100.2, hint=90.0)

    assert first == 1
    assert second == pytest.approx(90.2)
    assert limit.rest_in(100.2) == pytest.approx(90)


def test_how_long_the_relay_has_wanted_so_adds_up_until_a_letter_is_accepted() -> None:
    """What a complaint returns is what a run compares with the longest time that it may wait."""
    limit = PaceLimit(8.0)
    waited = [limit.complaint(now, hint=None) for now in (100.0, 101.0, 103.0)]

    limit.accepted(107.0)

    assert waited == [1, 3, 7]
    assert limit.complaint(200.0, hint=None) == 1


def test_the_pace_never_stops_altogether() -> None:
    """However many complaints, a letter a minute goes."""
    limit = PaceLimit(None)
    for number in range(40):
        limit.complaint(number * 10.0, hint=None)
        limit.accepted(number * 10.0 + 5.0)

    rate = limit.rate(400.0)

    assert rate is not None
    assert rate >= 1 / 60


def put_off(text: str, stage: Stage = Stage.DOT) -> Outcome:
    """A letter that was put off with these words."""
    return judge(Reply(stage, 451, "4.3.0", text))


ACCEPTED = judge(Reply(Stage.DOT, 250, "2.0.0", "ok"))


def test_the_fifth_letter_with_the_same_words_is_noticed() -> None:
    """Numbers and addresses in the words may differ."""
    repeats = Repeats()

    heard = [
        repeats.hear(number, put_off(f"Server busy, id {number:x}7 for a{number}@b.example")) for number in range(6)
    ]

    assert heard == [False, False, False, False, True, True]


@pytest.mark.parametrize(
    "outcomes",
    [
        [put_off("greylisted, come again", Stage.RCPT)] * 10,
        [judge(Reply(Stage.RCPT, 452, "4.2.2", "mailbox full"))] * 10,
        [judge(Reply(Stage.DOT, 452, "4.2.2", "mailbox full"))] * 10,
        [judge(Reply(Stage.DOT, 554, "5.3.0", "no"))] * 10,
        [ACCEPTED, ACCEPTED, put_off("busy")] * 5,
        [put_off(words) for words in ("one", "two", "three", "four", "five")] * 2,
        [Outcome(Kind.DEFERRED, Concern.MESSAGE, "lost again and again")] * 10,
    ],
    ids=["greylisting", "full", "full at the dot", "failed", "few among accepted ones", "different words", "no reply"],
)
def test_other_refusals_are_no_repeats(outcomes: list[Outcome]) -> None:
    """What is about recipients, what failed for good and what is mixed with successes slows nobody down."""
    repeats = Repeats()

    heard = [repeats.hear(number, outcome) for number, outcome in enumerate(outcomes)]

    assert not any(heard)


def test_one_letter_alone_is_no_repeat() -> None:
    """The same letter five times says nothing of the others."""
    repeats = Repeats()

    heard = [repeats.hear(1, put_off("busy")) for _ in range(10)]

    assert not any(heard)


@pytest.mark.parametrize(("configured", "after"), [(None, 5.0), (50.0, 25.0)])
def test_a_complaint_before_the_pace_was_measured_halves_the_one_that_is_set(
    configured: float | None, after: float
) -> None:
    """One letter or none says nothing of the pace that was: the run must not creep because of it."""
    pace = PaceLimit(configured)
    pace.accepted(0.5)

    pace.complaint(1.0, hint=None)

    assert pace.rate(2.0) == pytest.approx(after)
