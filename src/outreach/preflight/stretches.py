"""Rows of a list by the stretch, examined in this process while they are few, and beside it once they are many."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from itertools import islice

from outreach.composing.sealed import Sealed
from outreach.contacts.contact import RowReader
from outreach.contacts.rows import Row
from outreach.errors import Problem
from outreach.preflight.examine import CheckRequest, Examined, Examiner
from outreach.processes.pool import FEW, Pool, open_pool

_STRETCH = 500  # rows
_AHEAD = 2  # stretches waiting for each process


async def examine_rows(
    request: CheckRequest, sealed: Sealed, reader: RowReader, rows: Iterator[Row | Problem]
) -> AsyncGenerator[Examined, None]:
    """What the rows come to, stretch by stretch, in their order."""
    examiner = Examiner(request, sealed, reader)
    for _ in range(FEW // _STRETCH):
        stretch = list(islice(rows, _STRETCH))
        if not stretch:
            return
        yield examiner.examine(stretch)
    if request.processes > 1:
        argument = (request, sealed, reader)
        async with open_pool("outreach.preflight.examine:setup", argument, workers=request.processes) as pool:
            async for examined in _beside(pool, rows, most=request.processes * (1 + _AHEAD)):
                yield examined
    while stretch := list(islice(rows, _STRETCH)):
        yield examiner.examine(stretch)


async def _beside(pool: Pool, rows: Iterator[Row | Problem], *, most: int) -> AsyncGenerator[Examined, None]:
    """Examined in other processes, at most so many stretches ahead of whoever takes them."""
    waiting: deque[asyncio.Future[Examined]] = deque()
    try:
        while True:
            while len(waiting) < most and (stretch := list(islice(rows, _STRETCH))):
                waiting.append(pool.give(stretch))
            if not waiting:
                return
            yield await waiting.popleft()
    finally:
        for future in waiting:
            future.cancel()
