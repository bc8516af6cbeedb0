"""What a test of reliability gives: one figure, beside the one that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto


class Scale(Enum):
    """How much of a test is run."""

    SHORT = auto()  # in seconds, with every `make test`
    LONG = auto()  # what the figures in docs/reliability.md are measured with


@dataclass(frozen=True, slots=True)
class Figure:
    """What was done, what must come out, and what did."""

    what: str
    asked: str
    measured: str
    faults: tuple[str, ...] = ()  # where it did not hold, a line each

    @property
    def holds(self) -> bool:
        """Whether it came out as asked."""
        return not self.faults


Run = Callable[[Scale], Figure]
