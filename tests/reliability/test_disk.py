"""The model of a disk: what a power loss leaves of what was written, synced and named."""

from __future__ import annotations

import random

import pytest

from tests.reliability.disk import (
    SECTOR,
    Create,
    Delete,
    Loss,
    MakeFolder,
    Rename,
    Sync,
    SyncFolder,
    Truncate,
    Write,
    left_on_disk,
)


def left(*log: object, loss: Loss = Loss.UNDONE, seed: int = 0) -> dict[str, bytes]:
    """What is on the disk after this log."""
    return left_on_disk(log, loss, random.Random(seed))


def test_what_was_not_synced_is_undone() -> None:
    """A write and a cut after the last sync are gone, what came before is there."""
    named = (Create("a"), SyncFolder(""))

    assert left(*named, Write("a", 0, b"old"), Sync("a"), Write("a", 1, b"new"), Truncate("a", 1)) == {"a": b"old"}


def test_a_file_without_a_durable_name_is_lost() -> None:
    """A synced file is gone where the folder that names it was not synced."""
    assert left(Create("a"), Write("a", 0, b"x"), Sync("a")) == {}


def test_a_folder_without_a_durable_name_takes_all_with_it() -> None:
    """Syncing a folder keeps the names in it, not its own."""
    inside = (MakeFolder("d"), Create("d/a"), Write("d/a", 0, b"x"), Sync("d/a"), SyncFolder("d"))

    assert left(*inside) == {}
    assert left(*inside, SyncFolder("")) == {"d/a": b"x"}


def test_names_change_when_their_folder_is_synced() -> None:
    """Until then a deleted file is still there, and a renamed one has the name it had."""
    made = (Create("a"), Write("a", 0, b"x"), Sync("a"), SyncFolder(""))

    assert left(*made, Delete("a")) == {"a": b"x"}
    assert left(*made, Delete("a"), SyncFolder("")) == {}
    assert left(*made, Rename("a", "b")) == {"a": b"x"}
    assert left(*made, Rename("a", "b"), SyncFolder("")) == {"b": b"x"}


def test_torn_writes_survive_by_the_sector() -> None:
    """Of a write that was not synced some sectors are there whole, and others not at all."""
    size = 8 * SECTOR
    log = (Create("a"), Write("a", 0, bytes(size)), Sync("a"), SyncFolder(""), Write("a", 0, b"x" * size))

    content = left(*log, loss=Loss.TORN)["a"]

    sectors = {content[start : start + SECTOR] for start in range(0, size, SECTOR)}
    assert sectors == {bytes(SECTOR), b"x" * SECTOR}


@pytest.mark.parametrize("seed", range(10))
def test_a_cut_keeps_what_came_before(seed: int) -> None:
    """Cut short, the later of two writes is there only after the earlier one."""
    log = (Create("a"), Sync("a"), SyncFolder(""), Write("a", 0, b"x" * 700), Write("a", 700, b"y" * 700))

    content = left(*log, loss=Loss.CUT, seed=seed)["a"]

    assert (b"x" * 700 + b"y" * 700).startswith(content)
