"""The gap after the final dot: the connection goes without an answer, and the relay has kept the letter, or has not."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from outreach.model import State
from tests.reliability.accounting import addresses_in, count_copies, disagreements
from tests.reliability.campaign import Campaign
from tests.reliability.figure import Figure, Scale
from tests.reliability.relay import own_sink

_CONNECTIONS = 20
_KEPT, _NOT_KEPT = "drop:dot:keep:every=200", "drop:dot:lose:every=200:after=100"


def run(scale: Scale) -> Figure:
    """One letter in a hundred, half of them kept by the relay."""
    letters = 50_000 if scale is Scale.LONG else 1_000
    with tempfile.TemporaryDirectory() as name, own_sink(Path(name), _KEPT, _NOT_KEPT) as relay:
        campaign = Campaign.written(
            Path(name) / "campaign", letters=letters, port=relay.port, connections=_CONNECTIONS, copies=False
        )
        campaign.run("send", "--yes", "--quiet", codes=(1,))
        relay.settle()
        deliveries, copies, played = campaign.deliveries(), relay.accepted(), relay.faults()
    states = Counter(delivery.state for delivery in deliveries)
    unsure = set(addresses_in(deliveries, State.UNSURE))
    had = count_copies(copies)
    arrived = sum(had[address] for address in unsure)
    twice = [address for address, count in had.items() if count > 1]
    drops = played.total()
    faults = [*disagreements(deliveries, copies), *(f"{address}: sent twice" for address in twice)]
    if min(played[_KEPT], played[_NOT_KEPT]) < letters // 250:
        faults.append(f"too few drops: {dict(played)}")
    if len(unsure) != drops or arrived != played[_KEPT]:
        faults.append(f"{len(unsure)} unsure, {arrived} of them arrived, for {dict(played)}")
    if states[State.ACCEPTED] != letters - drops:
        faults.append(f"not all others accepted: {dict(states)}")
    return Figure(
        f"the connection dropped after the final dot on 1 % of {letters:,} letters, half of them kept by the relay",
        "sent twice 0; unsure = drops, exactly",
        f"sent twice {len(twice)}; {len(unsure)} unsure, {drops} drops ({arrived} kept); all others accepted",
        tuple(faults),
    )
