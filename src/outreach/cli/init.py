"""`outreach init`: writes a campaign that works; overwrites nothing."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from outreach.cli.terminal import data
from outreach.errors import SettingsError

# The file in the package, and where it goes.
_FILES = (
    ("outreach.toml", "outreach.toml"),
    ("letter.md", "templates/letter.md"),
    ("officials.csv", "contacts/officials.csv"),
    ("env", ".env"),
    ("gitignore", ".gitignore"),
)


def init(directory: Annotated[Path, Parameter(help="Where to; it may exist already.")] = Path()) -> int:
    """Write a campaign that works, with commented settings for common providers. Nothing is overwritten."""
    starter = files("outreach") / "starter"
    present = [target for _, target in _FILES if (directory / target).exists()]
    if present:
        raise SettingsError(
            f"{directory / present[0]}: exists already; nothing was written",
            "Choose an empty folder: outreach init DIR",
        )
    try:
        for source, target in _FILES:
            _write(directory / target, (starter / source).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{directory}: {error.strerror}", "Choose a folder that can be written.") from error
    console = data()
    for _, target in _FILES:
        console.print(f"Wrote {directory / target}", markup=False)
    console.print("Next: edit templates/letter.md and contacts/officials.csv, then outreach check", markup=False)
    return 0


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600 if path.name == ".env" else 0o644)
    path.write_text(text, encoding="utf-8")
