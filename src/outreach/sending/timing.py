"""When the letters of one send may leave, and until when that takes: what a person wants to know before."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.sending.gate import GateTerms


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of one send, in seconds since the epoch."""

    now: float
    not_before: float | None
    hours: str  # as the settings write them; empty where there are none
    starts_at: float  # when the first letter may leave: now, or later
    ends_at: float | None  # about, at this pace; None where no pace tells


def foresee(terms: GateTerms, *, now: float, start_at: float | None, letters: int, rate: float | None) -> Timing:
    """The times of a send of so many letters; `start_at` is the time that was asked for."""
    begin = now if start_at is None else max(now, start_at)
    return Timing(
        now=now,
        not_before=terms.not_before,
        hours=terms.hours.shown if terms.hours is not None else "",
        starts_at=terms.opens_at(begin),
        ends_at=terms.done_at(begin, letters=letters, rate=rate),
    )
