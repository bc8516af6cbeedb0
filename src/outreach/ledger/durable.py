"""Names that a power loss leaves in place: a file is on the disk only once the folder that names it is, too."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


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
