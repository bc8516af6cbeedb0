"""Kill -9 in short: the long form is `python -m tests.reliability kill crash-points`."""

from __future__ import annotations

import pytest

from tests.reliability import crash_points, kill, kill_beside
from tests.reliability.figure import Scale
from tests.support.processes import IS_THERE
from tests.support.sinks import POSTFIX_SINK, smtp_sink_available

pytestmark = pytest.mark.flow


def test_killed_at_each_crash_point() -> None:
    """A campaign that dies once at every crash point ends with each letter once, and the ledger knew all along."""
    figure = crash_points.run(Scale.SHORT)

    assert figure.faults == ()


def test_killed_at_random() -> None:
    """A campaign that is killed at random moments ends with each letter once, and the ledger knew all along."""
    figure = kill.run(Scale.SHORT)

    assert figure.faults == ()


@pytest.mark.skipif(not IS_THERE, reason="looks into /proc")
def test_one_of_several_processes_is_killed() -> None:
    """So does one of which the sender, the ledger's process, or one that composes is killed."""
    figure = kill_beside.run(Scale.SHORT)

    assert figure.faults == ()


@pytest.mark.skipif(not smtp_sink_available(), reason=f"{POSTFIX_SINK} is not installed")
def test_killed_at_random_before_another_relay() -> None:
    """The same holds in front of a relay that we did not write."""
    figure = kill.run_against_postfix(Scale.SHORT)

    assert figure.faults == ()
