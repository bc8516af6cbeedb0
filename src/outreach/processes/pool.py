"""The parent's side: a pool of children, of which any may die without anything being lost or done twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from outreach.processes.child import Handler, load_handler
from outreach.processes.frames import FrameReader, pack
from outreach.processes.memory import keep_freed_memory
from outreach.processes.start import end, start_child

_RESTARTS = 3  # of all children together; after that the parent works itself
FEW = 2000  # letters that are done before a child has started


def cores() -> int:
    """How many processors this process may use; 1 where children can't be handed a socket."""
    if sys.platform == "win32":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def is_worth_it(letters: int) -> bool:
    """Whether so many letters are worth starting children for."""
    return letters >= FEW


@dataclass(eq=False, slots=True)
class _Task:
    """A batch that is not done."""

    frame: bytes
    batch: object
    done: asyncio.Future[Any]


@dataclass(eq=False, slots=True)
class _Child(asyncio.Protocol):
    """One process, and what it was given."""

    pool: Pool
    process: subprocess.Popen[bytes]
    transport: asyncio.WriteTransport | None = None
    tasks: dict[int, _Task] = field(default_factory=dict)
    reader: FrameReader = field(default_factory=FrameReader)

    def data_received(self, data: bytes) -> None:
        """Batches that are done."""
        for value in self.reader.feed(data):
            number, result, error = value
            self.pool.finished(self, number, result, error)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        del exc
        self.pool.lost(self)


class Pool:
    """Runs batches in children. Made by `open_pool`."""

    def __init__(self, setup: str, argument: object) -> None:
        self._setup = setup
        self._argument = argument
        self._children: list[_Child] = []
        self._restarts = _RESTARTS
        self._last = 0
        self._closing = False
        self._own: Handler | None = None  # once no child is left
        self._starting: set[asyncio.Task[None]] = set()

    def give(self, batch: object) -> asyncio.Future[Any]:
        """Have the handler make something of the batch; an exception that it raises is the future's."""
        self._last += 1
        task = _Task(pack((self._last, batch)), batch, asyncio.get_running_loop().create_future())
        self._give(self._last, task)
        return task.done

    async def run(self, batch: object) -> Any:  # noqa: ANN401 - what comes back is between the caller and the setup
        """The same, waited for."""
        return await self.give(batch)

    async def start_child(self) -> None:
        """One more child."""
        process, ours = start_child()
        try:
            child = _Child(self, process)
            self._children.append(child)
            child.transport, _ = await asyncio.get_running_loop().create_unix_connection(lambda: child, sock=ours)
        except BaseException:
            ours.close()
            raise
        child.transport.write(pack((self._setup, self._argument)))

    async def close(self) -> None:
        """End all children; what they had is not done."""
        self._closing = True
        for starting in self._starting:
            starting.cancel()
        children, self._children = self._children, []
        for child in children:
            if child.transport is not None:
                child.transport.abort()
            for task in child.tasks.values():
                task.done.cancel()
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(None, end, child.process) for child in children))

    def finished(self, child: _Child, number: int, result: object, error: BaseException | None) -> None:
        """A batch is done."""
        task = child.tasks.pop(number, None)
        if task is None or task.done.done():
            return
        if error is None:
            task.done.set_result(result)
        else:
            task.done.set_exception(error)

    def lost(self, child: _Child) -> None:
        """A child is gone: others, a new one or this process do what it had."""
        if self._closing or child not in self._children:
            return
        self._children.remove(child)
        child.process.kill()
        child.process.wait()
        orphans, child.tasks = child.tasks, {}
        if self._restarts:
            self._restarts -= 1
            starting = asyncio.get_running_loop().create_task(self._replace(orphans))
            self._starting.add(starting)
            starting.add_done_callback(self._starting.discard)
        else:
            self._give_all(orphans)

    async def _replace(self, orphans: dict[int, _Task]) -> None:
        try:
            with contextlib.suppress(OSError):
                await self.start_child()
        except asyncio.CancelledError:
            for task in orphans.values():
                task.done.cancel()
            raise
        self._give_all(orphans)

    def _give_all(self, tasks: dict[int, _Task]) -> None:
        for number, task in tasks.items():
            if not task.done.done():
                self._give(number, task)

    def _give(self, number: int, task: _Task) -> None:
        """To the child with the least to do; to this process where there is none."""
        ready = (child for child in self._children if child.transport is not None)
        child = min(ready, key=lambda one: len(one.tasks), default=None)
        if child is None or child.transport is None:
            self._work(task)
            return
        child.tasks[number] = task
        child.transport.write(task.frame)

    def _work(self, task: _Task) -> None:
        try:
            if self._own is None:
                self._own = load_handler(self._setup, self._argument)
            task.done.set_result(self._own(task.batch))
        except Exception as error:
            task.done.set_exception(error)


@asynccontextmanager
async def open_pool(setup: str, argument: object, *, workers: int) -> AsyncIterator[Pool]:
    """So many children, for the block. Each calls `setup`, named `module:function`, with the argument.

    What that returns is applied to batches. It must be pure: a batch whose child died is done again. Argument,
    batches and results are pickled.
    """
    keep_freed_memory()
    pool = Pool(setup, argument)
    try:
        for _ in range(workers):
            with contextlib.suppress(OSError):  # fewer, or none: this process can do it all
                await pool.start_child()
        yield pool
    finally:
        await pool.close()
