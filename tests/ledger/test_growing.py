"""Room for the log of a run of many letters, made before its first letter."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach.ledger.durable import grow
from outreach.ledger.run_values import RunRequest
from outreach.ledger.sqlite import SqliteLedger, open_ledger
from outreach.model import State
from tests.ledger.making import NOW, contacts, plan, send, states, taken

MEGABYTE = 1 << 20


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with something in it."""
    path = tmp_path / "log"
    path.write_bytes(b"what is there")
    return path


@pytest.fixture
def full_disk() -> Iterator[int]:
    """How long a file can become."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MEGABYTE, limits[1]))
    yield 2 * MEGABYTE
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_file_grows_by_zeros(file: Path) -> None:
    """What is there stays; a file that is long enough is left alone."""
    grow(file, 3 * MEGABYTE)
    grow(file, 100)

    assert file.read_bytes() == b"what is there".ljust(3 * MEGABYTE, b"\0")


def test_a_file_that_can_not_grow_stays_as_it_is(file: Path, full_disk: int) -> None:
    """A disk that is nearly full is not filled with zeros; nor is a file made that isn't there."""
    grow(file, full_disk + MEGABYTE)
    grow(file.with_name("none"), MEGABYTE)

    assert file.read_bytes() == b"what is there"
    assert not file.with_name("none").exists()


@pytest.mark.parametrize("open_again", ["sqlite"], indirect=True)
async def test_zeros_at_the_end_of_the_log_are_no_records(ledger: SqliteLedger, path: Path, tmp_path: Path) -> None:
    """Copied as after a power loss, with its log, the ledger holds all that was committed, and nothing else."""
    campaign = await plan(ledger, contacts(10))
    await ledger.start_run(RunRequest(campaign.id, "desk:1:aa", "letters@relay.example:465", (), NOW, letters=200))
    first = await taken(ledger)
    for delivery in first.deliveries[:4]:
        await send(ledger, delivery, State.ACCEPTED)

    log = path.with_name(f"{path.name}-wal")
    assert log.stat().st_size == 200 * 16 * 1024
    for name in (path.name, log.name):
        (tmp_path / name).write_bytes((path.parent / name).read_bytes())
    copy = open_ledger(tmp_path / path.name)
    assert await states(copy, campaign) == {State.ACCEPTED: 4, State.PLANNED: 6}
    assert await copy.verify() == ()
    await copy.close()
