"""The settings of the sender, of ways to unsubscribe, and of signing: [sender], [unsubscribe] and [dkim]."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from outreach.model import SecretReference


@dataclass(frozen=True, slots=True)
class SenderOptions:
    """Who the letter comes from, as written in the settings."""

    from_: str  # Name <address>
    reply_to: str = ""
    envelope_from: str = ""  # default: the address of from
    organization: str = ""
    postal_address: str = ""
    contact: str = ""  # in the footer: an address, a telephone number; default: where answers go


@dataclass(frozen=True, slots=True)
class UnsubscribeOptions:
    """How a recipient gets off the list, as written in the settings."""

    url: str = ""  # https; the token becomes the last segment of its path
    mailto: str = ""  # an address
    key: SecretReference | None = None  # signs tokens; None: the one beside the ledger
    list_id: str = ""  # RFC 2919, without brackets; default: the purpose at the sender's domain
    always: bool = False  # for every purpose

    @property
    def is_there(self) -> bool:
        """Whether there is any way to unsubscribe."""
        return bool(self.url or self.mailto)


@dataclass(frozen=True, slots=True)
class DkimOptions:
    """Who signs the letters, and where the private keys lie: the section [dkim]. Empty: nobody signs here."""

    domain: str = ""  # d=, in A-labels
    selector: str = ""  # s=
    key_file: Path | None = None  # RSA, as PEM
    ed25519_selector: str = ""  # of a second signature
    ed25519_key_file: Path | None = None
