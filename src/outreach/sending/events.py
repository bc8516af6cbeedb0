"""What happens during a run, as values: progress, logs and tests listen to these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from outreach.model import Outcome, State


@dataclass(frozen=True, slots=True)
class RowsChecked:
    """So many rows of the list are read, rendered and composed."""

    rows: int


@dataclass(frozen=True, slots=True)
class DomainsLookedUp:
    """DNS was asked about so many of the recipients' domains."""

    domains: int
    of: int


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Sending begins."""

    campaign: str
    relay: str
    to_send: int  # letters that this run may send
    counts: Mapping[State, int]  # of the whole campaign, before
    rate: float | None  # letters per second; None: no limit
    swallowed: bool  # the relay is the sink


class AttemptEnded(NamedTuple):
    """One attempt ended, and its result is durable."""

    address: str
    before: State
    after: State
    outcome: Outcome
    due_at: float  # when it is tried again, if deferred


@dataclass(frozen=True, slots=True)
class ConnectionsChanged:
    """A connection was opened or closed."""

    open: int


@dataclass(frozen=True, slots=True)
class RelayFailing:
    """No connection could be had; the next try is at `retry_at`."""

    reason: str
    retry_at: float


@dataclass(frozen=True, slots=True)
class Throttled:
    """The relay wants less at once, or letters more slowly, than the settings allow; or no longer does."""

    connections: int | None  # so many at once; None: as many as the settings allow
    rate: float | None  # letters per second; None: as the settings say
    reason: str  # why more slowly
    until: float | None  # nothing leaves before


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing can leave before `until`."""

    until: float
    reason: str


@dataclass(frozen=True, slots=True)
class WaitingToStart:
    """All is planned; sending begins at the time that was asked for."""

    start_at: float


@dataclass(frozen=True, slots=True)
class Stopping:
    """The run was asked to stop and waits for the replies to bodies already sent."""

    awaited: int


Event = (
    RowsChecked
    | DomainsLookedUp
    | RunStarted
    | AttemptEnded
    | ConnectionsChanged
    | RelayFailing
    | Throttled
    | Waiting
    | WaitingToStart
    | Stopping
)
Listener = Callable[[Event], None]


class Guarded:
    """A listener that can't harm the run: once it fails, it is not told any more."""

    def __init__(self, listener: Listener) -> None:
        self._listener: Listener | None = listener

    def __call__(self, event: Event) -> None:
        """Tell, if that still works: a terminal may be gone while letters are under way."""
        if self._listener is not None:
            try:
                self._listener(event)
            except Exception:
                self._listener = None


def ignore(event: Event) -> None:
    """Listen to nothing."""
    del event
