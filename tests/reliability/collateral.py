"""A connection that ends at every 37th letter harms no other one."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from outreach.model import State
from tests.reliability.accounting import count_copies, disagreements
from tests.reliability.campaign import Campaign
from tests.reliability.figure import Figure, Scale
from tests.reliability.relay import own_sink

_CONNECTIONS = 20
_SCRIPTS = ("shutdown:mail:every=37", "shutdown:rcpt:every=37", "reset:rcpt:every=37", "reset:data:every=37")


def run(scale: Scale) -> Figure:
    """421 at MAIL and at RCPT, and resets, each in a campaign of its own."""
    letters = 50_000 if scale is Scale.LONG else 740
    faults: list[str] = []
    words: list[str] = []
    for script in _SCRIPTS:
        found, measured = _play(script, letters // len(_SCRIPTS))
        faults += found
        words.append(measured)
    return Figure(
        f"421 or RST on every 37th letter, {letters:,} letters",
        "no other letter is harmed or charged",
        "; ".join(words),
        tuple(faults),
    )


def _play(script: str, letters: int) -> tuple[list[str], str]:
    with tempfile.TemporaryDirectory() as name, own_sink(Path(name), script) as relay:
        campaign = Campaign.written(
            Path(name) / "campaign",
            letters=letters,
            port=relay.port,
            connections=_CONNECTIONS,
            copies=False,
            more='\n[retry]\nfirst_wait = "1s"\n',
        )
        campaign.run("send", "--yes", "--quiet")
        relay.settle()
        deliveries, copies, played = campaign.deliveries(), relay.accepted(), relay.faults()[script]
    # A 421 to RCPT is about the recipient, for now: that letter is deferred, and charged. All else charges nobody.
    charged = played if script.startswith("shutdown:rcpt") else 0
    attempts = sum(delivery.attempts for delivery in deliveries) - letters
    twice = [address for address, count in count_copies(copies).items() if count > 1]
    faults = [*disagreements(deliveries, copies), *(f"{address}: sent twice" for address in twice)]
    if played < letters // 40:
        faults.append(f"{script} was played {played} times")
    if attempts != charged:
        faults.append(f"{script}: {attempts} attempts charged beside the first of each letter, not {charged}")
    states = Counter(delivery.state for delivery in deliveries)
    if states[State.ACCEPTED] != letters:
        faults.append(f"{script}: {dict(states)}")
    return faults, f"{script} {played} times: {attempts} charged beyond the first, all accepted, none twice"
