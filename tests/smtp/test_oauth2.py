"""Who has a token, for how long, and who asks for the next."""

from __future__ import annotations

import asyncio

import pytest

from outreach.errors import SettingsError
from outreach.smtp.oauth2 import GivenToken, NoToken, Token, TokenKeeper
from tests.support.clock import FakeClock

BUSY = NoToken("the server is busy", is_final=False)


class Source:
    """Gives what it is told, one after the other; the last stays."""

    def __init__(self, *found: Token | NoToken) -> None:
        self.asked = 0
        self._found = list(found)

    async def fetch(self) -> Token | NoToken:
        """The next."""
        self.asked += 1
        await asyncio.sleep(0)
        return self._found.pop(0) if len(self._found) > 1 else self._found[0]


async def test_one_is_asked_for_by_all() -> None:
    """Connections that open at the same time cost one request, and get the same token."""
    source = Source(Token("a", 3600.0), Token("b", 3600.0))
    keeper = TokenKeeper(source, FakeClock())

    got = await asyncio.gather(*(keeper.token() for _ in range(20)))

    assert set(got) == {"a"}
    assert source.asked == 1


async def test_all_who_wait_hear_of_the_same_failure() -> None:
    """A server that fails is asked once by twenty, and again by who comes later."""
    source = Source(BUSY, Token("a", 3600.0))
    keeper = TokenKeeper(source, FakeClock())

    got = await asyncio.gather(*(keeper.token() for _ in range(20)))

    assert got == [BUSY] * 20
    assert await keeper.token() == "a"


@pytest.mark.parametrize(("life", "still", "renewed"), [(3600.0, 3299.0, 3301.0), (10.0, 8.5, 9.5), (0.0, 0.0, 0.0)])
async def test_a_token_is_renewed_before_it_ends(life: float, still: float, renewed: float) -> None:
    """Five minutes before its end, or in the last tenth of a short life."""
    clock = FakeClock()
    keeper = TokenKeeper(Source(Token("a", life), Token("b", life)), clock)
    begun = clock.time

    got = [await keeper.token()]
    for seconds in (still, renewed):
        clock.time = begun + seconds
        got.append(await keeper.token())

    assert got == (["a", "a", "b"] if life else ["a", "b", "b"])


async def test_a_token_stays_while_the_next_is_not_to_be_had() -> None:
    """A server that is busy five minutes before the end ends nothing, and is asked again half a minute later."""
    clock = FakeClock()
    source = Source(Token("a", 3600.0), BUSY)
    keeper = TokenKeeper(source, clock)
    begun = clock.time
    await keeper.token()

    got = []
    for seconds in (3301.0, 3310.0, 3332.0, 3600.0):
        clock.time = begun + seconds
        got.append((await keeper.token(), source.asked))

    assert got == [("a", 2), ("a", 2), ("a", 3), (BUSY, 4)]


async def test_a_refused_token_is_replaced_once() -> None:
    """Whoever was refused with the old one gets the new one, without another request."""
    source = Source(Token("a", 3600.0), Token("b", 3600.0), Token("c", 3600.0))
    keeper = TokenKeeper(source, FakeClock())
    await keeper.token()

    got = await asyncio.gather(*(keeper.token(instead_of="a") for _ in range(5)))
    later = await keeper.token(instead_of="a")

    assert (got, later, source.asked) == (["b"] * 5, "b", 2)


async def test_whoever_gives_up_waiting_takes_nobody_along() -> None:
    """A connection that is cancelled while the token is fetched does not cancel the fetching."""
    keeper = TokenKeeper(Source(Token("a", 3600.0)), FakeClock())
    waiting = [asyncio.create_task(keeper.token()) for _ in range(2)]
    await asyncio.sleep(0)

    waiting[0].cancel()

    assert await waiting[1] == "a"


async def test_a_given_token_is_read_again_after_five_minutes() -> None:
    """What a program keeps fresh is not kept longer than that by us."""
    clock = FakeClock()
    printed = iter(["b", "c"])
    keeper = TokenKeeper(GivenToken("a", again=lambda: next(printed)), clock)
    got = []
    for seconds in (0.0, 200.0, 200.0, 200.0):
        clock.time += seconds
        got.append(await keeper.token())

    assert got == ["a", "a", "b", "b"]


def _missing() -> str:
    raise SettingsError("gcloud ended with 1 and gave no access token", "Run it by hand to see why.")


@pytest.mark.parametrize(
    ("first", "found"),
    [
        ("two words", NoToken("what should be the token is none", is_final=True)),
        ("x\x01auth=Bearer y", NoToken("what should be the token is none", is_final=True)),
        ("pässword", NoToken("what should be the token is none", is_final=True)),
    ],
)
async def test_what_is_given_must_be_a_token(first: str, found: NoToken) -> None:
    """What would break out of its field is not presented, nor repeated."""
    assert await GivenToken(first, again=_missing).fetch() == found


async def test_a_program_that_fails_later_may_succeed_again() -> None:
    """In the middle of a run that is no reason to stop."""
    source = GivenToken("a", again=_missing)
    await source.fetch()

    assert await source.fetch() == NoToken("gcloud ended with 1 and gave no access token", is_final=False)
