"""The ledger in one SQLite file: the seam of interface.py, each call handed to the module that knows how."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from outreach.ledger.budget import Budget
from outreach.ledger.campaign_values import (
    Balance,
    Bundle,
    CampaignRecord,
    CheckNote,
    EarlierText,
    PlanChanges,
    PlanRequest,
)
from outreach.ledger.campaigns import (
    find_campaign,
    find_campaign_by_id,
    find_last_record,
    find_last_run,
    list_campaigns,
    load_balance,
    load_bundle,
    load_earlier_texts,
)
from outreach.ledger.connect import open_connection
from outreach.ledger.decisions import decide, find_undecided
from outreach.ledger.delivery_log import START, Place, list_scopes, page_log
from outreach.ledger.failures import read_only as refuse_writing
from outreach.ledger.hashed import add_hashed, count_hashed, find_open_hashed, page_hashed
from outreach.ledger.interface import Roster
from outreach.ledger.lock import hold_lock
from outreach.ledger.record_values import (
    Decided,
    Decision,
    HashedSource,
    HashedSuppression,
    LogEntry,
    LogFilter,
    Suppression,
    Undecided,
)
from outreach.ledger.relays import find_relay_faults, note_relay_faults
from outreach.ledger.roster import open_roster
from outreach.ledger.run_values import (
    Intent,
    Quota,
    Refusal,
    Reopening,
    Result,
    RunRequest,
    SigningKeyRecord,
    TakenSlice,
)
from outreach.ledger.runs import find_signing_key, recover, reserve, start_run, units_left
from outreach.ledger.slices import next_due, release_slice, take_slice
from outreach.ledger.suppressions import (
    PAGE,
    add_suppressions,
    find_suppressions,
    page_suppressions,
    remove_suppressions,
)
from outreach.ledger.unchanged import compare_unchanged, find_check, plan_unchanged
from outreach.ledger.verify import Break, verify_journal
from outreach.ledger.writer import Writer


def open_ledger(
    path: Path,
    *,
    read_only: bool = False,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
    now: Callable[[], float] = time.time,
) -> SqliteLedger:
    """Open the ledger at this path. LedgerDamaged, LedgerNewer, LedgerUnwritable.

    To write, what is missing is made. To read only, nothing is made or left behind, and a file that is not there
    reads as an empty ledger; don't open it so in a process that has the same file open for writing.
    `token_bytes` salts personal fields in the journal; `now` dates what a call has no time for.
    """
    opened = open_connection(path, read_only=read_only)
    return SqliteLedger(Writer(opened, path, writable=not read_only, token_bytes=token_bytes), path.resolve(), now=now)


class SqliteLedger:
    """The ledger in one SQLite file; see the seam for what each call does."""

    def __init__(self, writer: Writer, path: Path, *, now: Callable[[], float]) -> None:
        self._writer = writer
        self._path = path
        self._now = now
        self._locks: set[int] = set()  # handles of the lock files that are held

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""
        await self._writer.close()

    @asynccontextmanager
    async def lock(self, name: str, *, holder: str) -> AsyncIterator[None]:
        """Hold the right to plan and send the campaign of this name. LedgerLocked when another process has it."""
        if not self._writer.writable:
            raise refuse_writing(self._path)
        async with hold_lock(self._path, name, holder=holder) as handle:
            self._locks.add(handle)
            try:
                yield
            finally:
                self._locks.discard(handle)

    def reopening(self) -> Reopening:
        """What opens it once more in another process, which inherits the locks that are held now."""
        return Reopening(str(self._path), tuple(self._locks))

    async def campaign(self, name: str) -> CampaignRecord | None:
        """The campaign of this name."""
        return await self._writer.ask(lambda db: find_campaign(db, name))

    async def campaign_by_id(self, campaign_id: str) -> CampaignRecord | None:
        """The campaign of this id."""
        return await self._writer.ask(lambda db: find_campaign_by_id(db, campaign_id))

    async def campaigns(self) -> tuple[CampaignRecord, ...]:
        """All campaigns, the latest first."""
        return await self._writer.ask(list_campaigns)

    async def bundle(self, campaign_id: str) -> Bundle:
        """What the campaign was sealed with. LookupError for an id that the ledger does not know."""
        return await self._writer.ask(lambda db: load_bundle(db, campaign_id))

    async def earlier_texts(self, campaign_id: str) -> Mapping[int, EarlierText]:
        """The texts it was sealed with before it was amended, by the number that deliveries bear."""
        return await self._writer.ask(lambda db: load_earlier_texts(db, campaign_id))

    async def check_note(self, campaign_id: str) -> CheckNote | None:
        """What the campaign was checked as when it was last planned; None where that does not hold any more."""
        return await self._writer.ask(lambda db: find_check(db, campaign_id))

    async def compare_unchanged(self, name: str, *, due_by: float) -> PlanChanges | None:
        """What planning the list that was planned last would come to; None where it might change something."""
        return await self._writer.ask(lambda db: compare_unchanged(db, name, due_by=due_by))

    async def plan_unchanged(self, request: PlanRequest) -> CampaignRecord:
        """Record that the campaign was confirmed once more, just as it is planned."""
        return await self._writer.change(lambda tx: plan_unchanged(tx, request))

    async def last_record(self) -> int:
        """The number of the journal's last record; 0 for an empty one. It only ever grows."""
        return await self._writer.ask(find_last_record)

    async def last_run(self, account: str) -> float | None:
        """When a run through this relay account last began; None where none ever did."""
        return await self._writer.ask(lambda db: find_last_run(db, account))

    async def relay_faults(self, account: str, *, since: float) -> frozenset[str]:
        """What the relay of this account was found to do wrong since then."""
        return await self._writer.ask(lambda db: find_relay_faults(db, account, since=since))

    async def note_relay_faults(self, account: str, faults: Collection[str], *, now: float) -> None:
        """Note what the relay of this account does wrong."""
        await self._writer.change(lambda tx: note_relay_faults(tx, account, faults, at=now))

    async def signing_key(self, name: str) -> SigningKeyRecord | None:
        """The key that letters were first signed with under this name in the DNS; None where none ever was."""
        return await self._writer.ask(lambda db: find_signing_key(db, name))

    async def balance(self, campaign_id: str) -> Balance:
        """How many deliveries stand where; all zero for an id that the ledger does not know."""
        return await self._writer.ask(lambda db: load_balance(db, campaign_id))

    @asynccontextmanager
    async def roster(self) -> AsyncIterator[Roster]:
        """An empty roster; dropped at the end of the block. One at a time."""
        async with open_roster(self._writer) as roster:
            yield roster

    async def recover(self, campaign_id: str, *, owner: str, now: float) -> int:
        """Make what a dead run left `sending` unsure, and free its slices. The caller holds the lock."""
        return await self._writer.change(lambda tx: recover(tx, campaign_id, owner=owner, at=now))

    async def start_run(self, request: RunRequest) -> int:
        """Begin a run; returns how many deliveries of a dead run became unsure. The caller holds the lock."""
        return await self._writer.change(lambda tx: start_run(tx, request))

    async def take_slice(self, now: float, *, only: Sequence[str] = ()) -> TakenSlice | None:
        """The next slice that is due and free, with its due deliveries in row order; None where there is none."""
        return await self._writer.change(lambda tx: take_slice(tx, now, only))

    async def release_slice(self, number: int, epoch: int) -> None:
        """Give a slice back, due when the first of its open deliveries is, done when it has none."""
        await self._writer.change(lambda tx: release_slice(tx, number, epoch))

    async def next_due(self, *, only: Sequence[str] = ()) -> float | None:
        """When the first free slice with an open delivery is due; 0 for at once, None when nothing is open."""
        return await self._writer.change(lambda tx: next_due(tx, only))

    async def commit(self, results: Sequence[Result], intent: Intent | None = None) -> Refusal | None:
        """Record results and check and record an intent, in one durable transaction."""
        return await self._writer.commit((results, intent))

    async def reserve(self, key: str, *, interval: float, count: int, now: float) -> float:
        """Reserve the next `count` sending times of this run's account, `interval` seconds apart."""
        return await self._writer.change(lambda tx: reserve(tx, key, interval, count, now))

    async def quota_left(self, now: float, *, units: int = 1) -> tuple[int | None, float]:
        """What is left in the tightest window (None: no quota), and when so many units are free."""
        return await self._writer.change(lambda tx: units_left(tx, now, units))

    async def quota_room(self, account: str, quotas: Sequence[Quota], now: float) -> int | None:
        """What is left of an account's quotas in their tightest window, outside of any run; None without quotas."""
        return await self._writer.ask(lambda db: Budget(db, account, quotas).left(now)[0])

    async def decide(self, decision: Decision) -> Decided:
        """Move deliveries as a person decided."""
        return await self._writer.change(lambda tx: decide(tx, decision))

    async def undecided(self, campaign_id: str) -> tuple[Undecided, ...]:
        """The deliveries that are unsure."""
        return await self._writer.ask(lambda db: find_undecided(db, campaign_id))

    async def log(self, log_filter: LogFilter, *, attempts: bool = False) -> AsyncIterator[LogEntry]:
        """Deliveries by row, or attempts by time."""
        scopes = await self._writer.ask(lambda db: list_scopes(db, log_filter, attempts=attempts))
        for scope in scopes:
            place: Place | None = START
            while place is not None:
                entries, place = await self._page_log(log_filter, scope, place, attempts=attempts)
                for entry in entries:
                    yield entry

    async def suppress(self, entries: Sequence[Suppression]) -> int:
        """Add to the suppression list; returns how many were new. Open deliveries to them become suppressed."""
        return await self._writer.change(lambda tx: add_suppressions(tx, entries))

    async def suppress_hashed(self, entries: Sequence[HashedSuppression]) -> tuple[int, int]:
        """Take in digests of others' lists; returns how many were new, and how many open addresses are in them."""
        new = await self._writer.change(lambda tx: add_hashed(tx, entries))
        # Only now: what another process plans from here on is compared with them there.
        salts = list(dict.fromkeys(entry.salt for entry in entries))
        found, after = 0, 0
        while salts:
            listed, after = await self._writer.ask(partial(find_open_hashed, salts=salts, after=after))
            found += await self.suppress(listed)
            if not after:
                break
        return new, found

    async def hashed_suppressions(self) -> AsyncIterator[HashedSuppression]:
        """The digests of others' lists."""
        last: HashedSuppression | None = None
        while page := await self._writer.ask(partial(page_hashed, after=last)):
            for entry in page:
                yield entry
            last = page[-1]

    async def hashed_sources(self) -> tuple[HashedSource, ...]:
        """Who sent lists of digests, and how many there are."""
        return await self._writer.ask(count_hashed)

    async def unsuppress(self, keys: Sequence[str]) -> int:
        """Take off the suppression list; returns how many were on it. Planning brings their deliveries back."""
        return await self._writer.change(lambda tx: remove_suppressions(tx, keys, at=self._now()))

    async def suppressions(self) -> AsyncIterator[Suppression]:
        """The suppression list, by address."""
        after, more = "", True
        while more:
            page = await self._page_suppressions(after)
            for entry in page:
                yield entry
                after = entry.key
            more = len(page) == PAGE

    async def suppressed(self, keys: Sequence[str]) -> Mapping[str, Suppression]:
        """Those of the addresses that are on the suppression list."""
        return await self._writer.ask(lambda db: find_suppressions(db, keys))

    async def verify(self) -> tuple[Break, ...]:
        """Where the journal is not what was written; nothing for one that is whole."""
        return await self._writer.ask(verify_journal)

    async def _page_log(
        self,
        log_filter: LogFilter,
        scope: int,
        place: Place,
        *,
        attempts: bool,
    ) -> tuple[list[LogEntry], Place | None]:
        return await self._writer.ask(lambda db: page_log(db, log_filter, scope, place, attempts=attempts))

    async def _page_suppressions(self, after: str) -> list[Suppression]:
        return await self._writer.ask(lambda db: page_suppressions(db, after))
