"""All tests of reliability, by the name that runs them.

A new one is a module with a `run`, a line here, a short form in a test_*.py (test_bulk.py, where one call will do), and
its row: make reliability TESTS=NAME.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.reliability import (
    collateral,
    copies,
    crash_points,
    dot_gap,
    fuzz,
    greylist,
    injection,
    kill,
    kill_beside,
    late,
    limits,
    matrix,
    power,
)
from tests.reliability.figure import Run

TESTS: Mapping[str, Run] = {
    "kill": kill.run,
    "kill-postfix": kill.run_against_postfix,
    "kill-beside": kill_beside.run,
    "crash-points": crash_points.run,
    "power": power.run,
    "dot-gap": dot_gap.run,
    "collateral": collateral.run,
    "late": late.run,
    "greylist": greylist.run,
    "matrix": matrix.run,
    "copies": copies.run,
    "injection": injection.run,
    "fuzz": fuzz.run,
    "few-connections": limits.run_few_connections,
    "lifted": limits.run_lifted,
    "letters-per-connection": limits.run_letters_per_connection,
}
