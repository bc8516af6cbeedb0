"""What a power loss leaves in place, and what waiting for the disk costs."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

_ZEROS = bytes(1 << 20)


def grow(file: Path, size: int) -> None:
    """Make a file so many bytes long, with zeros on the disk.

    Writing into a file that is there is waited for less long than making one longer: the file system has nothing of its
    own to write. Nobody else may be writing to it. One that can't grow stays as it is.
    """
    with contextlib.suppress(OSError), file.open("r+b", buffering=0) as opened:
        length = opened.seek(0, os.SEEK_END)
        try:
            for place in range(length, size, len(_ZEROS)):
                opened.write(_ZEROS[: size - place])
            sync(opened.fileno())
        except OSError:
            opened.truncate(length)
            raise


def sync(handle: int) -> None:
    """Wait until what was written into an open file is on the disk. OSError where it may not be."""
    if hasattr(fcntl, "F_FULLFSYNC"):  # macOS: only this reaches the platter
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
    else:
        os.fdatasync(handle)


def make_folder(folder: Path) -> None:
    """Make the folder, for its owner only, and those above it; they outlive a power loss, and so does what is in it."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in missing:
        keep_names(one.parent)


def keep_names(folder: Path) -> None:
    """Make the names in this folder durable. Some file systems can't; then there is nothing more to do."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
