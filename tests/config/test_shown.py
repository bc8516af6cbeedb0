"""What `outreach config` prints."""

from __future__ import annotations

import tomllib
from pathlib import Path

from outreach.config import shown_settings
from outreach.config.schema import known_settings
from tests.config.campaigns import SMALL, load, write_campaign


def test_every_setting_is_shown_with_its_origin(tmp_path: Path) -> None:
    """All settings are listed once, tables of [data] among them, each with where it came from."""
    settings = load(write_campaign(tmp_path, SMALL + '[data]\nsignatories = "s.csv"\n'))

    shown = {name: (value, origin) for name, value, origin in shown_settings(settings)}

    assert set(shown) == {*known_settings(), "data.signatories"}
    assert shown["relay.host"] == ('"127.0.0.1"', "outreach.toml:5")
    assert shown["relay.rate"] == ('"none"', "default")
    assert shown["data.signatories"] == ('"s.csv"', "outreach.toml:7")
    assert shown["sender.from"] == ("", "default")
    assert len(shown_settings(settings)) == len(shown)


def test_what_is_shown_loads_as_the_same_settings(tmp_path: Path) -> None:
    """The values shown, put into a file, give the same options again."""
    text = """
[campaign]
name = "a \\"quoted\\" name"
date = 2023-10-16
attachments = ["a.pdf", "b.pdf"]
[contacts]
columns = { email = "이메일", name = "full name" }
[relay]
host = "smtp.coalition.example"
rate = "50/minute"
quota = ["2000/day"]
per_domain = { "gmail.com" = "1/second" }
timeouts = { connect = "5s" }
password = { env = "P" }
pipelining = false
[retry]
first_wait = "90s"
"""
    settings = load(write_campaign(tmp_path, text))
    shown = [(name, value) for name, value, _ in shown_settings(settings) if value]
    again = "\n".join(f"{name} = {value}" for name, value in shown)
    tomllib.loads(again)

    reloaded = load(write_campaign(tmp_path, again))

    assert (reloaded.campaign, reloaded.relay) == (settings.campaign, settings.relay)
    assert (reloaded.contacts, reloaded.retry, reloaded.ledger) == (settings.contacts, settings.retry, settings.ledger)


def test_secrets_are_masked(tmp_path: Path) -> None:
    """Only the place of the password is shown, and of a command only its program."""
    campaign = write_campaign(tmp_path, SMALL + 'password = { command = ["vault", "-token=hunter2"] }\n')

    shown = {name: value for name, value, _ in shown_settings(load(campaign, environ={"P": "hunter2"}))}

    assert shown["relay.password"] == '{ command = ["vault", "***"] }'
    assert "hunter2" not in str(shown)
