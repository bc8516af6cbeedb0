"""What may be a secret although it stands in a setting that is none is not repeated."""

from __future__ import annotations

import pytest

from outreach.config.oauth2 import read_oauth2, show_oauth2
from tests.flows.campaign import Campaign
from tests.flows.conftest import campaign  # noqa: F401 - a fixture


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OUTREACH_LEDGER__URL", "postgresql://ana:hunter2@db.example/outreach"),
        ("OUTREACH_LEDGER__URL", "postgresql://ana:hun/ter2@hunter2@db.example/outreach"),
        ("OUTREACH_RELAY__HOST", "smtps://ana:hunter2@smtp.example"),
    ],
)
def test_password_in_a_url_is_not_told(
    campaign: Campaign,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
) -> None:
    """The rest of what is wrong is."""
    monkeypatch.setenv(variable, value)

    ran = campaign.run("config")

    assert ran.code == 2
    assert "ter2" not in ran.out + ran.err
    assert ".example" in ran.err


def test_query_of_a_token_url_is_not_shown() -> None:
    """The place is."""
    options = read_oauth2(
        {"client_id": "a", "refresh_token": {"env": "X"}, "token_url": "https://t.example/token?client_secret=hunter2"}
    )

    assert show_oauth2(options)["token_url"] == "https://t.example/token?…"
