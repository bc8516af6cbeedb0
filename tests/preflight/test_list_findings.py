"""What is said of rows that repeat each other."""

from __future__ import annotations

import pytest

from outreach.contacts.options import ContactsOptions
from outreach.ledger.campaign_values import Duplicate
from outreach.preflight.list_findings import _duplicate


@pytest.mark.parametrize("what", ["a\nBcc: x@y.example", "a\u2028b", "a" * 100_000])
def test_an_id_is_told_on_one_short_line(what: str) -> None:
    """An id may be any text of a list; what is said of it is a line."""
    problem = _duplicate(Duplicate(row=3, first_row=2, what=what, is_id=True), ContactsOptions(file="list.csv"))

    assert len(problem.message.splitlines()) == 1
    assert len(problem.message) < 200
