"""One durable change: what it does to the database and to the journal stands or falls together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import apsw

from outreach.ledger.budget import Budget
from outreach.ledger.journal import Chain, RecordKind, Subject, digest_personal, opening_digest, record_digest, to_json
from outreach.ledger.queries import MOST_ROWS, change_rows, fetch_row
from outreach.ledger.run_values import Quota

_FULL = 1000  # records kept before they are written, so that moving a whole campaign keeps the memory flat
_SALT_BYTES = 16
_SALTS = 32  # drawn at once


@dataclass(frozen=True, slots=True)
class Run:
    """Who sends what through which account."""

    campaign: int  # its number in the database
    owner: str
    account: str
    quotas: tuple[Quota, ...]


class Session:
    """What the ledger object remembers between transactions: its run and the head of the run's chain."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.chain: Chain | None = None


class Transaction:
    """A transaction under way. `commit` makes it durable, and only then the session moves on."""

    def __init__(self, db: apsw.Connection, session: Session, token_bytes: Callable[[int], bytes]) -> None:
        self.db = db
        self._session = session
        self._token_bytes = token_bytes
        self._run = session.run
        self._run_chain = session.chain.copy() if session.chain else None
        self._records: list[tuple[int | float | str | bytes | None, ...]] = []
        self._salts: list[bytes] = []
        self._budget: Budget | None = None
        db.execute("BEGIN IMMEDIATE")

    @property
    def run(self) -> Run:
        """The run that this ledger object belongs to."""
        if self._run is None:
            raise RuntimeError("start_run comes before sending")
        return self._run

    @property
    def run_chain(self) -> Chain:
        """The chain of the run."""
        if self._run_chain is None:
            raise RuntimeError("start_run comes before sending")
        return self._run_chain

    @property
    def budget(self) -> Budget:
        """The quotas of the run's account."""
        if self._budget is None:
            self._budget = Budget(self.db, self.run.account, self.run.quotas)
        return self._budget

    def begin_run(self, run: Run, chain: Chain) -> None:
        """From now on the ledger object belongs to this run."""
        if self._budget:
            self._budget.store()
        self._run, self._run_chain, self._budget = run, chain, None

    def open_chain(self, campaign: int | None, *, who: str, at: float, account: str = "") -> Chain:
        """Begin a chain in the journal."""
        number = int(fetch_row(self.db, "open_chain", (campaign, who, account, at))[0])
        return Chain(number, opening_digest(number, campaign, who, account, float(at)))

    def record(
        self,
        chain: Chain,
        kind: RecordKind,
        *,
        at: float,
        body: Mapping[str, object],
        personal: Mapping[str, object] | None = None,
        campaign: int | None = None,
        delivery: int | None = None,
        attempt: int | None = None,
    ) -> None:
        """Append to a chain of the journal."""
        text, private = to_json(body), None if personal is None else to_json(personal)
        self._append(chain, (kind, float(at), campaign, delivery, attempt), text, private)

    def append(self, kind: RecordKind, *, at: float, subject: tuple[int, int], body: str, personal: str) -> None:
        """Append to the run's chain; the subject is (delivery, attempt), and the two texts are JSON as `to_json`'s."""
        self._append(self.run_chain, (kind, float(at), self.run.campaign, *subject), body, personal)

    def _append(self, chain: Chain, subject: Subject, body: str, personal: str | None) -> None:
        salt = personal_digest = None
        if personal is not None:
            salt = self._draw_salt()
            personal_digest = digest_personal(salt, personal)
        chain.seq += 1
        chain.digest = record_digest(chain.digest, (chain.number, chain.seq), subject, (body, personal_digest))
        self._records.append(
            (chain.number, chain.seq, *subject, body, personal, salt, personal_digest, chain.digest),
        )
        if len(self._records) >= _FULL:
            self._write_records()

    def _draw_salt(self) -> bytes:
        if not self._salts:
            drawn = self._token_bytes(_SALT_BYTES * _SALTS)
            self._salts = [drawn[place : place + _SALT_BYTES] for place in range(0, len(drawn), _SALT_BYTES)]
        return self._salts.pop()

    def commit(self) -> None:
        """Make it durable."""
        if self._budget:
            self._budget.store()
        self._write_records()
        self.db.execute("COMMIT")
        self._session.run, self._session.chain = self._run, self._run_chain

    def roll_back(self) -> None:
        """Undo it. Some errors, a full disk among them, have made SQLite do so already."""
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")

    def _write_records(self) -> None:
        for place in range(0, len(self._records), MOST_ROWS):
            change_rows(self.db, "append_records", (), self._records[place : place + MOST_ROWS])
        self._records.clear()
