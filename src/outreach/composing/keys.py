"""What the messages of a campaign are signed with. It is passed along, and never written anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from outreach.message.signing import Signing


@dataclass(frozen=True, slots=True)
class Keys:
    """All that is secret in composing."""

    unsubscribe: bytes = field(default=b"", repr=False)  # signs the links of letters that offer to unsubscribe
    signing: Signing | None = None  # DKIM


NO_KEYS = Keys()
