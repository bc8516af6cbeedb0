"""Many letters before a relay with one fault, in short; the long forms are in docs/reliability.md."""

from __future__ import annotations

import pytest

from tests.reliability import collateral, dot_gap, greylist, late
from tests.reliability.figure import Run, Scale

pytestmark = pytest.mark.flow


@pytest.mark.parametrize("run", [dot_gap.run, collateral.run, greylist.run, late.run], ids=lambda run: run.__module__)
def test_holds_in_short(run: Run) -> None:
    """Nothing is lost, nothing twice, nobody else is charged, no reply is taken for another letter's."""
    figure = run(Scale.SHORT)

    assert figure.faults == ()
