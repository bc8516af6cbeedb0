"""W13: files that receivers refuse, and files to many."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from outreach.errors import Problem

MANY = 100  # letters from which on a file in each of them is a file to many

# What Gmail blocks (support.google.com/mail/answer/6590), and documents that hold programs.
_RISKY = frozenset(
    [
        "ade",
        "adp",
        "apk",
        "appx",
        "appxbundle",
        "bat",
        "cab",
        "chm",
        "cmd",
        "com",
        "cpl",
        "diagcab",
        "diagcfg",
        "diagpkg",
        "dll",
        "dmg",
        "ex",
        "ex_",
        "exe",
        "hta",
        "img",
        "ins",
        "iso",
        "isp",
        "jar",
        "jnlp",
        "js",
        "jse",
        "lib",
        "lnk",
        "mde",
        "mjs",
        "msc",
        "msi",
        "msix",
        "msixbundle",
        "msp",
        "mst",
        "nsh",
        "pif",
        "ps1",
        "scr",
        "sct",
        "shb",
        "sys",
        "vb",
        "vbe",
        "vbs",
        "vhd",
        "vxd",
        "wsc",
        "wsf",
        "wsh",
        "xll",
        "docm",
        "dotm",
        "xlsm",
        "xltm",
        "xlam",
        "pptm",
        "potm",
        "ppsm",
        "sldm",
        "htm",
        "html",
        "svg",
    ]
)
_PACKED = frozenset(["zip", "rar", "7z", "gz", "tgz", "bz2", "xz", "ace"])


@lru_cache(maxsize=256)
def check_attachment(path: str) -> tuple[Problem, ...]:
    """What is wrong with a file of this name."""
    return tuple(_check(path))


def many_attachments(letters: int) -> Problem:
    """For files in so many letters."""
    message = f"{letters} letters bring a file along, which receivers distrust in mail to many"
    return Problem("W13", "", message, "Put the file on a page and link to it.", level="warning")


def _check(path: str) -> Iterator[Problem]:
    ending = PurePosixPath(path.lower()).suffix.removeprefix(".")
    several = "bring along a file that receivers refuse"
    if ending in _RISKY:
        message = f"{path}: receivers refuse files of this kind (.{ending})"
        yield Problem("W13", "", message, "Send a PDF, or link to the file.", level="warning", several=several)
    elif ending in _PACKED:
        message = f"{path}: many receivers refuse packed files, since they can't look into them"
        yield Problem(
            "W13", "", message, "Send the files themselves, or link to them.", level="warning", several=several
        )
