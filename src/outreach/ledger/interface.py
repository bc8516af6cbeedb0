"""The seam to the ledger: what planning, sending and reporting ask of it, whichever database answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from outreach.ledger.campaign_values import (
    Balance,
    Bundle,
    CampaignRecord,
    CheckNote,
    DroppedRows,
    Duplicate,
    EarlierText,
    PlanChanges,
    PlanRequest,
    Readdressed,
    RosterRow,
    SentElsewhere,
)
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
from outreach.model import Contact


class Roster(Protocol):
    """The rows of the list as read now, kept on disk in a place of their own until they are planned or dropped."""

    async def add(self, contacts: Sequence[Contact]) -> None:
        """Take contacts in; call it with some hundreds at a time."""
        ...

    async def add_rows(self, rows: Sequence[RosterRow]) -> None:
        """The same for what was made of them already; see ledger.encoding.roster_row."""
        ...

    async def duplicates(self, limit: int) -> tuple[int, tuple[Duplicate, ...]]:
        """How many rows repeat a To address or an id of an earlier row, and the first of them by row."""
        ...

    async def drop_duplicates(self) -> DroppedRows:
        """Keep the first row of each."""
        ...

    async def readdressed(self, name: str) -> Readdressed:
        """Rows with a To that gets no letter, because that of the row has left to somebody else."""
        ...

    async def sent_elsewhere(self, name: str, letter_digest: str, limit: int) -> tuple[int, tuple[SentElsewhere, ...]]:
        """How many rows would get a letter that their To has from elsewhere, and the first of them.

        From a campaign of another name with the same letter, or from this one under another id.
        """
        ...

    async def drop_sent_elsewhere(self) -> int:
        """Take those rows out, as found last; returns how many they were."""
        ...

    def pages(self) -> AsyncIterator[tuple[Contact, ...]]:
        """The rows that are in it, in the order of the list, some hundreds at a time."""
        ...

    async def compare(self, name: str, *, due_by: float, only: Sequence[str] = ()) -> PlanChanges:
        """What planning would change. `only` restricts `outstanding` to these address keys."""
        ...

    async def copies_of_first(
        self, name: str, letters: int, *, due_by: float, only: Sequence[str] = ()
    ) -> tuple[int, int]:
        """How many Cc and how many Bcc the first so many outstanding letters have, in row order."""
        ...

    async def plan(self, request: PlanRequest) -> CampaignRecord:
        """Make it so, seal included, in one transaction."""
        ...


class RunLedger(Protocol):
    """What a run asks for while it sends; `start_run` first. It can be kept in a process beside; see ledger.beside."""

    async def start_run(self, request: RunRequest) -> int:
        """Begin a run: recovers what a dead one left, opens the run's journal chain, notes the keys that it signs with.

        Returns how many became unsure. Every later call of this ledger object belongs to the run.
        """
        ...

    async def take_slice(self, now: float, *, only: Sequence[str] = ()) -> TakenSlice | None:
        """The next slice that is due and free, with its due deliveries in row order; None where there is none.

        `only`: address keys; just these deliveries, and slices that hold one of them.
        """
        ...

    async def release_slice(self, number: int, epoch: int) -> None:
        """Give a slice back, due when the first of its open deliveries is, done when it has none."""
        ...

    async def next_due(self, *, only: Sequence[str] = ()) -> float | None:
        """When the first free slice with an open delivery is due; None when nothing is open."""
        ...

    async def commit(self, results: Sequence[Result], intent: Intent | None = None) -> Refusal | None:
        """Record results and check and record an intent, in one durable transaction.

        Calls that arrive while a transaction is under way share the next one (group commit).
        Results are always recorded; None means that the intent stands (or that there was none).
        """
        ...

    async def reserve(self, key: str, *, interval: float, count: int, now: float) -> float:
        """Reserve the next `count` sending times of this run's account, `interval` seconds apart.

        `key` is empty for the account's pace, or a recipient domain. Returns the first time; never before now,
        never overlapping another reservation, of whichever process. A stored time that lies further ahead than
        `count` + 1,000 intervals + 60 s (the clock jumped back) is not believed.
        """
        ...

    async def quota_left(self, now: float, *, units: int = 1) -> tuple[int | None, float]:
        """What is left in the tightest window (None: no quota), and when so many units are free (now, if they are).

        More units than a window ever holds are taken for a whole window.
        """
        ...


class Ledger(RunLedger, Protocol):
    """The memory. Every method that changes something returns when the change is durable on disk."""

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""
        ...

    def lock(self, name: str, *, holder: str) -> AbstractAsyncContextManager[None]:
        """Hold the right to plan and send the campaign of this name. LedgerLocked when another process has it."""
        ...

    def reopening(self) -> Reopening | None:
        """What opens it in another process for the length of a run; None where that brings nothing."""
        ...

    async def campaign(self, name: str) -> CampaignRecord | None:
        """The campaign of this name."""
        ...

    async def campaign_by_id(self, campaign_id: str) -> CampaignRecord | None:
        """The campaign of this id."""
        ...

    async def campaigns(self) -> tuple[CampaignRecord, ...]:
        """All campaigns, the latest first."""
        ...

    async def bundle(self, campaign_id: str) -> Bundle:
        """What the campaign was sealed with."""
        ...

    async def earlier_texts(self, campaign_id: str) -> Mapping[int, EarlierText]:
        """The texts it was sealed with before it was amended, by the number that deliveries bear."""
        ...

    async def check_note(self, campaign_id: str) -> CheckNote | None:
        """What the campaign was checked as when it was last planned; None where that does not hold any more."""
        ...

    async def compare_unchanged(self, name: str, *, due_by: float) -> PlanChanges | None:
        """What planning the list that was planned last would come to; None where it might change something."""
        ...

    async def plan_unchanged(self, request: PlanRequest) -> CampaignRecord:
        """Record that the campaign was confirmed once more, just as it is planned."""
        ...

    async def last_record(self) -> int:
        """The number of the journal's last record; 0 for an empty one. It only ever grows."""
        ...

    async def last_run(self, account: str) -> float | None:
        """When a run through this relay account last began; None where none ever did."""
        ...

    async def relay_faults(self, account: str, *, since: float) -> frozenset[str]:
        """What the relay of this account was found to do wrong since then; see smtp.interface.Relay."""
        ...

    async def note_relay_faults(self, account: str, faults: Collection[str], *, now: float) -> None:
        """Note what the relay of this account does wrong."""
        ...

    async def signing_key(self, name: str) -> SigningKeyRecord | None:
        """The key that letters were first signed with under this name in the DNS; None where none ever was."""
        ...

    async def balance(self, campaign_id: str) -> Balance:
        """How many deliveries stand where."""
        ...

    def roster(self) -> AbstractAsyncContextManager[Roster]:
        """An empty roster; dropped at the end of the block."""
        ...

    async def recover(self, campaign_id: str, *, owner: str, now: float) -> int:
        """Make what a dead run left `sending` unsure, and free its slices; returns how many became unsure.

        Only for whoever holds the campaign's lock: nobody else can be sending it.
        """
        ...

    async def quota_room(self, account: str, quotas: Sequence[Quota], now: float) -> int | None:
        """What is left of an account's quotas in their tightest window, outside of any run; None without quotas."""
        ...

    async def decide(self, decision: Decision) -> Decided:
        """Move deliveries as a person decided."""
        ...

    async def undecided(self, campaign_id: str) -> tuple[Undecided, ...]:
        """The deliveries that are unsure."""
        ...

    def log(self, log_filter: LogFilter, *, attempts: bool = False) -> AsyncIterator[LogEntry]:
        """Deliveries by row, or attempts by time."""
        ...

    async def suppress(self, entries: Sequence[Suppression]) -> int:
        """Add to the suppression list; returns how many were new. Open deliveries to them become suppressed."""
        ...

    async def suppress_hashed(self, entries: Sequence[HashedSuppression]) -> tuple[int, int]:
        """Take in digests of others' lists; returns how many were new, and how many known addresses were found in them.

        These, of letters that have not been accepted, become entries of the list; so will those of rows to be planned.
        """
        ...

    def hashed_suppressions(self) -> AsyncIterator[HashedSuppression]:
        """The digests of others' lists."""
        ...

    async def hashed_sources(self) -> tuple[HashedSource, ...]:
        """Who sent lists of digests, and how many there are."""
        ...

    async def unsuppress(self, keys: Sequence[str]) -> int:
        """Take off the suppression list, as address and as digest; returns how many were on it."""
        ...

    def suppressions(self) -> AsyncIterator[Suppression]:
        """The suppression list, by address."""
        ...

    async def suppressed(self, keys: Sequence[str]) -> Mapping[str, Suppression]:
        """Those of the addresses that are on the suppression list."""
        ...
