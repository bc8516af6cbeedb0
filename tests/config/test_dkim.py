"""The section [dkim]: all of it or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.message.options import DkimOptions
from tests.config.campaigns import SMALL, load, refusal, write_campaign
from tests.support.dkim_keys import BOTH, SETTINGS


def test_section_becomes_its_options(tmp_path: Path) -> None:
    """Files start at the folder of the settings; the domain is written as the DNS has it."""
    campaign = write_campaign(tmp_path, SMALL + BOTH.replace("coalition.example", "Bücher.Example"))

    assert load(campaign).dkim == DkimOptions(
        "xn--bcher-kva.example", "s1", campaign / "dkim.pem", "e1", campaign / "ed25519.pem"
    )


def test_nothing_is_signed_unless_asked_for(tmp_path: Path) -> None:
    """Neither without the section nor where a campaign says that it has no domain."""
    assert load(write_campaign(tmp_path)).dkim == DkimOptions()
    assert load(write_campaign(tmp_path, SMALL + SETTINGS), flags={"dkim.domain": ""}).dkim.domain == ""


@pytest.mark.parametrize("missing", ["domain", "selector", "key_file", "ed25519_selector", "ed25519_key_file"])
def test_half_a_section_is_refused(tmp_path: Path, missing: str) -> None:
    """Else letters would leave unsigned, and nobody would notice."""
    text = "\n".join(line for line in BOTH.splitlines() if not line.startswith(f"{missing} ="))

    error = refusal(tmp_path, SMALL + text)

    assert error.what.startswith("outreach.toml:")
    assert error.what.endswith(f'and no "{missing}"')
    assert error.remedy.startswith(f'Add "{missing}" under [dkim]')


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("coalition.example", "coalition", '"domain" under [dkim] can\'t be "coalition"'),
        ("coalition.example", "a..example", '"domain" under [dkim] can\'t be "a..example"'),
        ("coalition.example", "a; d=b.example", '"domain" under [dkim] can\'t be "a; d=b.example"'),
        ("coalition.example", "x." * 130 + "example", '"domain" under [dkim] can\'t be "x.'),
        ('"s1"', '"s 1"', '"selector" under [dkim] can\'t be "s 1"'),
        ('"s1"', '"s1;"', '"selector" under [dkim] can\'t be "s1;"'),
        ('"s1"', '"-s1"', '"selector" under [dkim] can\'t be "-s1"'),
        ('"e1"', '"S1"', '"ed25519_selector" under [dkim] is that of the other key'),
        ('"ed25519.pem"', '"dkim.pem"', '"ed25519_key_file" under [dkim] is that of the other key'),
    ],
)
def test_names_that_can_not_be_published_are_refused(tmp_path: Path, old: str, new: str, what: str) -> None:
    """Domains and selectors stand in the DNS, and in a header."""
    assert what in refusal(tmp_path, SMALL + BOTH.replace(old, new)).what
