"""Writes campaign files for the tests and loads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from outreach.config import Settings, load_settings
from outreach.errors import SettingsError

SMALL = """\
[campaign]
name = "letter"

[relay]
host = "127.0.0.1"
"""


def write_campaign(folder: Path, text: str = SMALL) -> Path:
    """A campaign file in a folder of its own; the folder."""
    campaign = folder / "campaign"
    campaign.mkdir(exist_ok=True)
    (campaign / "outreach.toml").write_text(text, encoding="utf-8")
    return campaign


def load(
    folder: Path, *, environ: Mapping[str, str] | None = None, flags: Mapping[str, object] | None = None
) -> Settings:
    """The settings of the campaign in this folder."""
    return load_settings(config=None, cwd=folder, environ=environ or {}, flags=flags or {})


def refusal(folder: Path, text: str = SMALL, *, environ: Mapping[str, str] | None = None) -> SettingsError:
    """The error that a campaign file with this text gives."""
    campaign = write_campaign(folder, text)
    with pytest.raises(SettingsError) as caught:
        load(campaign, environ=environ)
    return caught.value
