"""What is to be said of a list as a whole: who must not be written to, who stands there twice, who has the letter."""

from __future__ import annotations

from outreach.contacts.characters import show
from outreach.contacts.options import ContactsOptions
from outreach.errors import Problem
from outreach.ledger.campaign_values import Duplicate, RosterRow, SentElsewhere
from outreach.ledger.interface import Ledger, Roster
from outreach.preflight.examine import place
from outreach.preflight.sources import CampaignFolder
from outreach.preflight.tally import Tally


async def note_suppressed(rows: list[RosterRow], ledger: Ledger, tally: Tally, options: ContactsOptions) -> None:
    """An info for each address on the suppression list: it is left out and the run goes on."""
    found = await ledger.suppressed([key for row in rows for _, key, _ in row.recipients])
    if not found:
        return
    for row in rows:
        for _, key, address in row.recipients:
            if entry := found.get(key):
                tally.note(
                    Problem(
                        "E11",
                        place(row.row, options),
                        f"{address} is on the suppression list ({entry.reason}); left out",
                        "If that is wrong: outreach suppress remove ADDRESS.",
                        address,
                        level="info",
                        several="are on the suppression list and left out",
                    )
                )


async def note_duplicates(roster: Roster, tally: Tally, options: ContactsOptions) -> None:
    """An error for each row that repeats an earlier one, unless the settings say that the first counts."""
    if options.duplicates == "first":
        dropped = await roster.drop_duplicates()
        tally.repeated = dropped.count
        if dropped.lost:
            tally.note_rows([_lost(row, address, options) for row, address in dropped.lost], len(dropped.lost))
        return
    total, listed = await roster.duplicates(limit=tally.limit)
    if total:
        tally.note_rows([_duplicate(one, options) for one in listed], total)
        await roster.drop_duplicates()


def _lost(row: int, address: str, options: ContactsOptions) -> Problem:
    return Problem(
        "E12",
        f"{options.file}:{row}",
        f"left out for another address in it, and {address} stands nowhere else",
        "Give that address a row of its own.",
        address,
        several="hold an address that stands nowhere else, and repeat another",
    )


def _duplicate(duplicate: Duplicate, options: ContactsOptions) -> Problem:
    what = f"the id {show(duplicate.what)}" if duplicate.is_id else duplicate.what
    return Problem(
        "E12",
        f"{options.file}:{duplicate.row}",
        f"{what} stands in row {duplicate.first_row} already",
        'Keep one of the rows, or set duplicates = "first" under [contacts].',
        "" if duplicate.is_id else duplicate.what,
        several="repeat an earlier row",
    )


async def note_sent_elsewhere(roster: Roster, tally: Tally, source: CampaignFolder, letter_digest: str) -> None:
    """An error for each row whose address has this letter already: from another campaign, or under another id."""
    total, listed = await roster.sent_elsewhere(source.campaign.name, letter_digest, limit=tally.limit)
    if total:
        own = source.campaign.name
        tally.note_rows([_sent_elsewhere(one, source.contacts, own=own) for one in listed], total)
        await roster.drop_sent_elsewhere()
    readdressed = await roster.readdressed(source.campaign.name)
    if readdressed.count:
        rows = "the letter of this row" if readdressed.count == 1 else f"the letters of {readdressed.count} such rows"
        problem = Problem(
            "E30",
            f"{source.contacts.file}:{readdressed.row}",
            f"{rows} left to another address; this one gets none",
            "If it must have one, give it a row of its own, with another id.",
            readdressed.address,
            level="info",
        )
        tally.findings.add(problem)


def _sent_elsewhere(one: SentElsewhere, options: ContactsOptions, *, own: str) -> Problem:
    if one.campaign == own:
        return Problem(
            "E27",
            f"{options.file}:{one.row}",
            "has this letter already, from a row that had another id",
            "Put the id back that it had, or leave such rows out with --skip-bad-rows.",
            one.address,
            several="have this letter already, from rows that had another id",
        )
    return Problem(
        "E27",
        f"{options.file}:{one.row}",
        f'has this letter already, from campaign "{one.campaign}"',
        f'Put the name "{one.campaign}" back under [campaign], or change the letter if it is another one.',
        one.address,
        several="have this letter already, from another campaign",
    )
