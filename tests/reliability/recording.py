"""Records what a send does to the disk: a layer under SQLite's writes and syncs, and under our own.

What happens elsewhere, a letter at the relay or a result on the screen, is noted in the same log, in order.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import apsw

from tests.reliability.disk import Create, Delete, MakeFolder, Rename, Sync, SyncFolder, Truncate, Write

_VFS = "recording"
_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int))  # of openDirectory


class DiskLog:
    """The log, for what lies below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.entries: list[object] = []
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def note(self, entry: object) -> None:
        """Add an entry; from any thread."""
        with self._lock:
            self.entries.append(entry)

    def relative(self, path: str | Path) -> str | None:
        """The path below the folder, empty for itself; None for what lies elsewhere, and for shared memory."""
        path = Path(path)
        if not path.is_relative_to(self.root) or path.name.endswith("-shm"):
            return None
        return "" if path == self.root else str(path.relative_to(self.root))

    def created(self, path: str) -> None:
        """A file may be new: it has a name from now on."""
        if path not in self._known:
            self._known.add(path)
            self.note(Create(path))

    def deleted(self, path: str) -> None:
        """A file has lost its name."""
        if path in self._known:
            self._known.discard(path)
            self.note(Delete(path))

    def renamed(self, path: str, to: str) -> None:
        """A file has another name."""
        self._known.discard(path)
        self._known.add(to)
        self.note(Rename(path, to))


@contextmanager
def recorded(root: Path) -> Iterator[DiskLog]:
    """Within the block, all that this process does to the disk below the folder is noted."""
    log = DiskLog(root)
    vfs = _RecordingVFS(log)
    try:
        with _folder_syncs(log), _own_calls(log):
            yield log
    finally:
        apsw.set_default_vfs("unix")
        vfs.unregister()


class _RecordingVFS(apsw.VFS):
    """SQLite's own layer, with a log."""

    def __init__(self, log: DiskLog) -> None:
        super().__init__(_VFS, "unix", makedefault=True)
        self._log = log

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        """Open a file; one of ours is watched."""
        filename = name.filename() if isinstance(name, apsw.URIFilename) else name
        path = self._log.relative(filename) if filename else None
        if path is None:
            return apsw.VFSFile("unix", name, flags)
        self._log.created(path)
        return _RecordingFile(self._log, path, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        """Delete a file."""
        path = self._log.relative(filename)
        if path is not None:
            self._log.deleted(path)
        super().xDelete(filename, syncdir)


class _RecordingFile(apsw.VFSFile):
    """A file of SQLite's. A write may reach the disk once it is asked for; a sync is one when it is over."""

    def __init__(self, log: DiskLog, path: str, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self._log, self._path = log, path

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        """Write."""
        self._log.note(Write(self._path, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        """Cut."""
        self._log.note(Truncate(self._path, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Sync."""
        super().xSync(flags)
        self._log.note(Sync(self._path))


@contextmanager
def _folder_syncs(log: DiskLog) -> Iterator[None]:
    """SQLite opens a folder only to sync it, which the layer above does not see."""
    vfs = apsw.VFS("folders", "unix")
    original_address = vfs.xGetSystemCall("openDirectory")
    assert original_address
    original = _SIGNATURE(original_address)

    def open_directory(name: bytes, handle: Any) -> int:
        # SQLite names a file in the folder.
        path = log.relative(Path(os.fsdecode(name)).parent)
        result: int = original(name, handle)
        if path is not None:
            log.note(SyncFolder(path))
        return result

    ours = _SIGNATURE(open_directory)
    address = ctypes.cast(ours, ctypes.c_void_p).value
    assert address
    vfs.xSetSystemCall("openDirectory", address)
    try:
        yield
    finally:
        vfs.xSetSystemCall("openDirectory", 0)  # the original again
        vfs.unregister()


@contextmanager
def _own_calls(log: DiskLog) -> Iterator[None]:
    """What our own code does: it makes folders and files, syncs them, and gives the seal its name."""
    fsync, replace, opened, mkdir = os.fsync, os.replace, os.open, os.mkdir

    def sync(handle: int) -> None:
        fsync(handle)
        path = log.relative(Path(f"/proc/self/fd/{handle}").readlink())
        if path is None:
            return
        whole = log.root / path
        if whole.is_dir():
            log.note(SyncFolder(path))
        else:  # written by Python, which we do not watch; what it holds now is durable
            log.created(path)
            log.note(Write(path, 0, whole.read_bytes()))
            log.note(Sync(path))

    def rename(source: Path, target: Path) -> None:
        replace(source, target)
        path, to = log.relative(source), log.relative(target)
        if path is not None and to is not None:
            log.renamed(path, to)

    def open_file(path: Any, flags: int, *rest: Any, **named: Any) -> int:
        handle = opened(path, flags, *rest, **named)
        inside = log.relative(path) if flags & os.O_CREAT and isinstance(path, str | Path) else None
        if inside is not None:
            log.created(inside)
        return handle

    def make_folder(path: Any, *rest: Any, **named: Any) -> None:
        mkdir(path, *rest, **named)
        inside = log.relative(path) if isinstance(path, str | Path) else None
        if inside is not None:
            log.note(MakeFolder(inside))

    with patch.multiple(os, fsync=sync, replace=rename, open=open_file, mkdir=make_folder):
        yield
