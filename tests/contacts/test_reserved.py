"""Domains that nobody can own."""

from __future__ import annotations

import pytest

from outreach.contacts.reserved import is_reserved


@pytest.mark.parametrize(
    ("domain", "reserved"),
    [
        ("office.example", True),
        ("mail.example.org", True),
        ("example.com.", True),
        ("a.test", True),
        ("no.invalid", True),
        ("localhost", True),
        ("example.de", False),
        ("notexample.org", False),
        ("example.gov.uk", False),
        ("test.org", False),
    ],
)
def test_knows_reserved_domains(domain: str, *, reserved: bool) -> None:
    """A domain is reserved by its last label, or as one of three second-level domains and what is below them."""
    assert is_reserved(domain) == reserved
