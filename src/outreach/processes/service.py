"""One child that keeps something for as long as it runs: what it is asked, it alone can answer.

Whatever is asked while it has enough to do goes to it together, when it has answered what came before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from typing import Any

from outreach.processes.frames import FrameReader, pack
from outreach.processes.start import end, start_child

_AT_ONCE = 2  # batches: one is made final while the next is handled
_FINISH_SECONDS = 60.0  # for what is under way when it is told to end


class ServiceLost(Exception):
    """The child is gone, and whether it did what it was asked is not known."""


class Service(asyncio.Protocol):
    """Made by `open_service`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader()
        self._transport: asyncio.WriteTransport | None = None
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []  # not sent yet
        self._asked: dict[int, list[asyncio.Future[Any]]] = {}  # sent, by the batch's number
        self._last = 0
        self._will_send = False
        self._lost: ServiceLost | None = None

    def ask(self, what: object) -> asyncio.Future[Any]:
        """Have the handler make something of it, after all that was asked before.

        The future has what it returned, the exception it raised, or ServiceLost.
        """
        answer = self._loop.create_future()
        if self._lost is not None:
            answer.set_exception(self._lost)
            return answer
        self._waiting.append((what, answer))
        if not self._will_send and len(self._asked) < _AT_ONCE:
            self._will_send = True
            self._loop.call_soon(self._send)  # with all else that is asked in this moment
        return answer

    def begin(self, transport: asyncio.WriteTransport, setup: str, argument: object) -> None:
        """The way to the child is there; tell it what it is to be."""
        self._transport = transport
        transport.write(pack((setup, argument)))

    async def finish(self, seconds: float) -> None:
        """Let what was asked be done, for so long; then the child is told to end."""
        under_way = self._open_futures()
        if under_way:
            await asyncio.wait(under_way, timeout=seconds)
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Answers to batches."""
        for number, answers, error in self._reader.feed(data):
            asked = self._asked.pop(number)
            for future, (value, own_error) in zip(asked, answers or [(None, error)] * len(asked), strict=True):
                _settle(future, value, own_error)
        if not self._will_send:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        self._lost = ServiceLost(str(exc or "ended"))
        for future in self._open_futures():
            _settle(future, None, self._lost)
        self._asked, self._waiting = {}, []

    def _open_futures(self) -> list[asyncio.Future[Any]]:
        return [*chain.from_iterable(self._asked.values()), *(future for _, future in self._waiting)]

    def _send(self) -> None:
        self._will_send = False
        if self._waiting and self._transport is not None and len(self._asked) < _AT_ONCE:
            waiting, self._waiting = self._waiting, []
            self._last += 1
            self._asked[self._last] = [future for _, future in waiting]
            self._transport.write(pack((self._last, [what for what, _ in waiting])))


@asynccontextmanager
async def open_service(setup: str, argument: object, handles: Sequence[int] = ()) -> AsyncIterator[Service]:
    """A child for the block, which inherits these open files. OSError where none can be started.

    It calls `setup`, named `module:function`, with the argument. What that returns is given a list, and returns a pair
    for each item of it: a value, and None or an exception. All of it is pickled.
    """
    process, ours = start_child(handles)
    try:
        loop = asyncio.get_running_loop()
        transport, service = await loop.create_unix_connection(Service, sock=ours)
        service.begin(transport, setup, argument)
        try:
            yield service
        finally:
            await service.finish(_FINISH_SECONDS)
    finally:
        ours.close()
        await asyncio.get_running_loop().run_in_executor(None, end, process)


def _settle(future: asyncio.Future[Any], value: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)
        future.exception()  # whoever asked may be gone
