"""Files that commands write for the user: never over one that the campaign, its secrets or its ledger are kept in."""

from __future__ import annotations

import contextlib
import glob
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from outreach.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from outreach.config import Settings


def refuse_needed(path: Path, flag: str, settings: Settings, *, sources: Iterable[Path] = ()) -> None:
    """UsageError where to write the file would destroy one that is needed; `sources` are needed beside the settings'.

    `flag` is where the user named it.
    """
    target = path.resolve()
    for files, what in (
        ((*sources, *_of_campaign(settings)), "the campaign is made of this file"),
        (_with_secrets(settings), "a secret is kept in this file"),
        (_of_ledger(settings), "the ledger is kept in this file"),
    ):
        if any(file.resolve() == target for file in files):
            raise UsageError(f"{flag} {path}: {what}", "Name another file.")


@contextlib.contextmanager
def opened(output: Path | None, *, encoding: str = "utf-8") -> Iterator[TextIO]:
    """Stdout, or the file, which only its owner may read where it is new. SettingsError where it can't be written."""
    if output is None:
        yield sys.stdout
        return
    with _private(output) as handle, open(handle, "w", encoding=encoding, newline="") as file:  # noqa: PTH123 - a handle
        yield file


def write(path: Path, content: bytes) -> None:
    """The same for a whole file of bytes."""
    with _private(path) as handle, open(handle, "wb") as file:  # noqa: PTH123 - a handle
        file.write(content)


@contextlib.contextmanager
def _private(path: Path) -> Iterator[int]:
    try:
        yield os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}", "Name a file that can be written.") from error


def _of_campaign(settings: Settings) -> Iterator[Path]:
    from outreach.config import user_file
    from outreach.contacts.formats import split_sheet

    yield user_file()
    if settings.file is not None:
        yield settings.file
        yield settings.file.with_suffix(".seal")
    for name in (settings.contacts.file, *settings.data.tables.values()):
        yield settings.folder / split_sheet(name)[0]
    if settings.campaign is not None:
        letters = glob.escape(str(settings.folder / settings.campaign.letter)).replace("{lang}", "*")
        yield from map(Path, glob.glob(letters))  # noqa: PTH207 - the letter may lie anywhere
        yield from (settings.folder / name for name in settings.campaign.attachments)


def _with_secrets(settings: Settings) -> Iterator[Path]:
    from outreach.assembly.campaigns import key_path

    yield settings.folder / ".env"
    yield key_path(settings)
    yield from filter(None, (settings.dkim.key_file, settings.dkim.ed25519_key_file))
    relay = settings.relay
    oauth2 = relay.oauth2 if relay is not None else None
    references = (
        settings.unsubscribe.key,
        relay.password if relay is not None else None,
        *((oauth2.token, oauth2.client_secret, oauth2.refresh_token) if oauth2 is not None else ()),
    )
    for reference in references:
        if reference is not None and reference.kind == "file":
            yield settings.folder / str(reference.value)


def _of_ledger(settings: Settings) -> Iterator[Path]:
    """The ledger and that of the test sink, with what SQLite keeps beside them and the locks."""
    from outreach.assembly.ledgers import own_place, sink_place

    for place in (own_place(settings), sink_place(settings)):
        yield place.path
        yield from place.path.parent.glob(f"{glob.escape(place.path.name)}*")
