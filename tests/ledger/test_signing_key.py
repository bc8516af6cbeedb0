"""Under one name in the DNS the ledger knows one key: the first that letters were signed with."""

from __future__ import annotations

from outreach.ledger.run_values import PublicKey, RunRequest, SigningKeyRecord
from outreach.ledger.sqlite import SqliteLedger
from tests.ledger.making import NOW, contacts, plan

_NAME = "s1._domainkey.coalition.example"


async def test_first_key_of_a_name_stays(ledger: SqliteLedger) -> None:
    """It is known from the first run on, whatever later runs sign with."""
    campaign = await plan(ledger, contacts(1))
    before = await ledger.signing_key(_NAME)
    for number, fingerprint in enumerate(("a" * 64, "b" * 64)):
        keys = (PublicKey(_NAME, fingerprint), PublicKey(f"e{number}._domainkey.coalition.example", fingerprint))
        await ledger.start_run(RunRequest(campaign.id, f"owner {number}", "account", (), NOW + number, keys=keys))

    assert before is None
    assert await ledger.signing_key(_NAME) == SigningKeyRecord("a" * 64, NOW)
    assert await ledger.signing_key("e1._domainkey.coalition.example") == SigningKeyRecord("b" * 64, NOW + 1)
