"""Reading the files a letter takes along: only from inside the campaign's folder."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path, PureWindowsPath
from typing import NoReturn

from outreach.errors import ContentError, Problem

# Not every system has these. Opening a named pipe would otherwise wait for somebody to write into it, and a link
# put in place of the file since it was located would be followed.
_CAREFULLY = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)

# Not `isprintable`: names from macOS hold blanks (U+202F) that it calls unprintable.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_SHOWN = 200  # characters of a path, in an error

_PRIVATE_KEY = re.compile(rb"^-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----", re.MULTILINE)  # RFC 7468, 10 and 11

LARGEST_BYTES = 25_000_000  # what large receivers take at most, as sent; encoding adds a third


def read_file_inside(folder: Path, path: str, *, what: str, limit_bytes: int = LARGEST_BYTES) -> bytes:
    """The content of the file at `path`, relative to `folder`; links are followed as long as they stay inside.

    `what` names it in errors: "the attachment". ContentError (E21) where it is missing, outside, no plain
    file, unreadable, larger than the limit, or somebody's private key.
    """
    found = _locate(folder, path, what=what)
    try:
        with open(found, "rb", opener=_open_carefully) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                _refuse(path, f"{what} is not a plain file", "Name a file, not a folder or a device.")
            content = file.read(limit_bytes + 1)
    except IsADirectoryError:
        _refuse(path, f"{what} is a folder", "Name a file in it.")
    except OSError as error:
        _refuse(path, f"{what} can't be read: {error.strerror}", "Make the file readable for you, then try again.")
    if len(content) > limit_bytes:
        _refuse(
            path,
            f"{what} is larger than {limit_bytes / 1e6:g} MB",
            "Make it smaller, or put it on the web and link to it.",
        )
    if _PRIVATE_KEY.search(content):
        _refuse(path, f"{what} holds a private key", "Keep the key where nobody gets it, and name another file.")
    return content


def _locate(folder: Path, path: str, *, what: str) -> Path:
    """Where the file really is, after all links; ContentError unless that is inside the folder."""
    if not path or _CONTROLS.search(path):
        _refuse(path, f"{what} has no usable name", "Write the path of a file, without control characters.")
    root = folder.resolve()
    # A Windows path is refused everywhere, so that a campaign means the same on every machine.
    absolute = Path(path).is_absolute() or PureWindowsPath(path).is_absolute()
    try:
        found = root / path if absolute else (root / path).resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError):
        # Nothing is told about files elsewhere, not even whether they exist.
        found = (root / path).resolve()
        if found.is_relative_to(root):
            _refuse(
                path, f"{what} is missing", "Put the file there, or correct the path; it is relative to the folder."
            )
    except (OSError, RuntimeError) as error:  # Python 3.11 and 3.12 raise RuntimeError for links in a circle
        _refuse(path, f"{what} can't be found: {_reason(error)}", "Correct the path, or the link it goes through.")
    if absolute or not found.is_relative_to(root):
        _refuse(path, f"{what} is outside the campaign's folder", "Copy it into the folder and name it from there.")
    return found


def _open_carefully(path: str, flags: int) -> int:
    return os.open(path, flags | _CAREFULLY)


def _reason(error: OSError | RuntimeError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "its links lead in a circle"


def _refuse(path: str, message: str, hint: str) -> NoReturn:
    shown = path if len(path) <= _SHOWN else path[:_SHOWN] + "…"
    where = ascii(shown) if _CONTROLS.search(shown) else shown
    raise ContentError(Problem("E21", where, message, hint, several="name a file that can't be sent along"))
