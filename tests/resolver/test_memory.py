"""Each question is asked once while its answer holds."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import pytest

from outreach.resolver.answers import Answer, Found, Kind
from outreach.resolver.bounded import BoundedResolver
from outreach.resolver.memory import RememberingResolver
from tests.support.clock import FakeClock

_NOTHING = Answer(Found.NOTHING)


@dataclass
class Oracle:
    """Answers with the same for every name, and counts."""

    answer: Answer = _NOTHING
    asked: Counter[str] = field(default_factory=Counter)
    waits: asyncio.Event | None = None
    together: int = 0
    open: int = 0

    async def ask(self, name: str, kind: Kind) -> Answer:
        """The answer, once it may be given."""
        self.asked[name] += 1
        self.open += 1
        self.together = max(self.together, self.open)
        await (self.waits.wait() if self.waits is not None else asyncio.sleep(0))
        self.open -= 1
        return self.answer


async def test_a_question_that_several_have_is_asked_once() -> None:
    """Also while its answer is under way; case and the last dot do not count."""
    oracle = Oracle()
    resolver = RememberingResolver(oracle, FakeClock())

    answers = await asyncio.gather(*(resolver.ask(name, Kind.A) for name in ("a.kr", "A.KR", "a.kr.")))
    await resolver.ask("a.kr", Kind.A)
    await resolver.ask("a.kr", Kind.MX)

    assert answers == [oracle.answer] * 3
    assert oracle.asked == {"a.kr": 2}


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer(Found.RECORDS, ("x",), ttl=0), 60),
        (Answer(Found.RECORDS, ("x",), ttl=300), 300),
        (Answer(Found.RECORDS, ("x",), ttl=10**9), 3600),
        (Answer(Found.UNKNOWN, why="SERVFAIL"), 60),
    ],
)
async def test_an_answer_holds_for_its_time_to_live_within_bounds(answer: Answer, seconds: float) -> None:
    """At least a minute, so that one check asks once; at most an hour, whatever DNS says."""
    oracle, clock = Oracle(answer), FakeClock()
    resolver = RememberingResolver(oracle, clock)
    await resolver.ask("a.kr", Kind.A)

    clock.time += seconds - 1
    await resolver.ask("a.kr", Kind.A)
    before = oracle.asked["a.kr"]
    clock.time += 1
    await resolver.ask("a.kr", Kind.A)

    assert (before, oracle.asked["a.kr"]) == (1, 2)


async def test_the_memory_is_bounded_and_forgets_what_was_not_asked_for_longest() -> None:
    """Of three answers with room for two, the one that was read last stays."""
    oracle = Oracle()
    resolver = RememberingResolver(oracle, FakeClock(), most=2)

    for name in ("a.kr", "b.kr", "a.kr", "c.kr", "a.kr", "b.kr"):
        await resolver.ask(name, Kind.A)

    assert oracle.asked == {"a.kr": 1, "b.kr": 2, "c.kr": 1}


async def test_who_gives_up_does_not_take_the_answer_from_others() -> None:
    """A cancelled question goes on for whoever else waits for it."""
    released = asyncio.Event()
    oracle = Oracle(waits=released)
    resolver = RememberingResolver(oracle, FakeClock())
    first, second = (asyncio.ensure_future(resolver.ask("a.kr", Kind.A)) for _ in range(2))
    await asyncio.sleep(0)

    first.cancel()
    await asyncio.sleep(0)
    released.set()

    assert await second == oracle.answer
    assert oracle.asked == {"a.kr": 1}


async def test_so_many_questions_are_open_at_a_time() -> None:
    """A list of a thousand domains does not flood the nameserver."""
    oracle = Oracle()
    resolver = BoundedResolver(oracle, FakeClock(), at_a_time=7)

    await asyncio.gather(*(resolver.ask(f"{number}.kr", Kind.A) for number in range(100)))

    assert (oracle.asked.total(), oracle.together) == (100, 7)


async def test_beyond_the_number_nothing_is_asked_or_known() -> None:
    """The bound on questions holds, and is told."""
    oracle = Oracle()
    resolver = BoundedResolver(oracle, FakeClock(), most=3)

    answers = [await resolver.ask(f"{number}.kr", Kind.A) for number in range(5)]

    assert oracle.asked.total() == 3
    assert [answer.is_known for answer in answers] == [True, True, True, False, False]
    assert answers[3].why == "3 questions were asked before it, and no more are"


async def test_when_the_time_is_over_what_is_under_way_is_not_known() -> None:
    """The bound on time holds for a question that hangs, and for all after it."""
    oracle = Oracle(waits=asyncio.Event())
    resolver = BoundedResolver(oracle, FakeClock(), seconds=0.05)

    hanging = await resolver.ask("a.kr", Kind.A)

    assert hanging == Answer(Found.UNKNOWN, why="the 0.05 s for all questions were over")


async def test_after_silence_from_the_first_question_on_nobody_is_asked() -> None:
    """Without a network a check of a thousand domains ends after twenty questions."""
    oracle = Oracle(Answer(Found.UNKNOWN, why="no answer within 5 s"))
    resolver = BoundedResolver(oracle, FakeClock())

    answers = [await resolver.ask(f"{number}.kr", Kind.A) for number in range(30)]

    assert oracle.asked.total() == 20
    assert answers[-1].why == "no nameserver answers"


async def test_one_answer_shows_that_somebody_is_there() -> None:
    """Then every domain is asked about, however many are not answered for."""
    oracle = Oracle()
    resolver = BoundedResolver(oracle, FakeClock())
    await resolver.ask("a.kr", Kind.A)
    oracle.answer = Answer(Found.UNKNOWN, why="SERVFAIL")

    for number in range(30):
        await resolver.ask(f"{number}.kr", Kind.A)

    assert oracle.asked.total() == 31
