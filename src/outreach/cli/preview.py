"""`outreach preview`: one letter as its recipient gets it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from outreach.cli.common import Common, address_key, read_settings, wait_for
from outreach.cli.output import refuse_needed, write
from outreach.cli.terminal import say, talk
from outreach.errors import UsageError

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.sending.preview import Preview


def preview(
    address: str = "",
    *,
    html: Annotated[Path | None, Parameter(help="Write a page for the browser to this file.")] = None,
    eml: Annotated[Path | None, Parameter(help="Write the message, byte for byte, to this file.")] = None,
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Show one letter as a mail client would, and what was found in it.

    Parameters
    ----------
    address
        Whose letter: an address, an id or a row of the list; default: the first.

    """
    if html is not None and html == eml:
        raise UsageError(f"--html and --eml both name {html}", "Name two files.")
    settings = read_settings(common)
    shown = wait_for(lambda: _preview(settings, address))
    if html is None and eml is None:
        from outreach.cli.letter import print_letter

        print_letter(shown, file=settings.contacts.file)
    for path, flag in ((html, "--html"), (eml, "--eml")):
        if path is not None:
            refuse_needed(path, flag, settings, sources=shown.sources)
    if html is not None:
        from outreach.report.preview_page import preview_page

        place = shown.standing.words(settings.contacts.file)
        page = preview_page(shown.message, problems=shown.findings.listed, place=place)
        _write(html, page.encode())
    if eml is not None:
        _write(eml, shown.message.content)
    return 0


def _write(path: Path, content: bytes) -> None:
    write(path, content)
    say(talk(), f"Written to {path}.")


async def _preview(settings: Settings, address: str) -> Preview:
    from outreach.assembly.campaigns import campaign_folder
    from outreach.assembly.ledgers import last_ledger
    from outreach.assembly.relays import relay_terms
    from outreach.clock import SystemClock
    from outreach.sending.preview import preview_letter

    wanted = address_key(address) if "@" in address else address
    on_loopback = settings.relay is None or relay_terms(settings.relay).on_loopback
    async with last_ledger(settings) as (ledger, _):
        return await preview_letter(
            campaign_folder(settings), ledger, wanted=wanted, on_loopback=on_loopback, clock=SystemClock()
        )
