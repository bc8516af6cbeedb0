"""The list as read now, in temporary tables on disk until it is planned or dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import apsw

from outreach.ledger.campaign_values import (
    CampaignRecord,
    DroppedRows,
    Duplicate,
    PlanChanges,
    PlanRequest,
    Readdressed,
    RosterRow,
    SentElsewhere,
)
from outreach.ledger.campaigns import snapshot
from outreach.ledger.encoding import contact_from_json, digest_contact, roster_row
from outreach.ledger.hashed import hashed_salts, note_listed
from outreach.ledger.journal import to_json
from outreach.ledger.planning import compare_roster, plan_roster
from outreach.ledger.queries import MOST_ROWS, change_rows, fetch_row, fetch_rows, sql
from outreach.ledger.writer import Writer
from outreach.model import Contact, Role

_DIGEST_SPACE = 1 << 256
_PAGE = 500


class SqliteRoster:
    """The rows of the list, a million of them without filling the memory. At most one at a time per ledger."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        # The sum of the rows' digests does not depend on their order, and a row can be taken out again.
        self._digest_sum = 0
        self._last = 0  # the number of the last row that was taken in
        self._salts: Sequence[bytes] = ()  # of suppression lists that came as digests
        self._revision = 0  # how far these had come when the first row was taken in

    async def add(self, contacts: Sequence[Contact]) -> None:
        """Take contacts in; call it with some hundreds at a time."""
        await self.add_rows([roster_row(contact) for contact in contacts])

    async def add_rows(self, rows: Sequence[RosterRow]) -> None:
        """The same for what was made of them already."""
        last, self._last = self._last, self._last + len(rows)
        self._digest_sum += await self._writer.ask(lambda db: self._take(db, rows, after=last))

    async def duplicates(self, limit: int) -> tuple[int, tuple[Duplicate, ...]]:
        """How many rows repeat a To address or an id of an earlier row, and the first of them by row."""
        return await self._writer.ask(lambda db: _duplicates(db, limit))

    async def drop_duplicates(self) -> DroppedRows:
        """Keep the first row of each."""
        dropped, digest_sum = await self._writer.ask(_drop_duplicates)
        self._digest_sum -= digest_sum
        return dropped

    async def readdressed(self, name: str) -> Readdressed:
        """Rows with a To that gets no letter, because that of the row has left to somebody else."""

        def look(db: apsw.Connection) -> Readdressed:
            db.execute(sql("index_roster"))
            return Readdressed(*fetch_row(db, "note_readdressed", {"name": name}))

        return await self._writer.ask(look)

    async def sent_elsewhere(self, name: str, letter_digest: str, limit: int) -> tuple[int, tuple[SentElsewhere, ...]]:
        """How many rows would get a letter that their To has from elsewhere, and the first of them.

        From a campaign of another name with the same letter, or from this one under another id.
        """
        return await self._writer.ask(lambda db: _sent_elsewhere(db, name, letter_digest, limit))

    async def drop_sent_elsewhere(self) -> int:
        """Take those rows out, as found last; returns how many they were."""
        dropped, digest_sum = await self._writer.ask(_drop_sent_elsewhere)
        self._digest_sum -= digest_sum
        return dropped

    async def pages(self) -> AsyncIterator[tuple[Contact, ...]]:
        """The rows that are in it, in the order of the list, some hundreds at a time."""
        after = 0
        while rows := await self._writer.ask(partial(_page, after=after)):
            yield tuple(contact_from_json(text, row=row) for _, row, text in rows)
            after = rows[-1][0]

    async def compare(self, name: str, *, due_by: float, only: Sequence[str] = ()) -> PlanChanges:
        """What planning would change. `only` restricts `outstanding` to these address keys."""
        digest = self._rows_digest()

        def compare(db: apsw.Connection) -> PlanChanges:
            db.execute(sql("index_roster"))
            with snapshot(db):
                return compare_roster(db, name, only, digest, due_by=due_by)

        return await self._writer.ask(compare)

    async def copies_of_first(
        self, name: str, letters: int, *, due_by: float, only: Sequence[str] = ()
    ) -> tuple[int, int]:
        """How many Cc and how many Bcc the first so many outstanding letters have, in row order."""
        parameters = {"name": name, "letters": letters, "due_by": due_by, "only": to_json(list(only)) if only else None}

        def count(db: apsw.Connection) -> tuple[int, int]:
            db.execute(sql("index_roster"))
            cc, bcc = fetch_row(db, "copies_of_first", parameters)
            return int(cc), int(bcc)

        return await self._writer.ask(count)

    async def plan(self, request: PlanRequest) -> CampaignRecord:
        """Make it so, seal included, in one transaction. UnsafeError where the request does not allow a change."""
        digest = self._rows_digest()
        await self._writer.ask(lambda db: db.execute(sql("index_roster")))
        return await self._writer.change(lambda tx: plan_roster(tx, request, digest, hashed=self._revision))

    def _take(self, db: apsw.Connection, rows: Sequence[RosterRow], *, after: int) -> int:
        if after == 0:
            self._salts, self._revision = hashed_salts(db)
        if self._salts:
            note_listed(db, {key: address for row in rows for _, key, address in row.recipients}, self._salts)
        return _add(db, rows, after=after)

    def _rows_digest(self) -> str:
        return f"{self._digest_sum % _DIGEST_SPACE:064x}"


@asynccontextmanager
async def open_roster(writer: Writer) -> AsyncIterator[SqliteRoster]:
    """An empty roster; dropped at the end of the block."""
    await writer.ask(lambda db: db.execute(sql("create_roster")))
    try:
        yield SqliteRoster(writer)
    finally:
        await writer.ask(lambda db: db.execute(sql("drop_roster")))


def _add(db: apsw.Connection, rows: Sequence[RosterRow], *, after: int) -> int:
    """Store rows, numbered after those that are there; returns the sum of their digests."""
    digest_sum = 0
    lines: list[tuple[apsw.SQLiteValue, ...]] = []
    recipients: list[tuple[apsw.SQLiteValue, ...]] = []
    for number, row in enumerate(rows, after + 1):
        digest = digest_contact(row.json)
        digest_sum += int.from_bytes(digest, "big")
        _, key, address = row.recipients[0]
        copies = sum(role != Role.TO for role, _, _ in row.recipients)
        lines.append((number, row.row, row.key, key, address, row.json, digest, len(row.recipients), copies))
        recipients += [(number, position, *recipient) for position, recipient in enumerate(row.recipients)]
    with db:  # one savepoint, so that each statement is not a transaction of its own
        for query, values in (("add_rows", lines), ("add_row_recipients", recipients)):
            for start in range(0, len(values), MOST_ROWS):
                change_rows(db, query, (), values[start : start + MOST_ROWS])
    return digest_sum


def _page(db: apsw.Connection, *, after: int) -> list[tuple[int, int, str]]:
    return fetch_rows(db, "page_rows", {"after": after, "limit": _PAGE})


def _duplicates(db: apsw.Connection, limit: int) -> tuple[int, tuple[Duplicate, ...]]:
    total = _note_duplicates(db)
    found = db.execute(sql("find_duplicates"), {"limit": limit})
    return total, tuple(Duplicate(row, first_row, what, is_id=bool(is_id)) for row, first_row, what, is_id in found)


def _drop_duplicates(db: apsw.Connection) -> tuple[DroppedRows, int]:
    """Drop rows that repeat an earlier one that stays; returns which, and the sum of their digests."""
    dropped, digest_sum = 0, 0
    candidates: list[tuple[int, str, str]] = []
    with db:
        _note_duplicates(db)
        for (number,) in fetch_rows(db, "noted_duplicates"):
            # One that repeats only what was itself dropped stays, or its address would get no letter at all.
            addresses = fetch_rows(db, "addresses_of_row", (number,))
            row = fetch_row(db, "drop_repeated", (number,))
            if row:
                candidates += addresses if len(addresses) > 1 else []
                db.execute(sql("drop_recipients"), (number,))
                digest_sum += int.from_bytes(row[0], "big")
                dropped += 1
    lost = tuple((row, address) for row, key, address in candidates if not fetch_row(db, "stands_in_roster", (key,))[0])
    return DroppedRows(dropped, lost), digest_sum


def _sent_elsewhere(
    db: apsw.Connection, name: str, letter_digest: str, limit: int
) -> tuple[int, tuple[SentElsewhere, ...]]:
    db.execute(sql("forget_sent_elsewhere"))
    parameters = {"letter": letter_digest, "name": name}
    if not fetch_row(db, "anybody_may_have_letter", parameters)[0]:
        return 0, ()
    db.execute(sql("index_roster"))
    db.execute(sql("note_sent_elsewhere"), parameters)
    total = int(fetch_row(db, "count_sent_elsewhere")[0])
    return total, tuple(SentElsewhere(*row) for row in db.execute(sql("find_sent_elsewhere"), {"limit": limit}))


def _drop_sent_elsewhere(db: apsw.Connection) -> tuple[int, int]:
    digests = [int.from_bytes(digest, "big") for (digest,) in db.execute(sql("digests_sent_elsewhere"))]
    with db:
        db.execute(sql("drop_sent_elsewhere"))
    return len(digests), sum(digests)


def _note_duplicates(db: apsw.Connection) -> int:
    db.execute(sql("index_roster"))
    db.execute(sql("forget_duplicates"))
    db.execute(sql("note_repeated_addresses"))
    db.execute(sql("note_repeated_ids"))
    return int(fetch_row(db, "count_duplicates")[0])
