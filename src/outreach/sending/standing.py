"""Whether this folder may send this campaign: its seal file, its ledger and its name must fit together.

A copied folder, a lost ledger or a new name each look like a campaign that nobody has received yet.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from outreach.errors import UnsafeError
from outreach.ledger.campaign_values import CampaignRecord
from outreach.sending.seal_file import SealFile, read_seal_file


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the campaign here and in the ledger."""

    name: str  # as the settings have it
    seal_path: Path
    machine: str  # the name of this one
    seal: SealFile | None
    record: CampaignRecord | None  # what the ledger knows under this name
    sealed_record: CampaignRecord | None  # what it knows under the id of the seal file
    records: int  # in the ledger's journal
    ledger: str  # where the ledger is
    ledger_in_folder: bool  # it would be copied along with the folder

    @property
    def ledger_lost(self) -> bool:
        """Whether letters may have left of which this ledger knows nothing."""
        return self.seal is not None and (self.sealed_record is None or self.ledger_is_older)

    @property
    def ledger_is_older(self) -> bool:
        """Whether the ledger is a copy from before the seal file was written last."""
        return self.seal is not None and self.sealed_record is not None and self.records < self.seal.records

    @property
    def is_renamed(self) -> bool:
        """Whether the settings give the campaign another name than it was sealed with."""
        known_as = {self.seal.name} if self.seal else set()
        return bool((known_as | ({self.sealed_record.name} if self.sealed_record else set())) - {self.name})

    @property
    def here(self) -> str:
        """Where we are, as the ledger remembers it."""
        return home_of(self.machine, self.seal_path.parent)

    @property
    def is_moved(self) -> bool:
        """Whether the ledger knows the campaign in another folder."""
        return self.record is not None and self.record.folder not in ("", self.here)


def home_of(machine: str, folder: Path) -> str:
    """Where a campaign is sent from: machine:/folder."""
    return f"{machine}:{folder}"


def folder_of(home: str) -> Path:
    """The folder alone."""
    return Path(home.partition(":")[2])


def refuse_strangers(standing: Standing, *, new_ledger: bool) -> None:
    """UnsafeError where the campaign is not the one that the ledger or the seal file means."""
    seal, record = standing.seal, standing.record
    if seal is None:
        if standing.is_moved and record is not None:
            raise _taken(standing, record)
    elif standing.is_renamed:
        raise _renamed(standing, seal)
    elif standing.ledger_is_older and not new_ledger:
        raise _older(standing)
    elif standing.sealed_record is None and record is not None:
        raise _other(standing, seal)
    elif standing.ledger_lost and not new_ledger:
        raise ledger_lost(standing.name, seal, standing.ledger)
    if new_ledger and not standing.ledger_lost:
        raise UnsafeError(
            f'--new-ledger: the ledger of "{standing.name}" is not lost.', "Run outreach send without --new-ledger."
        )


def refuse_copies(standing: Standing, *, moved: bool) -> None:
    """UnsafeError where this folder is a copy, and the campaign may go on where it was copied from.

    `moved`: a person says that it does not. On this machine we look; another one we can't look into. A machine that
    has only another name (a container, a new network) has the folder in the same place.
    """
    record = standing.record
    if record is None or not standing.is_moved:
        return
    machine, folder = record.folder.partition(":")[0], folder_of(record.folder)
    if machine != standing.machine:
        if folder != standing.seal_path.parent and not moved:
            raise _elsewhere(standing, machine, folder)
        return
    original = folder / standing.seal_path.name
    if original.exists() and _holds(original, record):
        copied = "its ledger was copied along" if standing.ledger_in_folder else "both folders share one ledger"
        raise UnsafeError(
            f'This folder is a copy: "{standing.name}" is sent from {folder} ({copied}).',
            f"Send it from there. If it has moved here for good, first take {standing.seal_path.name} away there.",
        )


def _holds(path: Path, record: CampaignRecord) -> bool:
    """Whether the file is the seal of this campaign; one that can't be read may be."""
    try:
        seal = read_seal_file(path)
    except Exception:
        return True
    return seal is not None and seal.id == record.id


def _elsewhere(standing: Standing, machine: str, folder: Path) -> UnsafeError:
    return UnsafeError(
        f'"{standing.name}" was last sent from {folder} on {machine}, and this is {standing.machine}.',
        "If nobody sends it from there any more, say --moved; two at once would send letters twice.",
    )


def _taken(standing: Standing, record: CampaignRecord) -> UnsafeError:
    return UnsafeError(
        f'The ledger knows a campaign "{standing.name}" already, begun on {_day(record.created_at)} '
        f"in {folder_of(record.folder)}.",
        f"Give this one another name under [campaign]; if it is the same, copy {standing.seal_path.name} from there.",
    )


def _renamed(standing: Standing, seal: SealFile) -> UnsafeError:
    name = standing.sealed_record.name if standing.sealed_record else seal.name
    return UnsafeError(
        f'{standing.seal_path.name} is the seal of "{name}", begun on {_day(seal.sealed_at)}; '
        f'the settings say "{standing.name}".',
        f'Put the name back: name = "{name}". '
        f"For another letter begin a folder: outreach init DIR, or take {standing.seal_path.name} away.",
    )


def _other(standing: Standing, seal: SealFile) -> UnsafeError:
    return UnsafeError(
        f'The ledger at {standing.ledger} knows another campaign "{standing.name}", '
        f"not the one sealed here on {_day(seal.sealed_at)}.",
        "Put back the ledger that belongs to this folder, or name it with url under [ledger].",
    )


def _older(standing: Standing) -> UnsafeError:
    return UnsafeError(
        f"The ledger at {standing.ledger} is an older copy: since then letters have left that it does not know of.",
        "Put the latest one back. Without it: outreach send --new-ledger, which says how many may get a second copy.",
    )


def ledger_lost(name: str, seal: SealFile, ledger: str) -> UnsafeError:
    """The campaign's letters may have left, and nothing at `ledger` knows of them."""
    return UnsafeError(
        f'"{name}" began on {_day(seal.sealed_at)} with {seal.letters} letters, and its ledger is not at {ledger}.',
        "Put it back. Without it: outreach send --new-ledger, which says how many may get a second copy.",
    )


def _day(seconds: float) -> str:
    """The local day."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone().date().isoformat()
