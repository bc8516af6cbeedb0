"""The settings of the checks: the section [preflight]."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PreflightOptions:
    """Which warnings are known and meant."""

    accept: tuple[str, ...] = ()  # codes: W13
