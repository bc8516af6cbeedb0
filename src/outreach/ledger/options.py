"""The settings of the ledger: the section [ledger]."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LedgerOptions:
    """Where the ledger is."""

    url: str = ""  # sqlite:///relative/or//absolute/path; empty for the user's own ledger
