"""`outreach status` and `outreach campaigns`: the balance of this campaign, and all campaigns in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from outreach.cli.common import Common, read_settings, wait_for
from outreach.cli.tables import Column, print_table
from outreach.cli.terminal import clock_time, data, print_json, print_warning, say
from outreach.errors import Interrupted, OutreachError
from outreach.ledger.campaign_values import Balance

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.ledger.campaign_values import CampaignRecord


def status(
    *,
    json: Annotated[bool, Parameter(negative="", help="One JSON object on stdout.")] = False,
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Print how many deliveries stand where."""
    from outreach.assembly.campaigns import lost_ledger

    settings = read_settings(common)
    record, balance, swallowed = wait_for(lambda: _status(settings))
    name = settings.require_campaign().name
    if not swallowed and (lost := lost_ledger(settings, record)) is not None:
        print_warning(lost)
    if json:
        print_json({**_json(name, record, balance), "swallowed": swallowed})
        return 0
    from outreach.report.summary import SWALLOWED, balance_words, counted

    console = data()
    say(console, balance_words(balance), before=(f"{name}: ", "bold"))
    if record is not None:
        say(console, f"Sealed as {record.text_digest[:8]}, campaign {record.id}.")
    if balance.copies_refused:
        say(console, f"{counted(balance.copies_refused, 'copy was', 'copies were')} refused; outreach log tells which.")
    if swallowed:
        say(console, (SWALLOWED, "yellow"))
    return 0


async def _status(settings: Settings) -> tuple[CampaignRecord | None, Balance, bool]:
    from outreach.assembly.ledgers import last_ledger

    async with last_ledger(settings) as (ledger, place):
        record = await ledger.campaign(settings.require_campaign().name)
        balance = Balance.empty() if record is None else await ledger.balance(record.id)
        return record, balance, place.of_sink


def _json(name: str, record: CampaignRecord | None, balance: Balance) -> dict[str, Any]:
    from outreach.report.delivery_log import iso_time
    from outreach.report.summary import balance_json

    seal = record.text_digest[:8] if record else None
    return {
        **balance_json(name, record.id if record else None, seal, balance),
        "next_attempt_at": iso_time(balance.next_due_at or None),
    }


def refused_json(settings: Settings, error: OutreachError) -> dict[str, Any]:
    """The object of a send that was refused: how the campaign stands, and why nothing was sent."""
    try:
        record, balance, swallowed = wait_for(lambda: _status(settings))
    except OutreachError:  # the ledger itself may be what is wrong
        record, balance, swallowed = None, Balance.empty(), False
    return {
        **_json(settings.require_campaign().name, record, balance),
        "skipped": 0,
        "swallowed": swallowed,
        "ended": "interrupted" if error.exit_code == Interrupted.exit_code else "stopped",
        "error": error.what,
        "remedy": error.remedy,
        "seconds": 0.0,
    }


def campaigns(*, common: Common = Common()) -> int:  # noqa: B008 - frozen
    """List the campaigns in the ledger, the latest first."""
    from outreach.report.summary import balance_words

    rows = []
    for record, balance in wait_for(lambda: _campaigns(read_settings(common, campaign_needed=False))):
        began = clock_time(record.created_at)
        rows.append((record.name, began, record.text_digest[:8], balance_words(balance)))
    if rows:
        columns = (Column("Campaign"), Column("Began", None), Column("Seal", None), Column("Balance"))
        print_table(data(), columns, rows)
    else:
        say(data(), "No campaigns in this ledger yet.")
    return 0


async def _campaigns(settings: Settings) -> list[tuple[CampaignRecord, Balance]]:
    from outreach.assembly.ledgers import opened_ledger, own_place

    async with opened_ledger(settings, read_only=True, place=own_place(settings)) as ledger:
        return [(record, await ledger.balance(record.id)) for record in await ledger.campaigns()]
