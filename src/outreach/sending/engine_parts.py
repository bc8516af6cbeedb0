"""What the lanes of one run share."""

from __future__ import annotations

import random
from dataclasses import dataclass

from outreach.clock import Clock
from outreach.ledger.interface import RunLedger
from outreach.policy.options import RetryOptions
from outreach.sending.alarm import Alarm
from outreach.sending.connections import Connections
from outreach.sending.events import Listener
from outreach.sending.feed import Feed
from outreach.sending.gate import Gate
from outreach.sending.losses import Losses
from outreach.sending.messages import Messages
from outreach.sending.settle import Judging
from outreach.sending.stop import StopSignal
from outreach.sending.throttle import Throttle
from outreach.smtp.interface import Relay


@dataclass(frozen=True, slots=True)
class EngineParts:
    """Everything a lane needs, chosen and joined in one place."""

    ledger: RunLedger
    relay: Relay
    messages: Messages
    feed: Feed
    gate: Gate
    throttle: Throttle
    alarm: Alarm
    losses: Losses
    stop: StopSignal
    connections: Connections
    listener: Listener
    clock: Clock
    chance: random.Random
    retry: RetryOptions
    count_recipients: bool = False  # whether the quota counts these, not messages

    def judging(self) -> Judging:
        """What judging an answer now depends on."""
        return Judging(now=self.clock.now(), chance=self.chance.random(), retry=self.retry)
