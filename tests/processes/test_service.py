"""One child that keeps something: what it is asked, in order; what is final before it is told; and its end."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from outreach.processes.service import Service, ServiceLost, open_service
from tests.processes.test_pool import ROOT, is_gone, wait_until

pytestmark = pytest.mark.wire


def count(start: int) -> Callable[[Any], Any]:
    """Adds what it is asked to what it has; tells "who" it is, and may fail where it is told to."""
    total = start

    def handle(asked: list[Any]) -> list[Any]:
        nonlocal total
        answers: list[Any] = []
        for one in asked:
            if one == "who":
                answers.append(((os.getpid(), len(asked)), None))
            elif one == "fail":
                answers.append((None, ValueError("as told")))
            elif one == "break":
                raise KeyError("the whole batch")
            elif one == "sleep":
                time.sleep(0.3)
                answers.append((None, None))
            else:
                total += one
                answers.append((total, None))
        return answers

    return handle


def noting(path: str) -> tuple[Callable[[Any], Any], Callable[[], None]]:
    """Writes a line for each batch, and one whenever it is settled, which takes a while and may fail."""

    def note(line: str) -> None:
        with Path(path).open("a") as file:
            file.write(f"{line}\n")

    def handle(asked: list[Any]) -> list[Any]:
        note("handled")
        return [(one, None) for one in asked]

    def settle() -> None:
        time.sleep(0.1)
        if Path(f"{path}.full").exists():
            raise OSError("disk full")
        note("settled")

    return handle, settle


COUNT, NOTING = f"{__name__}:count", f"{__name__}:noting"


@pytest.fixture(autouse=True)
def _children_find_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child looks for modules where PYTHONPATH says."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "src")]))


async def who(service: Service) -> int:
    pid, _ = await service.ask("who")
    return int(pid)


async def test_what_is_asked_is_done_in_order_by_the_same_one() -> None:
    """It remembers; and it is not this process."""
    async with open_service(COUNT, 10) as service:
        totals = await asyncio.gather(*(service.ask(1) for _ in range(500)))
        pids = {await who(service) for _ in range(3)}

    assert totals == list(range(11, 511))
    assert len(pids) == 1
    assert os.getpid() not in pids


async def test_what_is_asked_meanwhile_goes_together() -> None:
    """While it is busy with two batches, the others wait and are the third."""
    async with open_service(COUNT, 0) as service:
        busy = [service.ask("sleep")]
        await asyncio.sleep(0.05)
        busy.append(service.ask("sleep"))
        await asyncio.sleep(0.05)
        together = await asyncio.gather(*(service.ask("who") for _ in range(30)))
        await asyncio.gather(*busy)

    assert {size for _, size in together} == {30}


async def test_an_error_belongs_to_who_asked() -> None:
    """Others of the batch have their answers; a handler that breaks fails its whole batch, and goes on."""
    async with open_service(COUNT, 0) as service:
        answers = await asyncio.gather(service.ask(1), service.ask("fail"), service.ask(1), return_exceptions=True)
        broken = await asyncio.gather(service.ask("break"), service.ask(5), return_exceptions=True)
        last = await service.ask(1)

    assert [str(one) for one in answers] == ["1", "as told", "2"]
    assert [type(one) for one in broken] == [KeyError, KeyError]
    assert last == 3


async def test_when_it_dies_whoever_waits_is_told() -> None:
    """Those whose question it had, and those who ask later."""
    async with open_service(COUNT, 0) as service:
        pid = await who(service)
        waiting = [service.ask("sleep"), service.ask(1)]
        await asyncio.sleep(0.05)
        waiting.append(service.ask(1))
        os.kill(pid, signal.SIGKILL)
        told = await asyncio.gather(*waiting, return_exceptions=True)
        with pytest.raises(ServiceLost):
            await service.ask(1)

    assert {type(one) for one in told} == {ServiceLost}


async def test_a_setup_that_fails_is_a_lost_service() -> None:
    """There is nobody to ask."""
    async with open_service("outreach.no_such_module:setup", 0) as service:
        with pytest.raises(ServiceLost):
            await service.ask(1)


async def test_the_end_waits_for_what_was_asked() -> None:
    """A block that is left finishes what it asked; then the child is gone."""
    async with open_service(COUNT, 0) as service:
        pid = await who(service)
        asked = [service.ask("sleep"), service.ask(7)]

    assert [one.result() for one in asked] == [None, 7]
    assert is_gone(pid)


async def test_whoever_gives_up_waiting_harms_nobody() -> None:
    """Its answer is dropped."""
    async with open_service(COUNT, 0) as service:
        service.ask(1).cancel()
        assert await service.ask(1) == 2


async def test_no_answer_comes_before_it_is_settled(tmp_path: Path) -> None:
    """And while one batch is settled, the next is handled already."""
    notes = tmp_path / "notes"
    async with open_service(NOTING, str(notes)) as service:
        first = service.ask(1)
        await wait_until(lambda: notes.exists() and "handled" in notes.read_text())
        second = service.ask(2)
        await first
        assert notes.read_text().splitlines() == ["handled", "handled", "settled"]
        await second

    assert notes.read_text().splitlines() == ["handled", "handled", "settled", "settled"]


async def test_what_can_not_be_settled_is_not_answered(tmp_path: Path) -> None:
    """The error is told instead."""
    (tmp_path / "notes.full").touch()
    async with open_service(NOTING, str(tmp_path / "notes")) as service:
        with pytest.raises(OSError, match="disk full"):
            await service.ask(1)


async def test_signals_are_the_parents_to_hear() -> None:
    """A terminal tells the whole group; the child goes on."""
    async with open_service(COUNT, 0) as service:
        pid = await who(service)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pid, number)
        assert await who(service) == pid
