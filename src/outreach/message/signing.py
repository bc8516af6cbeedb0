"""What a signature needs: the domain, and the keys with their selectors. The private part is never shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key and the name that its public part is published under."""

    algorithm: Literal["rsa-sha256", "ed25519-sha256"]
    name: str  # s1._domainkey.coalition.example
    public: str  # in base64, as p= of the DNS record has it
    bits: int
    private: bytes = field(repr=False)  # PKCS #8 in DER; secret

    @property
    def selector(self) -> str:
        """The part of the name that tells the domain's keys apart."""
        return self.name.partition("._domainkey.")[0]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the public part, in hex."""
        return hashlib.sha256(self.public.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs the letters of a campaign."""

    domain: str  # in A-labels
    keys: tuple[SigningKey, ...]  # the RSA key, then the Ed25519 key if there is one
