"""Power loss in short: the long form is `python -m tests.reliability power`."""

from __future__ import annotations

import sys

import pytest

from tests.reliability import power
from tests.reliability.figure import Scale

pytestmark = pytest.mark.flow


@pytest.mark.skipif(sys.platform != "linux", reason="which file is synced is read from /proc")
def test_no_power_loss_leads_to_a_second_copy() -> None:
    """Whatever of the unsynced writes is lost, the ledger opens, knows what has left, and nothing is sent twice."""
    figure = power.run(Scale.SHORT)

    assert figure.faults == ()
