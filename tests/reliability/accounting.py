"""The ledger and the relay's own record, compared letter by letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from outreach.ledger.record_values import LogEntry
from outreach.model import State
from tests.reliability.relay import Copy

# How many copies a recipient may have at the relay, by what the ledger says of that recipient.
_COPIES = {State.ACCEPTED: (1,), State.SENDING: (0, 1), State.UNSURE: (0, 1)}
_NONE = (0,)


def count_copies(copies: Iterable[Copy]) -> Counter[str]:
    """How many copies each address has."""
    return Counter(address for copy in copies for address in copy.recipients)


def disagreements(deliveries: Sequence[LogEntry], copies: Sequence[Copy]) -> list[str]:
    """Where the ledger and the relay do not say the same, one line each; nothing where they agree."""
    had = count_copies(copies)
    found = []
    known: dict[str, LogEntry] = {}
    for delivery in deliveries:
        for recipient in delivery.recipients:
            address = recipient.mailbox.address
            known[address] = delivery
            if had[address] not in _COPIES.get(recipient.state, _NONE):
                found.append(f"{address}: {recipient.state} in the ledger, {had[address]} copies at the relay")
    for copy in copies:
        for address in copy.recipients:
            if address not in known:
                found.append(f"{address}: a copy at the relay, and not in the ledger")
            elif known[address].message_id != copy.message_id:
                found.append(f"{address}: {copy.message_id} at the relay, {known[address].message_id} in the ledger")
    return found


def addresses_in(deliveries: Iterable[LogEntry], *states: State) -> list[str]:
    """The To addresses of the deliveries that stand so."""
    return [delivery.address for delivery in deliveries if delivery.state in states]
