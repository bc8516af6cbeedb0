"""Files that commands write for the user never take the place of one that is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.campaign import Campaign

pytestmark = pytest.mark.flow

SECRETS = """
[unsubscribe]
key = { file = "unsubscribe-key" }

[dkim]
domain = "coalition.example"
selector = "s1"
key_file = "dkim.pem"

[relay]"""

COMMANDS = (
    (("preview", "--html"), "--html"),
    (("preview", "--eml"), "--eml"),
    (("suppress", "export", "--output"), "--output"),
    (("log", "--output"), "--output"),
)
NEEDED = {
    "outreach.toml": "the campaign is made of this file",
    "outreach.seal": "the campaign is made of this file",
    "contacts/officials.csv": "the campaign is made of this file",
    "contacts/../templates/letter.md": "the campaign is made of this file",
    ".env": "a secret is kept in this file",
    "dkim.pem": "a secret is kept in this file",
    "unsubscribe-key": "a secret is kept in this file",
    ".outreach/unsubscribe.key": "a secret is kept in this file",
    ".outreach/ledger.db": "the ledger is kept in this file",
    ".outreach/ledger.sink.db": "the ledger is kept in this file",
}


@pytest.mark.parametrize(("command", "flag"), COMMANDS)
@pytest.mark.parametrize("needed", NEEDED)
def test_no_output_takes_the_place_of_what_is_needed(
    campaign: Campaign, command: tuple[str, ...], flag: str, needed: str
) -> None:
    """The campaign, its secrets and its ledger stay as they are, whichever command is to write there."""
    campaign.run("dkim", "keygen", "--set", "dkim.domain=c.example", "--set", "dkim.selector=s1",
                 "--set", "dkim.key_file=dkim.pem")  # fmt: skip
    campaign.run("suppress", "add", "x@y.example")
    campaign.edit("outreach.toml", "\n[relay]", SECRETS)
    campaign.write("unsubscribe-key", b"0123456789abcdef\n")
    (campaign.folder / "unsubscribe-key").chmod(0o600)
    before = {name: (campaign.folder / name).read_bytes() for name in campaign.files()}

    ran = campaign.run(*command, needed)

    said = ran.err.strip().splitlines()
    assert ran.code == 2
    assert said == [f"Error: {flag} {Path(needed)}: {NEEDED[needed]}", "  → Name another file."]
    assert {name: (campaign.folder / name).read_bytes() for name in campaign.files()} == before


def test_an_output_may_be_written_again(campaign: Campaign) -> None:
    """Looking at a letter again and again needs no new name each time."""
    arguments = (
        ("preview", "--html", "a.html"),
        ("preview", "--eml", "a.eml"),
        ("suppress", "export", "--output", ".outreach/ledger.csv"),
        ("log", "--output", "log.csv"),
    )
    campaign.run("suppress", "add", "x@y.example")

    codes = [campaign.run(*one).code for one in (*arguments, *arguments)]

    assert codes == [0] * 8


def test_a_link_to_what_is_needed_is_seen_through(campaign: Campaign) -> None:
    """The file counts, not the way to it."""
    (campaign.folder / "page.html").symlink_to("outreach.toml")

    ran = campaign.run("preview", "--html", "page.html")

    assert ran.code == 2
    assert "the campaign is made of this file" in ran.err
