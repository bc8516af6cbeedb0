"""Domains that are reserved for examples and tests: no mail for them may leave this machine."""

from __future__ import annotations

# RFC 2606 and RFC 6761.
_TOP_LEVEL = frozenset({"test", "example", "invalid", "localhost"})
_SECOND_LEVEL = frozenset({"example.com", "example.net", "example.org"})


def is_reserved(domain: str) -> bool:
    """Whether a domain (A-labels, lower case) is one that nobody can own."""
    labels = domain.rstrip(".").split(".")
    return labels[-1] in _TOP_LEVEL or ".".join(labels[-2:]) in _SECOND_LEVEL
