"""When a deferred letter is tried again, and when we give up."""

from __future__ import annotations

from outreach.policy.options import RetryOptions

_SPREAD = 0.2  # letters that were refused together should not come back together
_SHORTEST = 0.8  # of the first wait: an attempt that came late is not followed at once


def next_time(
    *,
    attempt: int,
    first_attempt_at: float,
    now: float,
    options: RetryOptions,
    chance: float,
    hint: float | None,
) -> float | None:
    """When to try again after the `attempt`-th charged attempt (from 1); None: give up.

    Squares of the attempt's number, from the first attempt on, as qmail and OpenSMTPD found independently: with 400 s
    after 7, 27, 60, 107 minutes. `chance`, from 0 up to 1, spreads them by a fifth. `hint` is the relay's own wish.
    """
    spread = 1 + _SPREAD * (2 * chance - 1)
    scheduled = first_attempt_at + options.first_wait * attempt**2 * spread
    due = max(scheduled, now + _SHORTEST * options.first_wait, now + (hint or 0.0))
    return due if due <= first_attempt_at + options.give_up_after else None
