"""`outreach log`: one line for each delivery, or each attempt."""

from __future__ import annotations

import csv
import datetime
import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

from cyclopts import Parameter

from outreach.cli.common import Common, read_settings, wait_for
from outreach.cli.output import opened, refuse_needed
from outreach.cli.tables import ADDRESS_WIDTH, Column, print_table
from outreach.cli.terminal import Part, clock_time, data, print_warning, say
from outreach.errors import UsageError
from outreach.model import State

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.ledger.record_values import LogEntry

_COLOURS = {
    "accepted": "green",
    "failed": "red",
    "bounced": "red",
    "complained": "red",
    "unsure": "magenta",
    "deferred": "yellow",
}
_COLUMNS = (
    Column("State", None),
    Column("To", ADDRESS_WIDTH),
    Column("When", None),
    Column("Tries", None, right=True),
    Column("What the relay said"),
)


def log(
    *,
    state: Annotated[tuple[State, ...], Parameter(help="Only deliveries in this state.", negative_iterable="")] = (),
    to: Annotated[str, Parameter(help="Only addresses that match, * and ? allowed.")] = "",
    since: Annotated[str, Parameter(help="Only what changed since this time (ISO 8601 with offset).")] = "",
    attempts: Annotated[bool, Parameter(negative="", help="One line for each attempt.")] = False,
    json: Annotated[bool, Parameter(negative="", help="JSON Lines.")] = False,
    csv: Annotated[bool, Parameter(negative="", help="CSV that opens in a spreadsheet.")] = False,
    output: Annotated[Path | None, Parameter(help="Write to this file instead of stdout.")] = None,
    common: Common = Common(),  # noqa: B008 - frozen
) -> int:
    """Print one line for each delivery of this campaign: who, what became of it, and what the relay said."""
    if json and csv:
        raise UsageError("--json and --csv do not go together", "Choose one.")
    settings = read_settings(common)
    if output is not None:
        refuse_needed(output, "--output", settings)
    moment = _moment(since) if since else None
    as_file = json or csv or output is not None
    shape = "csv" if csv else "json" if json else "csv" if output and output.suffix == ".csv" else "json"
    wait_for(
        lambda: _log(
            settings,
            states=state,
            glob=to,
            since=moment,
            attempts=attempts,
            shape=shape if as_file else "table",
            output=output,
        )
    )
    return 0


def _moment(since: str) -> float:
    try:
        moment = datetime.datetime.fromisoformat(since)
    except ValueError as error:
        raise UsageError(f"--since {since}: not a time", "Write it as 2023-10-16T09:00:00+09:00.") from error
    return (moment if moment.tzinfo else moment.astimezone()).timestamp()


async def _log(
    settings: Settings,
    *,
    states: tuple[State, ...],
    glob: str,
    since: float | None,
    attempts: bool,
    shape: str,
    output: Path | None,
) -> None:
    from outreach.assembly.campaigns import lost_ledger
    from outreach.assembly.ledgers import last_ledger
    from outreach.ledger.record_values import LogFilter

    async with last_ledger(settings) as (ledger, place):
        record = await ledger.campaign(settings.require_campaign().name)
        if not place.of_sink and (lost := lost_ledger(settings, record)) is not None:
            print_warning(lost)
        wanted = LogFilter(record.id if record else "none", states, glob, since)
        # The byte-order mark tells spreadsheets that it is UTF-8.
        encoding = "utf-8-sig" if output is not None and output.suffix == ".csv" else "utf-8"
        with opened(output, encoding=encoding) as file:
            writer = _WRITERS[shape](file)
            async for entry in ledger.log(wanted, attempts=attempts):
                writer.add(entry)
            writer.end()


class _JsonLines:
    """One object a line."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def add(self, entry: LogEntry) -> None:
        """Write one."""
        from outreach.report.delivery_log import log_json

        self._file.write(json_module.dumps(log_json(entry), ensure_ascii=False) + "\n")

    def end(self) -> None:
        """Nothing is held back."""
        self._file.flush()


class _Csv:
    """A header and one row a delivery."""

    def __init__(self, file: TextIO) -> None:
        from outreach.report.delivery_log import COLUMNS

        self._file = file
        self._writer = csv.writer(file)
        self._writer.writerow(COLUMNS)

    def add(self, entry: LogEntry) -> None:
        """Write one."""
        from outreach.report.delivery_log import log_row

        self._writer.writerow(log_row(entry))

    def end(self) -> None:
        """Nothing is held back."""
        self._file.flush()


class _Table:
    """For people; the file is stdout."""

    def __init__(self, file: TextIO) -> None:
        del file
        self._rows: list[tuple[Part, ...]] = []

    def add(self, entry: LogEntry) -> None:
        """A row for the delivery, and one for each of its copies."""
        when = clock_time(entry.updated_at) if entry.updated_at else ""
        said = " ".join(part for part in (str(entry.code or ""), entry.enhanced, entry.reply or entry.reason) if part)
        state = (entry.state, _COLOURS.get(entry.state, "dim"))
        self._rows.append((state, entry.address, when, str(entry.attempts), said))
        for copy in entry.recipients[1:]:
            reply = copy.reply
            said = " ".join(part for part in (str(reply.code), reply.enhanced, reply.text) if part) if reply else ""
            state = (f"  {copy.role.value} {copy.state.value}", _COLOURS.get(copy.state.value, "dim"))
            self._rows.append((state, f"  {copy.mailbox.address}", "", "", said))

    def end(self) -> None:
        """Print it."""
        if self._rows:
            print_table(data(), _COLUMNS, self._rows)
        else:
            say(data(), "Nothing to show.")


_WRITERS: dict[str, type[_JsonLines | _Csv | _Table]] = {"json": _JsonLines, "csv": _Csv, "table": _Table}
