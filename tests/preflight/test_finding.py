"""Findings: counted all, kept up to a bound, grouped."""

from __future__ import annotations

import pytest

from outreach.contacts.reserved import is_reserved
from outreach.errors import Problem
from outreach.preflight.finding import EXAMPLES, GROUPS, LISTED, Findings


def lacking(row: int, what: str = "salutation") -> Problem:
    """A row with an empty cell."""
    return Problem("E09", f"list.csv:{row}", f'"{what}" is empty', "fill it", several=f'lack "{what}"')


def test_all_findings_are_counted_and_a_thousand_kept() -> None:
    """A list of a million bad rows takes no memory for its findings, and each of them counts."""
    findings = Findings()

    for row in range(LISTED + 5):
        findings.add(lacking(row))
    findings.add(Problem("E11", "list.csv:9", "suppressed", "…", level="info"))

    (group, _) = findings.grouped()
    assert len(findings.listed) == LISTED
    assert findings.counts == {"E09": LISTED + 5, "E11": 1}
    assert findings.errors == LISTED + 5
    assert (group.places, len(group.examples)) == (LISTED + 5, EXAMPLES)


def test_findings_of_one_kind_stand_together_errors_first() -> None:
    """One group for what is said of several rows, whatever is special of each."""
    findings = Findings()
    findings.add(Problem("E11", "list.csv:1", "suppressed", "…", level="info"))
    findings.add(lacking(2))
    for row in (3, 4):
        findings.add(Problem("E10", f"list.csv:{row}", f"{row} is no address", "…", several="hold no address"))
    findings.add(lacking(5))
    findings.add(lacking(6, "name"))

    groups = findings.grouped()

    assert [(group.first.code, group.places, group.alike) for group in groups] == [
        ("E09", 2, True), ("E10", 2, False), ("E09", 1, True), ("E11", 1, True),
    ]  # fmt: skip
    assert [problem.where for problem in groups[0].examples] == ["list.csv:2", "list.csv:5"]


def test_a_row_with_two_findings_of_a_kind_is_one_row() -> None:
    """The rows of a group are counted, not its findings."""
    findings = Findings()
    for row in (1, 1, 2):
        findings.add(lacking(row))

    (group,) = findings.grouped()

    assert (group.total, group.places) == (3, 2)
    assert findings.counts["E09"] == 3


def test_the_number_of_kinds_is_bounded_for_each_level() -> None:
    """A thousand kinds of errors take no more memory than a hundred, and leave room for the infos."""
    findings = Findings()

    for row in range(LISTED):
        findings.add(lacking(row, f"column {row}"))
    findings.add(Problem("E11", "list.csv:9", "suppressed", "…", level="info"))

    assert len(findings.grouped()) == GROUPS + 1
    assert findings.grouped()[-1].first.level == "info"
    assert findings.errors == LISTED


def test_what_was_only_counted_counts_in_its_group() -> None:
    """Of a million duplicates only the first are asked for; the others are counted with them."""
    findings = Findings()
    findings.add(lacking(1))

    findings.add_uncounted(lacking(1), 41)

    (group,) = findings.grouped()
    assert (group.places, findings.errors, findings.counts["E09"]) == (42, 42, 42)
    assert len(findings.listed) == 1


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
