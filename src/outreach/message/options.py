"""The settings of the sender: the section [sender]."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SenderOptions:
    """Who the letter comes from, as written in the settings."""

    from_: str  # Name <address>
    reply_to: str = ""
    envelope_from: str = ""  # default: the address of from
    organization: str = ""
    postal_address: str = ""
