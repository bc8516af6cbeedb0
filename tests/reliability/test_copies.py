"""Letters with copies whose recipients fare differently."""

from __future__ import annotations

import pytest

from tests.reliability.copies import all_cases, try_cases

pytestmark = pytest.mark.flow


def test_each_of_four_recipients_gets_one_copy_or_none() -> None:
    """All 81 combinations of accepted, deferred and refused: nobody without the To, one copy each, all in the log."""
    cases = all_cases()

    problems = try_cases(cases)

    assert len(cases) == 81
    assert problems == []
