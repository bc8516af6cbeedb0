"""What the lanes of one run share."""

from __future__ import annotations

import random
from dataclasses import dataclass

from outreach.clock import Clock
from outreach.ledger.interface import Ledger
from outreach.policy.options import RetryOptions
from outreach.sending.alarm import Alarm
from outreach.sending.breaker import Breaker
from outreach.sending.events import ConnectionsChanged, Listener
from outreach.sending.feed import Feed
from outreach.sending.gate import Gate
from outreach.sending.losses import Losses
from outreach.sending.sealed_text import SealedText
from outreach.sending.settle import Judging
from outreach.sending.stop import StopSignal
from outreach.smtp.interface import Relay


class Connections:
    """Counts the open connections and tells."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.open = 0

    def opened(self) -> None:
        """One more."""
        self.open += 1
        self._listener(ConnectionsChanged(self.open))

    def closed(self) -> None:
        """One fewer."""
        self.open -= 1
        self._listener(ConnectionsChanged(self.open))


@dataclass(frozen=True, slots=True)
class EngineParts:
    """Everything a lane needs, chosen and joined in one place."""

    ledger: Ledger
    relay: Relay
    text: SealedText
    feed: Feed
    gate: Gate
    breaker: Breaker
    alarm: Alarm
    losses: Losses
    stop: StopSignal
    connections: Connections
    listener: Listener
    clock: Clock
    chance: random.Random
    retry: RetryOptions
    to_sink: bool = False  # whether the relay is the test sink, and must go on being it
    count_recipients: bool = False  # whether the quota counts these, not messages

    def judging(self) -> Judging:
        """What judging an answer now depends on."""
        return Judging(now=self.clock.now(), chance=self.chance.random(), retry=self.retry)
