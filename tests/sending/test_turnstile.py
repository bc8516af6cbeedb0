"""The turnstile lets one through at a time, the last to come first."""

from __future__ import annotations

import asyncio

from outreach.sending.turnstile import Turnstile


async def test_the_last_to_come_is_the_first_to_pass() -> None:
    """Waiters are served in reverse order, so that the same few connections stay busy."""
    turnstile = Turnstile()
    passed: list[int] = []

    async def pass_through(number: int) -> None:
        async with turnstile:
            passed.append(number)

    async with turnstile:
        tasks = [asyncio.create_task(pass_through(number)) for number in range(3)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)

    assert passed == [2, 1, 0]


async def test_a_cancelled_waiter_does_not_keep_the_others_out() -> None:
    """Whoever gives up while waiting, or just as its turn comes, passes the turn on."""
    turnstile = Turnstile()
    passed: list[str] = []

    async def pass_through(name: str) -> None:
        async with turnstile:
            passed.append(name)

    async with turnstile:
        first = asyncio.create_task(pass_through("first"))
        gone_early = asyncio.create_task(pass_through("gone early"))
        gone_late = asyncio.create_task(pass_through("gone late"))
        await asyncio.sleep(0)
        gone_early.cancel()
        await asyncio.sleep(0)
    gone_late.cancel()  # its turn has been given, but it has not run yet
    await asyncio.gather(first, gone_early, gone_late, return_exceptions=True)

    assert passed == ["first"]
    async with asyncio.timeout(1):
        await pass_through("later")


async def test_who_may_not_wait_enters_only_an_empty_one() -> None:
    """It is refused while somebody is in it, and keeps others out until it leaves."""
    turnstile = Turnstile()
    async with turnstile:
        while_taken = turnstile.enter_at_once()

    entered = turnstile.enter_at_once()
    waiting = asyncio.create_task(turnstile.__aenter__())
    await asyncio.sleep(0)
    passed_before = waiting.done()
    turnstile.leave()
    await waiting

    assert (while_taken, entered, passed_before) == (False, True, False)
