"""The files of a new campaign, and how they get into the folder: all of them or none, and over nothing."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from outreach.beginning.answers import Answers
from outreach.beginning.letters import letter_path, starter, starter_letter
from outreach.beginning.settings_text import settings_text
from outreach.errors import SettingsError

_SAMPLE_LIST = "contacts/officials.csv"
FIXED = ("outreach.toml", ".env", ".gitignore")  # written whatever the answers are


@dataclass(frozen=True, slots=True)
class NewFile:
    """One file to be written."""

    path: str  # from the campaign's folder
    content: bytes
    mode: int = 0o644


def campaign_files(directory: Path, answers: Answers) -> tuple[NewFile, ...]:
    """What a campaign with these answers is made of. A list that is in place already is not among it."""
    contacts = answers.contacts
    file = f"contacts/{contacts.name}" if contacts else _SAMPLE_LIST
    written = [
        NewFile("outreach.toml", settings_text(answers, name=campaign_name(directory), file=file).encode()),
        *(
            NewFile(letter_path(answers.languages).format(lang=language), starter_letter(language, contacts).encode())
            for language in answers.languages
        ),
    ]
    if contacts is None:
        written.append(NewFile(_SAMPLE_LIST, _sample_list(answers.languages)))
    elif not _is_same(contacts.path, directory / "contacts" / contacts.path.name):
        written.append(NewFile(f"contacts/{contacts.path.name}", contacts.content))
    return (
        *written,
        NewFile(".env", (starter() / "env").read_bytes(), mode=0o600),
        NewFile(".gitignore", (starter() / "gitignore").read_bytes()),
    )


def _sample_list(languages: Sequence[str]) -> bytes:
    """The sample; where there are several letters, its rows are in one language after another."""
    sample = (starter() / "officials.csv").read_bytes()
    if len(languages) == 1:
        return sample
    header, *rows = sample.decode().splitlines()
    told = (f"{row},{languages[number % len(languages)]}" for number, row in enumerate(rows))
    return "".join(f"{line}\n" for line in (f"{header},lang", *told)).encode()


def campaign_name(directory: Path) -> str:
    """A name for the campaign from its folder's: small letters and digits, with hyphens between."""
    name = unicodedata.normalize("NFC", directory.resolve().name).lower()
    return re.sub(r"[\W_]+", "-", name).strip("-") or "campaign"


def refuse_present(directory: Path, paths: Sequence[str]) -> None:
    """SettingsError where one of these is there already."""
    for path in paths:
        target = directory / path
        if target.exists() or target.is_symlink():
            raise _present(target)


def write_files(directory: Path, new_files: Sequence[NewFile]) -> None:
    """Write all of them. SettingsError where one is there or can't be written; then nothing new is left."""
    refuse_present(directory, [file.path for file in new_files])
    made: list[Path] = []
    try:
        for file in new_files:
            target = directory / file.path
            _make_folders(target.parent, made)
            # Exclusive: what appears in between is not overwritten either, and a secret's file is never open to others.
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
            made.append(target)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(file.content)
    except BaseException as error:
        for path in reversed(made):
            with contextlib.suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        if isinstance(error, FileExistsError):
            raise _present(Path(error.filename)) from error
        if isinstance(error, OSError):
            hint = "Nothing was written. Choose a folder that can be written."
            raise SettingsError(f"{error.filename or directory}: {error.strerror}", hint) from error
        raise


def _make_folders(folder: Path, made: list[Path]) -> None:
    """The folder with those above it; what was not there before is noted."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir()
        made.append(path)


def _present(target: Path) -> SettingsError:
    return SettingsError(f"{target}: exists already; nothing was written", "Choose an empty folder: outreach init DIR")


def _is_same(one: Path, other: Path) -> bool:
    return other.exists() and one.samefile(other)
