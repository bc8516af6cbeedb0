"""Work in other processes: in order, whatever becomes of them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from outreach.processes import pool as pools
from outreach.processes.frames import FrameReader, pack
from outreach.processes.pool import Pool, cores, is_worth_it, open_pool
from outreach.processes.start import end

pytestmark = pytest.mark.wire


def double(argument: int) -> Callable[[Any], Any]:
    """Multiplies numbers by the argument, tells its process for "who", and may fail or die where it is told to."""

    def handle(batch: Any) -> Any:
        if batch == "who":
            return os.getpid()
        if batch == "fail":
            raise ValueError("as told")
        if batch == "lambda":
            return lambda: None
        if batch == "sleep":
            time.sleep(30)
        if isinstance(batch, tuple):
            path, number = batch
            if not Path(path).exists():
                Path(path).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return number
        return [argument * number for number in batch]

    return handle


SETUP = f"{__name__}:double"
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _children_find_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child looks for modules where PYTHONPATH says, and not in the folder that it is started in."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "src")]))


def children(pool: Pool) -> list[int]:
    return [child.process.pid for child in pool._children]


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except OSError:
        return True


async def wait_until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not happened():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.01)


async def test_batches_come_back_to_whoever_gave_them() -> None:
    """Many at once, over two processes that are not this one."""
    async with open_pool(SETUP, 3, workers=2) as pool:
        batches = [[number, number + 1] for number in range(200)]
        results = await asyncio.gather(*(pool.run(batch) for batch in batches))
        workers = {await pool.run("who") for _ in range(4)} | set(children(pool))

    assert results == [[3 * first, 3 * second] for first, second in batches]
    assert os.getpid() not in workers
    assert len(workers) == 2


async def test_an_error_comes_back_as_it_is() -> None:
    """An exception of one batch is raised where it was asked for, and the next goes on."""
    async with open_pool(SETUP, 3, workers=1) as pool:
        with pytest.raises(ValueError, match="as told"):
            await pool.run("fail")
        assert await pool.run([1]) == [3]


async def test_a_child_that_dies_loses_nothing(tmp_path: Path) -> None:
    """What it had, and what waited behind that, is done by others, each once."""
    async with open_pool(SETUP, 3, workers=2) as pool:
        first = await pool.run("who")
        results = await asyncio.gather(
            pool.run((str(tmp_path / "died"), 7)), *(pool.run([number]) for number in range(50))
        )
        await wait_until(lambda: len(children(pool)) == 2)

    assert results == [7, *([3 * number] for number in range(50))]
    assert (tmp_path / "died").exists()
    assert first


async def test_without_any_child_left_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children that die again and again are not started for ever."""
    monkeypatch.setattr(pools, "_RESTARTS", 0)
    async with open_pool(SETUP, 3, workers=1) as pool:
        os.kill(children(pool)[0], signal.SIGKILL)
        await wait_until(lambda: not children(pool))
        assert await pool.run("who") == os.getpid()
        with pytest.raises(ValueError, match="as told"):
            await pool.run("fail")


async def test_a_setup_that_fails_is_told_by_this_process() -> None:
    """Where no child can be set up, the reason is the one that it has here."""
    async with open_pool("outreach.no_such_module:setup", 3, workers=1) as pool:
        with pytest.raises(ModuleNotFoundError):
            await pool.run([1])


async def test_closing_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that is busy ends all the same, and whoever waits for it is cancelled."""
    monkeypatch.setattr(pools, "end", partial(end, seconds=0.1))
    async with open_pool(SETUP, 3, workers=1) as pool:
        pids = children(pool)
        await pool.run([1])
        waiting = asyncio.create_task(pool.run("sleep"))
        await asyncio.sleep(0.05)

    await asyncio.wait({waiting}, timeout=1)
    assert waiting.cancelled()
    assert all(map(is_gone, pids))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_is_the_parents_to_hear(number: signal.Signals) -> None:
    """The terminal, or who stops a service, tells the whole group; a child goes on."""
    async with open_pool(SETUP, 3, workers=1) as pool:
        pid = await pool.run("who")
        os.kill(pid, number)
        assert await pool.run("who") == pid


async def test_children_that_can_not_be_started_are_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that allows no more processes: the work is done here."""
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    async with open_pool(SETUP, 3, workers=2) as pool:
        assert await pool.run([1]) == [3]
        assert await pool.run("who") == os.getpid()


async def test_closing_while_a_child_is_replaced_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for what the dead one had is cancelled."""
    async with open_pool(SETUP, 3, workers=1) as pool:
        await pool.run([1])
        waiting = asyncio.create_task(pool.run("sleep"))
        await asyncio.sleep(0.05)

        async def never() -> None:
            await asyncio.sleep(30)

        monkeypatch.setattr(pool, "start_child", never)
        os.kill(children(pool)[0], signal.SIGKILL)
        await wait_until(lambda: not children(pool))
        await asyncio.sleep(0.01)

    await asyncio.wait({waiting}, timeout=1)
    assert waiting.cancelled()


async def test_what_can_not_travel_is_told() -> None:
    """A result that can't be pickled is an error of its batch, and the child goes on."""
    async with open_pool(SETUP, 3, workers=1) as pool:
        pid = await pool.run("who")
        with pytest.raises(Exception, match=r"pickle|lambda"):
            await pool.run("lambda")
        assert await pool.run("who") == pid


def test_children_end_with_their_parent() -> None:
    """However it ended."""
    code = textwrap.dedent(f"""
        import asyncio, os, signal
        from outreach.processes.pool import open_pool
        async def main():
            async with open_pool("{__name__}:double", 3, workers=2) as pool:
                await pool.run([1])
                print(*(child.process.pid for child in pool._children), flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
        asyncio.run(main())
    """)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=20)
    pids = [int(pid) for pid in ended.stdout.split()]

    deadline = time.monotonic() + 10
    while not all(map(is_gone, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert ended.returncode == -signal.SIGKILL
    assert len(pids) == 2
    assert all(map(is_gone, pids))


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_frames_are_read_from_any_pieces(size: int) -> None:
    """Tuples come out whole and in order."""
    values: list[tuple[Any, ...]] = [(1, b"x" * 50), ("a", None), (2.5, {"k": ("v",)})]
    raw = b"".join(map(pack, values))
    reader = FrameReader()

    assert [one for i in range(0, len(raw), size) for one in reader.feed(raw[i : i + size])] == values


def test_few_letters_are_not_worth_a_process() -> None:
    """A child takes as long to start as some thousand letters to compose."""
    assert not is_worth_it(100)
    assert is_worth_it(10_000)
    assert cores() >= 1
