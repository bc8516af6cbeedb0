"""The seal file: what lies beside a campaign's settings and says that its letters may have left, and from which ledger.

The ledger knows what became of every letter. This file knows that there is such a ledger, so that a campaign whose
ledger is lost, or that was given another name, is not sent to everyone once more.
"""

from __future__ import annotations

import datetime
import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.errors import SettingsError
from outreach.ledger.durable import keep_names

_ID_BYTES = 16
_HEAD = """\
# The seal of a campaign, written when its letters were confirmed. Keep this file with the campaign, in copies too:
# it keeps the letters from being sent a second time when the ledger is lost, or the campaign gets another name.
"""


@dataclass(frozen=True, slots=True)
class SealFile:
    """What the file says."""

    name: str  # of the campaign
    id: str  # 32 hex digits
    text: str  # SHA-256 in hex of the text that the campaign is bound to
    sealed_at: float  # seconds since the epoch, to the second: when the campaign began
    letters: int  # planned when it was written last
    records: int = 0  # in the ledger's journal then: a ledger that has fewer is an older copy


def read_seal_file(path: Path) -> SealFile | None:
    """What the file says; None where there is none. SettingsError for one that can't be read."""
    try:
        return _parse(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"{path.name}: {error.strerror}", "Make the file readable for you.") from error
    except (ValueError, KeyError, TypeError) as error:  # errors of TOML and of the encoding are ValueErrors
        raise SettingsError(
            f"{path.name}: not a seal as it was written, so nobody knows which letters have left",
            "Put back the file as it was, from a copy of the campaign's folder.",
        ) from error


def _parse(text: str) -> SealFile:
    content = tomllib.loads(text)
    sealed_at = datetime.datetime.fromisoformat(str(content["sealed_at"]))
    if sealed_at.tzinfo is None or len(bytes.fromhex(content["id"])) != _ID_BYTES:
        raise ValueError("a time without its zone, or no id")
    letters, records = int(content["letters"]), int(content.get("records", 0))
    return SealFile(str(content["name"]), content["id"], str(content["text"]), sealed_at.timestamp(), letters, records)


def write_seal_file(path: Path, seal: SealFile) -> None:
    """Write the file, durably and as a whole. SettingsError where that is not possible."""
    sealed_at = datetime.datetime.fromtimestamp(int(seal.sealed_at), datetime.UTC)
    lines = (
        f"name = {json.dumps(seal.name, ensure_ascii=False)}",  # a printable name is the same in JSON and in TOML
        f'id = "{seal.id}"',
        f'text = "{seal.text}"',
        f"sealed_at = {sealed_at.isoformat()}",
        f"letters = {seal.letters}",
        f"records = {seal.records}",
    )
    beside = path.with_name(f".{path.name}.new")  # one name: what a killed run left is overwritten, not added to
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(_HEAD)
            if crashpoints.hook:
                file.flush()
                crashpoints.hook(CrashPoint.SEALING)
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        if crashpoints.hook:
            crashpoints.hook(CrashPoint.SEALED)
        beside.replace(path)
        keep_names(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SettingsError(
            f"{path.name}: the seal of the campaign can't be written ({error.strerror})",
            "Make the folder writable for you; the letters are planned, none has left. Then run the command again.",
        ) from error
