"""Crash points cost nothing that can be measured where no test asks."""

from __future__ import annotations

import re
import timeit
from pathlib import Path

import pytest

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from tests.support.source_rules import PACKAGE

_TIMES = 200_000


@pytest.mark.timed
def test_an_unset_point_costs_less_than_50_nanoseconds() -> None:
    """Passing a point takes one look at a name."""
    line = "if crashpoints.hook:\n    crashpoints.hook(CrashPoint.INTENDED)"
    passing, nothing = (
        min(timeit.repeat(code, globals={"crashpoints": crashpoints, "CrashPoint": CrashPoint}, number=_TIMES))
        for code in (line, "pass")
    )

    nanoseconds = (passing - nothing) / _TIMES * 1e9
    print(f"an unset crash point costs {nanoseconds:.1f} ns")

    assert nanoseconds < 50


def test_every_point_stands_somewhere_and_is_guarded() -> None:
    """Each point is in the source once, behind a look whether anybody asks."""
    calls = [
        found
        for path in sorted(Path(PACKAGE).rglob("*.py"))
        for found in re.findall(
            r"if crashpoints\.hook:\n(?:.*\n)?.*crashpoints\.hook\(CrashPoint\.(\w+)\)", path.read_text()
        )
    ]

    assert sorted(calls) == sorted(point.name for point in CrashPoint)


def test_nothing_in_the_package_sets_the_hook() -> None:
    """Only a test can ask a process to die."""
    setting = [
        path.name for path in Path(PACKAGE).rglob("*.py") if re.search(r"crashpoints\.hook\s*=(?!=)", path.read_text())
    ]

    assert setting == []
    assert crashpoints.hook is None
