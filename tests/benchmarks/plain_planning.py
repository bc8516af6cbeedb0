"""Planning through our own functions with no letter composed, and the bare loop that it is measured by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from email_validator import validate_email

from outreach.assembly.campaigns import campaign_folder
from outreach.assembly.parts import identity
from outreach.composing.sealed import Sealed
from outreach.config import Settings, load_settings
from outreach.contacts.reader import read_contacts
from outreach.ledger.campaign_values import CampaignRecord, PlanRequest
from outreach.ledger.interface import Ledger
from outreach.ledger.sqlite import open_ledger
from outreach.model import Contact
from outreach.preflight.sources import FolderFiles, read_sources
from outreach.sending.run import bundle_of
from tests.benchmarks.campaign import addresses

_PAGE = 500  # rows that the roster takes at a time
_SLICE = 200
DATE = "2023-10-16"


@dataclass(frozen=True, slots=True)
class Opened:
    """A campaign's folder, read."""

    settings: Settings
    sealed: Sealed


def open_campaign(folder: Path) -> Opened:
    """The settings and the text of a campaign."""
    settings = load_settings(config=None, cwd=folder, environ={}, flags={})
    source = campaign_folder(settings)
    return Opened(settings, read_sources(source, FolderFiles(source.folder)))


def contacts_of(opened: Opened) -> Iterator[Contact]:
    """The contacts of its list; TypeError for a row that gives none."""
    for contact in read_contacts(opened.settings.folder, opened.settings.contacts):
        if not isinstance(contact, Contact):
            raise TypeError(f"a bad row: {contact}")
        yield contact


async def plan(ledger: Ledger, opened: Opened) -> CampaignRecord:
    """Read the list and plan it, as a send does, without the letters."""
    async with ledger.roster() as roster:
        page: list[Contact] = []
        for contact in contacts_of(opened):
            page.append(contact)
            if len(page) == _PAGE:
                await roster.add(page)
                page = []
        await roster.add(page)
        request = PlanRequest(
            name=opened.settings.require_campaign().name,
            bundle=bundle_of(opened.sealed),
            date=DATE,
            slice_size=_SLICE,
            now=time.time(),
            who="bench@machine",
            new_id=identity().new_id(),
        )
        return await roster.plan(request)


def plan_rows(folder: Path) -> float:
    """Seconds from the list to the ledger."""

    async def measure() -> float:
        opened = open_campaign(folder)
        ledger = open_ledger(folder / "ledger.db")
        began = time.monotonic()
        try:
            await plan(ledger, opened)
            return time.monotonic() - began
        finally:
            await ledger.close()

    return asyncio.run(measure())


def validate_alone(contacts: int) -> float:
    """Seconds of a bare loop of `validate_email` over the same addresses, without asking the DNS."""
    listed = list(addresses(contacts))
    began = time.monotonic()
    for address in listed:
        validate_email(address, check_deliverability=False)
    return time.monotonic() - began
