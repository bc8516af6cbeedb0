"""The key that signs the links to unsubscribe: from where the settings say, else from a file that is made once."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from outreach.config.secret import resolve_secret
from outreach.errors import SettingsError
from outreach.model import SecretReference

_SHORTEST = 16  # characters; one that can be guessed would let anybody sign


def read_key(reference: SecretReference, *, environ: Mapping[str, str], folder: Path) -> bytes:
    """The key that is kept there; SettingsError where there is none, or one that is too short."""
    key = resolve_secret(reference, environ=environ, folder=folder, ask=_nobody, what="key of [unsubscribe]")
    if len(key) < _SHORTEST:
        raise SettingsError(
            f"The key of [unsubscribe] has {len(key)} characters, which can be guessed",
            f"Give it {_SHORTEST} at least, drawn by chance: openssl rand -hex 32 prints such a key.",
        )
    return key.encode()


def make_key_file(path: Path, new_key: Callable[[], str]) -> None:
    """Write a new key, for the owner only (0600), unless there is one: a key once used is never replaced.

    It is whole and on the disk before it can be seen. The folder must be there.
    """
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        try:
            handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            try:
                os.write(handle, f"{new_key()}\n".encode())
                os.fsync(handle)
            finally:
                os.close(handle)
            with contextlib.suppress(FileExistsError):  # another process was faster
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        _keep_names(path.parent)
    except OSError as error:
        raise SettingsError(
            f"{path}: the key of [unsubscribe] can't be written: {error.strerror}",
            'Make the folder writable, or name a key of your own: key = { env = "UNSUBSCRIBE_KEY" }.',
        ) from error


def _keep_names(folder: Path) -> None:
    """Make the names in the folder durable, where the file system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _nobody(_: str) -> str:
    raise EOFError
