"""The settings of retrying: the section [retry]."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryOptions:
    """When to try again and when to give up, in seconds."""

    first_wait: float = 400.0
    give_up_after: float = 86400.0  # from a delivery's first attempt
