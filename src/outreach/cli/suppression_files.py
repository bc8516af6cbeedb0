"""`outreach suppress import` and `export`: the list from a file and into one, with addresses or digests of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import Parameter

from outreach.cli.common import Common, read_settings, wait_for
from outreach.cli.output import opened, refuse_needed
from outreach.cli.terminal import data, say, talk
from outreach.errors import UsageError

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.ledger.interface import Ledger
    from outreach.ledger.record_values import HashedSuppression, Suppression

_Entry = TypeVar("_Entry")
_AT_ONCE = 500  # entries in one transaction: a running send gets its turn in between


def import_(
    file: Path,
    *,
    reason: Annotated[str, Parameter(help="Why, for entries whose row does not say.")] = "",
    source: Annotated[str, Parameter(help="Whose list it is, for entries whose row does not say.")] = "",
    encoding: Annotated[str, Parameter(help="Its encoding, where it is neither marked nor UTF-8: cp949.")] = "",
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Add the addresses of a list, or the digests that somebody's export --hashed wrote.

    Parameters
    ----------
    file
        CSV, XLSX or JSON Lines with a column email, or hash and salt; also reason, source and at.

    """
    settings = read_settings(common, campaign_needed=False)
    plain, hashed = _read(file, reason, source, encoding)
    if not plain and not hashed:
        raise UsageError(f"{file}: no entries", "It needs a header and one row for each address.")
    added, new, found = wait_for(lambda: _import(settings, plain, hashed))
    if plain:
        say(data(), f"{added} added, {len(plain) - added} on the list already.")
    if hashed:
        known = len(hashed) - new
        say(data(), f"{new} digests added, {known} known already; {found} of your addresses are among them.")
    return 0


def export(
    *,
    hashed: Annotated[bool, Parameter(negative="", help="Digests in place of addresses, to be shared.")] = False,
    output: Annotated[Path | None, Parameter(help="Into this file, not to stdout.")] = None,
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Write the list as CSV."""
    from outreach.report.suppression_file import COLUMNS, HASHED_COLUMNS

    settings = read_settings(common, campaign_needed=False)
    if output is not None:
        refuse_needed(output, "--output", settings)
    rows, left_out = wait_for(lambda: _export(settings, hashed=hashed))
    with opened(output) as stream:
        writer = csv.writer(stream)
        writer.writerow(HASHED_COLUMNS if hashed else COLUMNS)
        writer.writerows(rows)
    if output is not None:
        say(talk(), f"{len(rows)} written to {output}.")
    if left_out:
        say(talk(), f"Not in it: {left_out} that came to you as digests; nobody here knows their addresses.")
    return 0


def _read(file: Path, reason: str, source: str, encoding: str) -> tuple[list[Suppression], list[HashedSuppression]]:
    """All entries, or none where one is wrong."""
    from outreach.assembly.parts import identity
    from outreach.clock import SystemClock
    from outreach.ledger.record_values import Suppression
    from outreach.report.suppression_file import Given, read_suppressions

    given = Given(reason or f"on the list {file.name}", source or identity().who, SystemClock().now())
    plain: list[Suppression] = []
    hashed: list[HashedSuppression] = []
    for entry in read_suppressions(file, given, encoding=encoding):
        if isinstance(entry, Suppression):
            plain.append(entry)
        else:
            hashed.append(entry)
    return plain, hashed


async def _import(
    settings: Settings, plain: Sequence[Suppression], hashed: Sequence[HashedSuppression]
) -> tuple[int, int, int]:
    """Entries that are new, digests that are new, and known addresses that are among these."""
    from outreach.cli.suppress import in_both_ledgers

    async def change(ledger: Ledger) -> tuple[int, int, int]:
        added = sum([await ledger.suppress(batch) for batch in _batches(plain)])
        taken = [await ledger.suppress_hashed(batch) for batch in _batches(hashed)]
        return added, sum(new for new, _ in taken), sum(found for _, found in taken)

    return await in_both_ledgers(settings, change)


def _batches(entries: Sequence[_Entry]) -> Iterator[Sequence[_Entry]]:
    return (entries[start : start + _AT_ONCE] for start in range(0, len(entries), _AT_ONCE))


async def _export(settings: Settings, *, hashed: bool) -> tuple[list[tuple[str, ...]], int]:
    """The rows, and how many entries are not among them."""
    from outreach.assembly.ledgers import new_salt, opened_ledger, own_place
    from outreach.report.suppression_file import hashed_rows, plain_rows

    async with opened_ledger(settings, read_only=True, place=own_place(settings)) as ledger:
        rows = await hashed_rows(ledger, new_salt()) if hashed else await plain_rows(ledger)
        return rows, sum(source.count for source in await ledger.hashed_sources())
