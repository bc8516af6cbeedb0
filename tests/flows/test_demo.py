"""The demo, as whoever hears of this runs it first."""

from __future__ import annotations

import pytest

from tests.flows.campaign import Campaign

pytestmark = pytest.mark.flow


def test_the_demo_sends_the_sample_and_accounts_for_every_copy(campaign: Campaign) -> None:
    """It shows the log of all 24 letters, the balance, and that nobody has received anything."""
    ran = campaign.run("demo")

    assert ran.code == 0
    assert sum(line.startswith("accepted ") for line in ran.out.splitlines()) == 24
    assert "24 accepted = 24" in ran.out
    assert "Swallowed by the test sink" in ran.out
