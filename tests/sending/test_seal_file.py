"""The seal file is there as a whole or not at all, and stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.sending.seal_file import SealFile, read_seal_file, write_seal_file

SEAL = SealFile("repatriation", "0" * 32, "1" * 64, 1697414400.0, 27)


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("point", [CrashPoint.SEALING, CrashPoint.SEALED])
def test_a_killed_write_leaves_the_old_seal_and_nothing_that_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: CrashPoint
) -> None:
    """Killed in mid-write, the old seal is whole; the next write leaves no other file behind."""

    def die(here: CrashPoint) -> None:
        if here is point:
            raise Died

    path = tmp_path / "outreach.seal"
    write_seal_file(path, SEAL)
    old = path.read_bytes()
    monkeypatch.setattr(crashpoints, "hook", die)
    with pytest.raises(Died):
        write_seal_file(path, SealFile("other", "2" * 32, "3" * 64, 1.0, 1))
    after_the_kill = path.read_bytes()
    monkeypatch.setattr(crashpoints, "hook", None)
    write_seal_file(path, SEAL)

    assert after_the_kill == old
    assert [entry.name for entry in tmp_path.iterdir()] == ["outreach.seal"]
    assert read_seal_file(path) == SEAL


def test_the_name_of_the_seal_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is synced once the seal has its name, so that a power loss does not take it away."""
    path = tmp_path / "outreach.seal"
    synced: list[tuple[Path, bool]] = []

    def note(handle: int) -> None:
        synced.append((Path(f"/proc/self/fd/{handle}").readlink(), path.exists()))

    monkeypatch.setattr(os, "fsync", note)

    write_seal_file(path, SEAL)

    assert synced == [(tmp_path / ".outreach.seal.new", False), (tmp_path, True)]
