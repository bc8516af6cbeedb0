"""The ledger's file: how it is made, read without a trace, and what is said when it is not as it should be."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from outreach.errors import LedgerDamaged, LedgerError, LedgerNewer, LedgerUnwritable
from outreach.ledger.record_values import LogFilter
from outreach.ledger.sqlite import SqliteLedger, open_ledger
from outreach.model import State
from tests.ledger.conftest import Open, execute
from tests.ledger.making import NAME, NOW, contacts, plan, plan_request, suppression


def files(folder: Path) -> set[str]:
    """The names of the files in a folder."""
    return {entry.name for entry in folder.iterdir()}


def content(path: Path) -> bytes:
    """What is in a file."""
    return path.read_bytes()


async def close_with(path: Path, count: int = 3) -> None:
    """Make a ledger with a planned campaign."""
    ledger = open_ledger(path)
    await plan(ledger, contacts(count))
    await ledger.close()


async def test_is_for_its_owner_only(ledger: SqliteLedger, path: Path) -> None:
    """The folder is made 0700 and every file in it 0600."""
    await plan(ledger, contacts(1))

    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()} == {0o600}


async def test_closing_leaves_one_file(path: Path) -> None:
    """After closing, nothing but the ledger is left, and all is in it."""
    await close_with(path)

    assert files(path.parent) == {"ledger.db"}
    assert execute(path, "SELECT count(*) FROM delivery") == [(3,)]


async def test_commits_wait_for_the_disk(path: Path) -> None:
    """The connection writes ahead and syncs every commit."""
    ledger = open_ledger(path)
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "temp_store")
    asked = await ledger._writer.ask(lambda db: [db.pragma(name) for name in pragmas])
    await ledger.close()

    assert asked == ["wal", 2, 1, 1]


async def test_reading_leaves_no_trace(path: Path) -> None:
    """A closed ledger is read where it lies; comparing a list leaves it as it was, to the byte."""
    await close_with(path)
    before = content(path)

    ledger = open_ledger(path, read_only=True)
    async with ledger.roster() as roster:
        await roster.add(contacts(4))
        changes = await roster.compare(NAME, due_by=NOW + 900)
        during = files(path.parent)
    await ledger.close()

    assert (changes.new, changes.total) == (1, 4)
    assert during == files(path.parent) == {"ledger.db"}
    assert content(path) == before


async def test_a_ledger_in_use_is_read_from_a_copy(ledger: SqliteLedger, path: Path, tmp_path: Path) -> None:
    """What another process has written and not yet moved into the file is seen; its files stay as they are."""
    campaign = await plan(ledger, contacts(3))
    await ledger._writer.ask(lambda db: db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_FULL))
    await ledger.suppress([suppression("person1@example.org")])
    before = {name: (path.parent / name).stat().st_mtime_ns for name in files(path.parent)}
    assert "ledger.db-wal" in before

    reader = open_ledger(path, read_only=True)
    balance = await reader.balance(campaign.id)
    await reader.close()

    assert balance.counts[State.SUPPRESSED] == 1
    assert {name: (path.parent / name).stat().st_mtime_ns for name in files(path.parent)} == before


async def test_a_ledger_that_is_moved_while_copied_is_copied_again(
    ledger: SqliteLedger,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When the -wal is moved into the file and begun anew during the copy, the copy still has everything."""
    campaign = await plan(ledger, contacts(3))
    really_copy = shutil.copyfile
    copies = []

    def copy_while_writing(source: Path, target: Path) -> None:
        really_copy(source, target)
        copies.append(source)
        if len(copies) == 1:
            execute(path, "PRAGMA wal_checkpoint(TRUNCATE)")
            execute(path, "UPDATE campaign SET paused = 1")

    monkeypatch.setattr("shutil.copyfile", copy_while_writing)
    reader = open_ledger(path, read_only=True)
    balance = await reader.balance(campaign.id)
    known = await reader.campaign(NAME)
    await reader.close()

    assert len(copies) == 4
    assert (balance.total, known) == (3, replace(campaign, paused=True))


async def test_the_copy_is_removed(
    ledger: SqliteLedger,
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The private copy is gone after closing."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    await plan(ledger, contacts(1))

    reader = open_ledger(path, read_only=True)
    during = files(tmp_path)
    await reader.close()

    assert len(during) == 2
    assert files(tmp_path) == {"home"}


async def test_what_is_not_there_reads_as_empty(path: Path) -> None:
    """A ledger that is not there has no campaigns, takes a list for comparison, and is not made."""
    ledger = open_ledger(path, read_only=True)
    campaigns = await ledger.campaigns()
    async with ledger.roster() as roster:
        await roster.add(contacts(2))
        changes = await roster.compare(NAME, due_by=NOW + 900)
    log = [entry async for entry in ledger.log(LogFilter())]
    await ledger.close()

    assert (campaigns, changes.new, log) == ((), 2, [])
    assert not path.parent.exists()


@pytest.mark.parametrize("exists", [True, False])
async def test_reading_refuses_to_write(path: Path, exists: bool) -> None:
    """A ledger that was opened for reading refuses every change."""
    if exists:
        await close_with(path)
    ledger = open_ledger(path, read_only=True)

    with pytest.raises(LedgerUnwritable, match="for reading only"):
        await ledger.suppress([suppression("a@example.org")])
    async with ledger.roster() as roster:
        with pytest.raises(LedgerUnwritable, match="for reading only"):
            await roster.plan(plan_request())
    await ledger.close()


def write_text(path: Path) -> None:
    """Something that is no database at all."""
    path.write_text("Dear Minister,\n" * 500)


def truncate(path: Path) -> None:
    """The second half is lost."""
    path.write_bytes(content(path)[: len(content(path)) // 2])


def belong_to_another(path: Path) -> None:
    """A database of another program."""
    path.unlink()
    execute(path, "CREATE TABLE bookmark (url TEXT)")


def scribble(path: Path) -> None:
    """All pages but the first are overwritten."""
    path.write_bytes(content(path)[:4096] + b"\xa5" * (len(content(path)) - 4096))


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("harm", [write_text, truncate, belong_to_another, scribble])
async def test_damage_is_told(path: Path, harm: Callable[[Path], None], read_only: bool) -> None:
    """A file that is not a whole ledger is called damaged, when opened or when read, with a way out."""
    await close_with(path, 300)
    harm(path)

    with pytest.raises(LedgerDamaged) as told:
        await read_all(path, read_only=read_only)

    assert str(path) in told.value.what
    assert ".recover" in told.value.remedy


async def read_all(path: Path, *, read_only: bool) -> None:
    """Open a ledger and read everything in it."""
    ledger = open_ledger(path, read_only=read_only)
    try:
        _ = [entry async for entry in ledger.log(LogFilter())]
        await ledger.verify()
    finally:
        await ledger.close()


@pytest.mark.parametrize("read_only", [False, True])
async def test_a_later_version_is_told(path: Path, read_only: bool) -> None:
    """A ledger that a later version wrote is left alone."""
    await close_with(path)
    execute(path, "PRAGMA user_version = 99")
    before = content(path)

    with pytest.raises(LedgerNewer, match="number 99"):
        open_ledger(path, read_only=read_only)

    assert content(path) == before
    assert files(path.parent) == {"ledger.db"}


async def test_a_full_disk_is_told_and_loses_nothing(ledger: SqliteLedger) -> None:
    """When the disk is full, the change is refused as a whole, and the ledger goes on once there is room."""
    await ledger._writer.ask(lambda db: db.pragma("max_page_count", int(db.pragma("page_count")) + 4))

    with pytest.raises(LedgerUnwritable, match="disk is full") as told:
        await plan(ledger, contacts(500))
    await ledger._writer.ask(lambda db: db.pragma("max_page_count", 1 << 30))

    assert told.value.exit_code == 5
    assert await ledger.campaigns() == ()
    await plan(ledger, contacts(500))


async def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Where the file can't be made, the error says so."""
    (tmp_path / "home").write_text("a file where the folder should be")

    with pytest.raises(LedgerUnwritable, match="can't be read or written"):
        open_ledger(tmp_path / "home" / "ledger.db")


async def test_a_failed_opening_leaves_no_copy(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The private copy of a damaged ledger is removed, too."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    await close_with(path)
    write_text(path)
    (path.parent / "ledger.db-wal").write_bytes(b"")

    with pytest.raises(LedgerError):
        open_ledger(path, read_only=True)

    assert files(tmp_path) == {"home"}


async def test_two_processes_see_each_other(ledger: SqliteLedger, open_again: Open) -> None:
    """What one ledger object commits, another sees at once."""
    other = open_again()

    await ledger.suppress([suppression("a@example.org")])

    assert set(await other.suppressed(["a@example.org"])) == {"a@example.org"}


async def test_new_folders_outlive_a_power_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder that names a new one is synced before the ledger is made in it."""
    path = tmp_path / "a" / "b" / "ledger.db"
    synced: list[tuple[Path, bool]] = []
    sync = os.fsync

    def note(handle: int) -> None:
        synced.append((Path(f"/proc/self/fd/{handle}").readlink(), path.exists()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", note)
    await open_ledger(path).close()
    of_new = list(synced)
    await open_ledger(path).close()

    assert sorted(of_new) == [(tmp_path, False), (tmp_path / "a", False)]
    assert synced == of_new
