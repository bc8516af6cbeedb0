"""Seal file, ledger and name: which of them belong together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from outreach.errors import SettingsError, UnsafeError
from outreach.ledger.campaign_values import CampaignRecord
from outreach.sending.seal_file import SealFile, read_seal_file, write_seal_file
from outreach.sending.standing import Standing, refuse_copies, refuse_strangers

ID = "ab" * 16
SEAL = SealFile("letter", ID, "c" * 64, 1_700_000_000.0, 300)


def record(folder: Path | str, *, name: str = "letter", identity: str = ID) -> CampaignRecord:
    """What the ledger knows."""
    return CampaignRecord(
        identity, name, 1_700_000_000.0, "c" * 64, "d" * 64, "2023-11-14", folder=f"desk:{folder}" if folder else ""
    )


def standing(
    folder: Path,
    *,
    seal: SealFile | None = SEAL,
    by_name: CampaignRecord | None = None,
    by_id: CampaignRecord | None = None,
    records: int = 0,
) -> Standing:
    """What is known here."""
    path = folder / "outreach.seal"
    return Standing("letter", path, "desk", seal, by_name, by_id, records, "/data/ledger.db", ledger_in_folder=False)


def test_what_belongs_together_passes(tmp_path: Path) -> None:
    """A new campaign, a known one, and a known one whose seal is missing in its own folder."""
    known = record(tmp_path)

    for fine in (
        standing(tmp_path, seal=None),
        standing(tmp_path, by_name=known, by_id=known),
        standing(tmp_path, seal=None, by_name=known),
        standing(tmp_path, seal=None, by_name=record("")),
    ):
        refuse_strangers(fine, new_ledger=False)
        refuse_copies(fine, moved=False)


@pytest.mark.parametrize(
    ("seal", "by_name", "by_id", "words"),
    [
        (SEAL, None, None, "its ledger is not at /data/ledger.db"),
        (SealFile("other", ID, "c" * 64, 0.0, 3), None, None, 'seal of "other"'),
        (SealFile("letter", ID, "c" * 64, 0.0, 3), None, record("/a", name="first"), 'seal of "first"'),
        (SEAL, record("/elsewhere", identity="ef" * 16), None, 'another campaign "letter"'),
        (None, record("/elsewhere"), None, "begun on 2023-11-14 in /elsewhere"),
    ],
    ids=["lost", "renamed", "seal renamed too", "other ledger", "name taken"],
)
def test_what_does_not_is_refused_in_words(
    tmp_path: Path,
    seal: SealFile | None,
    by_name: CampaignRecord | None,
    by_id: CampaignRecord | None,
    words: str,
) -> None:
    """Each way in which a campaign can look new although it is not."""
    with pytest.raises(UnsafeError, match=words) as error:
        refuse_strangers(standing(tmp_path, seal=seal, by_name=by_name, by_id=by_id), new_ledger=False)

    assert error.value.remedy


def test_only_a_lost_ledger_may_be_replaced(tmp_path: Path) -> None:
    """--new-ledger helps where the ledger is lost, and neither a renamed nor a known campaign."""
    known = record(tmp_path)
    refuse_strangers(standing(tmp_path), new_ledger=True)

    for other in (
        standing(tmp_path, by_name=known, by_id=known),
        standing(tmp_path, seal=None),
        standing(tmp_path, seal=SealFile("other", ID, "c" * 64, 0.0, 3)),
    ):
        with pytest.raises(UnsafeError):
            refuse_strangers(other, new_ledger=True)


def test_an_older_copy_of_the_ledger_is_noticed(tmp_path: Path) -> None:
    """A ledger with fewer records than the seal has seen does not know of letters that have left."""
    known = record(tmp_path)
    seal = replace(SEAL, records=7)
    refuse_strangers(standing(tmp_path, seal=seal, by_name=known, by_id=known, records=7), new_ledger=False)
    older = standing(tmp_path, seal=seal, by_name=known, by_id=known, records=6)

    with pytest.raises(UnsafeError, match="is an older copy"):
        refuse_strangers(older, new_ledger=False)
    refuse_strangers(older, new_ledger=True)


def test_a_copy_is_one_while_the_first_folder_is_sealed(tmp_path: Path) -> None:
    """A folder that is gone, or holds another campaign by now, was not copied but moved from."""
    first, here = tmp_path / "first", tmp_path / "here"
    first.mkdir()
    known = record(first)
    moved = standing(here, by_name=known, by_id=known)
    refuse_copies(moved, moved=False)
    write_seal_file(first / "outreach.seal", SealFile("letter", "ef" * 16, "c" * 64, 0.0, 3))
    refuse_copies(moved, moved=False)
    write_seal_file(first / "outreach.seal", SEAL)

    with pytest.raises(UnsafeError, match="This folder is a copy"):
        refuse_copies(moved, moved=False)


def test_another_machine_is_asked_about(tmp_path: Path) -> None:
    """What goes on there we can't see, so a person has to say; the same folder under another name is no other place."""
    known = replace(record("/home/ana/letter"), folder="laptop:/home/ana/letter")
    copied = standing(tmp_path, by_name=known, by_id=known)
    renamed = replace(known, folder=f"laptop:{tmp_path}")

    with pytest.raises(UnsafeError, match="/home/ana/letter on laptop, and this is desk"):
        refuse_copies(copied, moved=False)
    refuse_copies(copied, moved=True)
    refuse_copies(standing(tmp_path, by_name=renamed, by_id=renamed), moved=False)


def test_a_seal_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Names with quotes and in other scripts too; nothing else stays in the folder."""
    path = tmp_path / "outreach.seal"
    seal = SealFile('"Wir \\ 우리" #1', ID, "c" * 64, 1_700_000_000.0, 3)

    write_seal_file(path, seal)

    assert read_seal_file(path) == seal
    assert [entry.name for entry in tmp_path.iterdir()] == ["outreach.seal"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"name = 'x'", b"name = 'x'\nid = '12'\ntext=''\nsealed_at=2023-01-01\nletters=1"]
)
def test_a_spoilt_seal_is_an_error(tmp_path: Path, content: bytes) -> None:
    """Whatever is wrong with it, it is not taken for a campaign without a seal."""
    path = tmp_path / "outreach.seal"
    path.write_bytes(content)

    with pytest.raises(SettingsError, match=r"outreach\.seal"):
        read_seal_file(path)


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    """The seal can't be written: the letters wait."""
    with pytest.raises(SettingsError, match="can't be written"):
        write_seal_file(tmp_path / "no such folder" / "outreach.seal", SEAL)
