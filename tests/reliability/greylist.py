"""A relay that puts off the first try of each recipient."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path

from outreach.model import State
from outreach.sink.record import Event, Kind
from tests.reliability.accounting import count_copies, disagreements
from tests.reliability.campaign import Campaign
from tests.reliability.figure import Figure, Scale
from tests.reliability.relay import own_sink

_CONNECTIONS = 20
_EARLIEST = 0.8  # of the first wait: letters that were refused together are spread by a fifth
_RCPT = re.compile(r"RCPT TO:<([^>]+)>")


def run(scale: Scale) -> Figure:
    """Every letter is accepted with its second attempt, none of which comes too early."""
    letters, wait_seconds = (10_000, 20.0) if scale is Scale.LONG else (300, 2.0)
    with tempfile.TemporaryDirectory() as name, own_sink(Path(name), "greylist") as relay:
        campaign = Campaign.written(
            Path(name) / "campaign",
            letters=letters,
            port=relay.port,
            connections=_CONNECTIONS,
            copies=False,
            more=f'\n[retry]\nfirst_wait = "{wait_seconds:g}s"\n',
        )
        campaign.run("send", "--yes", "--quiet", "--wait", "10m")
        relay.settle()
        deliveries, copies, played = campaign.deliveries(), relay.accepted(), relay.faults().total()
        tries = _tries(relay.events())
    twice = [address for address, count in count_copies(copies).items() if count > 1]
    faults = [*disagreements(deliveries, copies), *(f"{address}: sent twice" for address in twice)]
    attempts = Counter(delivery.attempts for delivery in deliveries)
    accepted = sum(delivery.state == State.ACCEPTED for delivery in deliveries)
    waits = [times[1] - times[0] for times in tries.values() if len(times) > 1]
    early = sum(wait < _EARLIEST * wait_seconds for wait in waits)
    if (played, accepted, len(waits)) != (letters, letters, letters):
        faults.append(f"{played} put off, {accepted} accepted, {len(waits)} tried again, of {letters}")
    if attempts != Counter({2: letters}) or early:
        faults.append(f"attempts by letter: {dict(attempts)}; {early} too early")
    return Figure(
        f"greylisting: 451 on the first try of each recipient, {letters:,} letters, first wait {wait_seconds:g} s",
        "all accepted, two attempts each, none too early",
        f"{accepted:,} accepted, attempts each: {', '.join(map(str, sorted(attempts)))}; "
        f"second tries after {min(waits, default=0):.1f} to {max(waits, default=0):.1f} s",
        tuple(faults),
    )


def _tries(events: list[Event]) -> dict[str, list[float]]:
    """When each address was named."""
    tries: dict[str, list[float]] = {}
    for event in events:
        if event.kind is Kind.COMMAND and (found := _RCPT.match(event.detail)):
            tries.setdefault(found[1], []).append(event.at)
    return tries
