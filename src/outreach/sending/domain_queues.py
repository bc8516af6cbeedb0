"""Deliveries that wait because their domain has a pace of its own."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from outreach.clock import Clock
from outreach.model import Delivery
from outreach.sending.pacing import Pacing

_HELD_MOST = 1000  # deliveries kept waiting; more stay in the ledger


@dataclass(slots=True)
class _Queue:
    """Those to one domain."""

    waiting: deque[Delivery] = field(default_factory=deque)
    next_time: float | None = None  # reserved for the first of them


class DomainQueues:
    """One per run; of no use where no domain has a pace."""

    def __init__(self, pacing: Pacing, clock: Clock) -> None:
        self._pacing = pacing
        self._clock = clock
        self._queues: dict[str, _Queue] = {}

    @property
    def has_room(self) -> bool:
        """Whether more may be kept waiting."""
        return not self._queues or sum(len(queue.waiting) for queue in self._queues.values()) < _HELD_MOST

    @property
    def times(self) -> list[float]:
        """When the first of each domain may leave."""
        return [queue.next_time for queue in self._queues.values() if queue.waiting and queue.next_time is not None]

    def concern(self, delivery: Delivery) -> bool:
        """Whether its domain has a pace."""
        return self._pacing.per_domain and self._pacing.limits(delivery.contact.to[0].domain)

    def add(self, delivery: Delivery) -> bool:
        """Let it wait; whether it is the first of its domain, for which a time is to be reserved."""
        queue = self._queues.setdefault(delivery.contact.to[0].domain, _Queue())
        queue.waiting.append(delivery)
        return len(queue.waiting) == 1

    async def due(self) -> Delivery | None:
        """One whose time has come. For the first of each domain a time is reserved."""
        if not self._queues:
            return None
        now = self._clock.now()
        for domain, queue in self._queues.items():
            if queue.waiting and await self._time_of(domain, queue) <= now:
                queue.next_time = None
                return queue.waiting.popleft()
        return None

    async def _time_of(self, domain: str, queue: _Queue) -> float:
        """The time reserved for the first that waits for this domain."""
        if queue.next_time is not None and self._pacing.is_implausible(queue.next_time, domain):
            queue.next_time = None  # the clock has jumped back
        if queue.next_time is None:
            queue.next_time = await self._pacing.domain_time(domain)
        return queue.next_time
