"""`outreach preview`: one letter as its recipient gets it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from outreach.cli.common import Common, address_key, read_settings, wait_for
from outreach.cli.terminal import data, say, talk
from outreach.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.sending.preview import Preview


def preview(
    address: str = "",
    *,
    html: Annotated[Path | None, Parameter(help="Write the HTML part to this file.")] = None,
    eml: Annotated[Path | None, Parameter(help="Write the whole message to this file.")] = None,
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Show one letter: the headers and the text.

    Parameters
    ----------
    address
        Whose letter; default: the first of the list.

    """
    shown = wait_for(lambda: _preview(read_settings(common), address))
    if html is not None:
        if shown.letter.html is None:
            raise UsageError("--html: this letter has no HTML part", "Write the letter as .md or .html.")
        _write(html, shown.letter.html.encode())
    if eml is not None:
        _write(eml, shown.message.content)
    for path in (html, eml):
        if path is not None:
            say(talk(), f"Written to {path}.")
    if html is None and eml is None:
        _print(shown)
    return 0


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}", "Name a file that can be written.") from error


def _print(shown: Preview) -> None:
    console = data()
    for label, value in shown.headers:
        say(console, value, before=(f"{label}: ", "bold"))
    say(console)
    for line in shown.letter.text.split("\n"):
        say(console, line)
    size = f"{len(shown.message.content) / 1024:.1f} kB"
    parts = "text and HTML" if shown.letter.html is not None else "text"
    files = f", with {', '.join(shown.letter.attachments)}" if shown.letter.attachments else ""
    say(talk(), (f"{size}: {parts}{files}. --html FILE and --eml FILE write it out.", "dim"))


async def _preview(settings: Settings, address: str) -> Preview:
    from outreach.assembly import campaign_folder, last_ledger
    from outreach.clock import SystemClock
    from outreach.sending.preview import preview_letter

    key = address_key(address) if address else ""
    async with last_ledger(settings) as (ledger, _):
        return await preview_letter(campaign_folder(settings), ledger, key=key, clock=SystemClock())
