"""Many calls' attempts at once: what one by one would do to the ledger, in a handful of statements.

A group is cut into batches within which results may come before intents: no delivery stands twice in one, and no result
that changes who has the letter comes after an intent. A batch is done at once where all of it can be; where not, it
goes one by one, which also tells why. So do deliveries of several recipients.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from outreach.ledger.attempt_records import journal_intent, journal_result
from outreach.ledger.attempts import record_intent, record_result, result_columns
from outreach.ledger.journal import RecordKind
from outreach.ledger.queries import MOST_ROWS, change_rows, fetch_of_rows, sql
from outreach.ledger.run_values import Intent, Refusal, Result
from outreach.ledger.transaction import Transaction
from outreach.model import OPEN_STATES, State

Call = tuple[Sequence[Result], Intent | None]

_FEW = 3  # so few are cheaper one by one
_TO_ALONE = (0,)
_HAS_LEFT = (State.ACCEPTED, State.UNSURE)


def commit_group(tx: Transaction, calls: Sequence[Call]) -> list[Refusal | None]:
    """Record each call's results, then check and record its intent, as if the calls came one after the other."""
    group = _Group(tx)
    for number, (results, intent) in enumerate(calls):
        for result in results:
            group.add_result(result)
        if intent is not None:
            group.add_intent(number, intent)
    group.flush()
    return [group.refusals.get(number) for number in range(len(calls))]


class _Group:
    """The batch that is being gathered, and the refusals so far, by the call's number."""

    def __init__(self, tx: Transaction) -> None:
        self.refusals: dict[int, Refusal] = {}
        self._tx = tx
        self._steps: list[tuple[int, Result | Intent]] = []
        self._deliveries: set[int] = set()
        self._results: list[Result] = []
        self._intents: list[Intent] = []

    def add_result(self, result: Result) -> None:
        """The next step is this result."""
        changes_who_has_it = result.had_intent is not (result.state in _HAS_LEFT)
        if len(result.recipients) > 1:
            self.flush()
            record_result(self._tx, result)
            return
        if (
            (changes_who_has_it and self._intents)
            or result.delivery_id in self._deliveries
            or len(self._results) == MOST_ROWS
        ):
            self.flush()
        self._deliveries.add(result.delivery_id)
        self._results.append(result)
        self._steps.append((0, result))

    def add_intent(self, number: int, intent: Intent) -> None:
        """The next step is this intent, of the call with this number."""
        if intent.named != _TO_ALONE:
            self.flush()
            self._one_intent(number, intent)
            return
        if intent.delivery_id in self._deliveries or len(self._intents) == MOST_ROWS:
            self.flush()
        self._deliveries.add(intent.delivery_id)
        self._intents.append(intent)
        self._steps.append((number, intent))

    def flush(self) -> None:
        """Do what was gathered."""
        tx, steps, results, intents = self._tx, self._steps, self._results, self._intents
        self._steps, self._deliveries, self._results, self._intents = [], set(), [], []
        at_once = len(steps) > _FEW
        results_stand = at_once and _change_results(tx, results)
        addresses = _change_intents(tx, intents) if results_stand else {}
        for number, step in steps:
            if isinstance(step, Intent):
                if addresses:
                    journal_intent(tx, step, [addresses[str(step.delivery_id)]])
                else:
                    self._one_intent(number, step)
            elif results_stand:
                journal_result(tx, step, RecordKind.RESULT)
            else:
                record_result(tx, step)

    def _one_intent(self, number: int, intent: Intent) -> None:
        refusal = record_intent(self._tx, intent)
        if refusal is not None:
            self.refusals[number] = refusal


def _change_results(tx: Transaction, results: Sequence[Result]) -> bool:
    """Change the deliveries as all these results say, or none; whether they were."""
    if not results:
        return True
    rows = [result_columns(result) for result in results]
    if change_rows(tx.db, "record_results", (tx.run.campaign, tx.run_chain.number, len(rows)), rows) != len(rows):
        return False
    due: dict[int, float] = {}
    for result in results:
        if result.state in OPEN_STATES:
            due[result.slice] = min(result.due_at, due.get(result.slice, result.due_at))
    for number, due_at in due.items():
        tx.db.execute(sql("wake_slice"), (tx.run.campaign, number, due_at))
    return True


def _change_intents(tx: Transaction, intents: Sequence[Intent]) -> dict[str, str]:
    """Change the deliveries as all these intents say, or none; their addresses by id, where they were."""
    if not intents or not tx.budget.allows(sum(intent.units for intent in intents), now=intents[0].at):
        return {}
    rows = [(one.delivery_id, one.slice, one.epoch, one.attempt, one.at) for one in intents]
    found = fetch_of_rows(tx.db, "find_sendable", (tx.run.campaign, tx.run.owner), rows)
    addresses: dict[str, str] = json.loads(found[0])
    if not len(set(addresses.values())) == len(addresses) == len(intents):
        return {}
    changes = [(one.delivery_id, one.attempt, one.at, one.date, one.message_id) for one in intents]
    if change_rows(tx.db, "record_intents", (tx.run_chain.number,), changes) != len(intents):
        raise RuntimeError("an intent that was found to stand did not")
    for intent in intents:
        tx.budget.spend(intent.units, now=intent.at)
    return addresses
