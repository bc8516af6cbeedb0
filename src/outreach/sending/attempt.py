"""One attempt under way: the delivery, its message, and which of its recipients this attempt names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from outreach.ledger.run_values import Intent
from outreach.model import OPEN_STATES, Delivery, Message, Outcome, Role
from outreach.smtp.interface import Envelope


@dataclass(slots=True)
class Attempt:
    """Lives from the moment a delivery is handed out to the moment its result is durable."""

    delivery: Delivery
    message: Message
    date: float  # what the Date header says
    digest: str  # SHA-256 over the bytes of the message, in hex
    unreachable: Mapping[int, Outcome] = field(default_factory=dict)  # those this relay can't be asked for, and why
    refused: dict[int, Outcome] = field(init=False)  # outcomes of recipients not accepted at RCPT, or unreachable
    named: tuple[int, ...] = field(init=False)  # indices of the recipients to name: those still to be reached

    def __post_init__(self) -> None:
        open_ones = [i for i, one in enumerate(self.delivery.recipients) if one.state in OPEN_STATES]
        self.named = tuple([i for i in open_ones if i not in self.unreachable] if self.unreachable else open_ones)
        self.refused = dict(self.unreachable)

    @property
    def accepted(self) -> tuple[int, ...]:
        """Indices of those named that were not refused at RCPT."""
        return tuple(index for index in self.named if index not in self.refused) if self.refused else self.named

    @property
    def envelope(self) -> Envelope:
        """What goes before the body. A To that was not reached yet is needed: without it nobody gets the letter."""
        needed = frozenset([index for index in self.named if self.delivery.recipients[index].role is Role.TO])
        return Envelope(self.message, self.named, needed)

    def intent(self, *, now: float, count_recipients: bool) -> Intent:
        """What the ledger must hold before the body leaves."""
        named = self.accepted
        return Intent(
            delivery_id=self.delivery.id,
            slice=self.delivery.slice,
            epoch=self.delivery.epoch,
            attempt=self.delivery.attempt + 1,
            at=now,
            date=self.date,
            message_id=self.message.message_id,
            digest=self.digest,
            named=named,
            units=len(named) if count_recipients else 1,
        )
