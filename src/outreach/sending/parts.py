"""What a send needs from outside: the campaign, the relay, the ledger, the clock, chance, and who asks."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from outreach.clock import Clock
from outreach.ledger.interface import Ledger
from outreach.policy.options import RetryOptions
from outreach.preflight.sources import CampaignFolder
from outreach.sending.engine import Engine
from outreach.sending.events import Listener, ignore
from outreach.sending.prepare import RelayTerms
from outreach.sending.stop import StopSignal
from outreach.sending.stop_reasons import INTERRUPTED_WAITING
from outreach.smtp.interface import Relay


@dataclass(frozen=True, slots=True)
class Identity:
    """Who runs this, for the journal and the slices; and how new ids and chance are drawn."""

    who: str  # user@host
    owner: str  # host:pid:random
    machine: str  # its name, without the network's
    new_id: Callable[[], str]  # 32 hex digits
    chance: random.Random


@dataclass(slots=True)
class Interruption:
    """What a signal does: it ends the engine once there is one, and the waiting for it."""

    engine: Engine | None = None
    waiting: StopSignal | None = None  # of whoever waits for the time to start

    @property
    def heard(self) -> bool:
        """Whether somebody is there to end in good order."""
        return self.engine is not None or self.waiting is not None

    def __call__(self) -> None:
        """Once: finish what is under way. Twice: stop."""
        if self.engine is not None:
            self.engine.interrupt()
        elif self.waiting is not None:
            self.waiting.set(INTERRUPTED_WAITING)


@dataclass(frozen=True, slots=True)
class LedgerPlace:
    """Which ledger this is."""

    path: Path
    in_folder: bool = False  # inside the campaign's folder: whoever copies that copies this
    of_sink: bool = False  # the one of its own for what goes to the test sink


@dataclass(frozen=True, slots=True)
class SendParts:
    """Everything a send needs, chosen and joined by assembly."""

    source: CampaignFolder
    terms: RelayTerms
    relay: Relay
    retry: RetryOptions
    ledger: Ledger
    place: LedgerPlace
    clock: Clock
    identity: Identity
    listener: Listener = ignore
    interruption: Interruption = field(default_factory=Interruption)
