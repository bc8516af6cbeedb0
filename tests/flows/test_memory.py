"""Memory stays flat however long the list is; the long form is `python -m tests.benchmarks.memory`."""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks.memory import measure_all

pytestmark = pytest.mark.flow


@pytest.mark.skipif(sys.platform != "linux", reason="PSS is read from /proc")
def test_planning_and_dry_run_stay_below_250_megabytes() -> None:
    """Twenty thousand contacts, a tenth of what is measured in the long form, stay far below the limit."""
    measured = measure_all(20_000)

    assert [one.flags for one in measured] == ["--dry-run", "--plan-only --yes"]
    assert all(20 < one.watched.peak_megabytes < 150 for one in measured), measured
