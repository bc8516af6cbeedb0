"""Contract: what was found out about a relay outlives the run, for a while."""

from __future__ import annotations

from outreach.ledger.interface import Ledger
from tests.ledger.conftest import Open
from tests.ledger.making import NOW

ACCOUNT = "letters@relay.example:465"


async def test_faults_outlive_the_ledger_object(ledger: Ledger, open_again: Open) -> None:
    """Those of this account, found since the time asked about; found again, they count from then."""
    await ledger.note_relay_faults(ACCOUNT, {"one", "two"}, now=NOW)
    await ledger.note_relay_faults(ACCOUNT, ["two"], now=NOW + 100)
    await ledger.note_relay_faults("another", ["three"], now=NOW)

    again = open_again()
    assert await again.relay_faults(ACCOUNT, since=NOW) == {"one", "two"}
    assert await again.relay_faults(ACCOUNT, since=NOW + 50) == {"two"}
    assert await again.relay_faults("unknown", since=0) == frozenset()
