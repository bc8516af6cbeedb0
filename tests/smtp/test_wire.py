"""The connection underneath: what has left our buffer when it breaks, on both event loops."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable

import pytest
import uvloop

from outreach.model import Lost, Reply, Stage
from outreach.smtp.wire import Wire

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


async def open_wire() -> tuple[Wire, socket.socket]:
    """A wire whose kernel buffer is small, and the other end."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    ours.setblocking(False)
    theirs.setblocking(False)
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
    return Wire(transport), theirs


@pytest.mark.parametrize("make_loop", LOOPS)
def test_what_the_kernel_took_has_left(make_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """A short write is flushed at once, and stays so when the connection is lost before the answer."""

    async def scenario() -> tuple[bool, Lost, bool]:
        wire, theirs = await open_wire()
        wire.await_replies([(Stage.DOT, 1)])
        wire.write(b"letter\r\n.\r\n")
        before = wire.flushed
        theirs.close()
        answer = (await wire.replies(1))[0]
        assert isinstance(answer, Lost)
        return before, answer, wire.flushed

    with asyncio.Runner(loop_factory=make_loop) as runner:
        before, answer, after = runner.run(scenario())

    assert (before, after) == (True, True)
    assert answer.reason.startswith("connection")


@pytest.mark.parametrize("make_loop", LOOPS)
def test_what_is_still_with_us_has_not_left(make_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """A write that the kernel took only in part is not flushed, also after the connection is lost."""

    async def scenario() -> tuple[bool, bool, str]:
        wire, theirs = await open_wire()
        wire.write(b"x" * 1_000_000)
        await asyncio.sleep(0)
        before = wire.flushed
        theirs.close()
        await wire.drain(1)
        return before, wire.flushed, wire.lost

    with asyncio.Runner(loop_factory=make_loop) as runner:
        before, after, lost = runner.run(scenario())

    assert (before, after) == (False, False)
    assert lost.startswith("connection")


@pytest.mark.parametrize("make_loop", LOOPS)
def test_a_slow_reader_is_waited_for(make_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Once the other end has read enough, the write is flushed."""

    async def scenario() -> tuple[bool, str]:
        wire, theirs = await open_wire()
        wire.write(b"x" * 100_000)
        draining = asyncio.ensure_future(wire.drain(1))
        got = 0
        while got < 100_000:
            got += len(await asyncio.get_running_loop().sock_recv(theirs, 65536))
        await draining
        flushed, lost = wire.flushed, wire.lost
        wire.abort("done")
        theirs.close()
        return flushed, lost

    with asyncio.Runner(loop_factory=make_loop) as runner:
        flushed, lost = runner.run(scenario())

    assert (flushed, lost) == (True, "")


@pytest.mark.parametrize("make_loop", LOOPS)
def test_bytes_for_a_broken_connection_never_left(make_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """What is written after the connection broke counts as not flushed, before we are even told of the loss."""

    async def scenario() -> bool:
        wire, theirs = await open_wire()
        theirs.close()
        for _ in range(3):
            wire.write(b"letter")
        flushed = wire.flushed
        wire.abort("done")
        return flushed

    with asyncio.Runner(loop_factory=make_loop) as runner:
        flushed = runner.run(scenario())

    assert not flushed


async def test_a_reply_that_came_while_the_loop_was_busy_came_in_time() -> None:
    """Both the reply and its deadline are due in one round of the loop."""
    faults: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: faults.append(context["message"]))
    wire, theirs = await open_wire()

    def answer_and_hold_up() -> None:
        theirs.send(b"250 ok\r\n")
        time.sleep(0.1)

    loop.call_later(0.01, answer_and_hold_up)
    answer = await wire.ask(b"RSET\r\n", Stage.RSET, 0.05)
    wire.abort("over")
    theirs.close()

    assert answer == Reply(Stage.RSET, 250, "", "ok")
    assert faults == []
