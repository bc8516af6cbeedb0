"""Findings: counted all, kept up to a bound, grouped."""

from __future__ import annotations

import pytest

from outreach.contacts.reserved import is_reserved
from outreach.errors import Problem
from outreach.preflight.finding import LISTED, Findings, grouped


def test_all_findings_are_counted_and_a_thousand_kept() -> None:
    """A list of a million bad rows takes no memory for its findings."""
    findings = Findings()

    for row in range(LISTED + 5):
        findings.add(Problem("E09", f"list.csv:{row}", "empty", "fill it"))
    findings.add(Problem("E11", "list.csv:9", "suppressed", "…", level="info"))

    assert len(findings.listed) == LISTED
    assert findings.counts == {"E09": LISTED + 5, "E11": 1}
    assert findings.errors == LISTED + 5


def test_findings_that_say_the_same_stand_together_errors_first() -> None:
    """One group for each message, with all its places."""
    findings = Findings()
    findings.add(Problem("E11", "list.csv:1", "suppressed", "…", level="info"))
    findings.add(Problem("E09", "list.csv:2", "empty", "…"))
    findings.add(Problem("E09", "list.csv:3", "empty", "…"))

    groups = grouped(findings)

    assert [(group.first.code, group.total) for group in groups] == [("E09", 2), ("E11", 1)]
    assert groups[0].places == ("list.csv:2", "list.csv:3")


@pytest.mark.parametrize(
    ("domain", "reserved"),
    [
        ("example.org", True),
        ("mail.example.com", True),
        ("state.example", True),
        ("localhost", True),
        ("my.test", True),
        ("example.org.kr", False),
        ("notexample.org", False),
        ("whitehouse.gov", False),
    ],
)
def test_reserved_domains_are_told_from_real_ones(domain: str, reserved: bool) -> None:
    """RFC 2606 and RFC 6761, with everything below them."""
    assert is_reserved(domain) is reserved
