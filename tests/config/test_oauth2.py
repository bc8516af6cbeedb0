"""[relay] oauth2: read, refused without repeating it, and shown without its secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.config import shown_settings
from outreach.model import SecretReference
from outreach.smtp.options import OAuth2Options
from tests.config.campaigns import SMALL, load, refusal, write_campaign

REFRESH = """\
client_id = "an-id.apps.example"
client_secret = { file = "secrets/client" }
refresh_token = { command = ["pass", "show", "hunter2"] }
token_url = "https://oauth2.googleapis.com/token"
scope = "https://mail.google.com/"
"""


def test_both_forms_are_read(tmp_path: Path) -> None:
    """A place that holds a token; or client, refresh token and server, as a table of their own."""
    given = load(write_campaign(tmp_path, SMALL + 'oauth2 = { token = { command = ["oauth2l", "fetch"] } }\n'))
    campaign = write_campaign(tmp_path, f"{SMALL}[relay.oauth2]\n{REFRESH}")
    refreshed = load(campaign)

    assert given.require_relay().oauth2 == OAuth2Options(token=SecretReference("command", ("oauth2l", "fetch")))
    assert refreshed.require_relay().oauth2 == OAuth2Options(
        client_id="an-id.apps.example",
        client_secret=SecretReference("file", str(campaign / "secrets/client")),
        refresh_token=SecretReference("command", ("pass", "show", "hunter2")),
        token_url="https://oauth2.googleapis.com/token",
        scope="https://mail.google.com/",
    )


def test_variable_of_the_environment_has_the_form_of_toml(tmp_path: Path) -> None:
    """The whole table stands in one variable."""
    variables = {"OUTREACH_RELAY__OAUTH2": '{ token = { env = "T" } }'}

    settings = load(write_campaign(tmp_path), environ=variables)

    assert settings.require_relay().oauth2 == OAuth2Options(token=SecretReference("env", "T"))


def test_secrets_are_shown_as_places(tmp_path: Path) -> None:
    """`outreach config` shows where the secrets are, of a command only its program."""
    settings = load(write_campaign(tmp_path, f"{SMALL}[relay.oauth2]\n{REFRESH}"))

    shown = {name: value for name, value, _ in shown_settings(settings)}["relay.oauth2"]

    assert '"an-id.apps.example"' in shown
    assert 'refresh_token = { command = ["pass", "***", "***"] }' in shown
    assert "secrets/client" in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('"hunter2"', "{ token = { command"),
        ('{ tokne = "hunter2" }', "client_id, client_secret, refresh_token, token_url and scope"),
        ('{ token = "hunter2" }', "for token not the secret itself but where it is kept"),
        ('{ token = { env = "T" }, scope = "hunter2" }', "not both"),
        ('{ client_id = "hunter2" }', "refresh_token too"),
        ('{ refresh_token = { env = "T" }, token_url = "https://x" }', "client_id too"),
        ('{ client_id = "a", refresh_token = { env = "T" } }', "token_url too"),
        ('{ client_id = "a", refresh_token = "hunter2", token_url = "https://x" }', "for refresh_token not the secret"),
        (
            '{ client_id = "a", client_secret = "hunter2", refresh_token = { env = "T" }, token_url = "https://x" }',
            "for client_secret not the secret itself",
        ),
        ('{ client_id = 5, refresh_token = { env = "T" }, token_url = "https://x" }', "for client_id a text"),
        ('{ client_id = "a\\r\\nb", refresh_token = { env = "T" }, token_url = "https://x" }', "for client_id a text"),
    ],
)
def test_what_can_not_be_used_is_not_repeated(tmp_path: Path, written: str, words: str) -> None:
    """Whatever stands there may be a secret."""
    error = refusal(tmp_path, f"{SMALL}oauth2 = {written}\n")

    assert words in error.remedy
    assert "hunter2" not in error.what + error.remedy


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        ("https://login.microsoftonline.com/common/oauth2/v2.0/token", True),
        ("https://localhost:8443/token?p=1", True),
        ("http://127.0.0.1:8080/token", True),
        ("http://localhost/token", True),
        ("http://oauth2.googleapis.com/token", False),
        ("http://localhost.evil.example/token", False),
        ("https://hunter2@oauth2.googleapis.com/token", False),
        ("https:///token", False),
        ("https://[::1/token", False),
        ("https://x:99999/token", False),
        ("https://x/token#hunter2", False),
        ("https://x/a b", False),
        ("ftp://x/token", False),
        ("token", False),
    ],
)
def test_secrets_go_over_https_alone(tmp_path: Path, url: str, is_good: bool) -> None:
    """Only this machine may be asked in clear text."""
    text = f'oauth2 = {{ client_id = "a", refresh_token = {{ env = "T" }}, token_url = "{url}" }}\n'

    if is_good:
        assert load(write_campaign(tmp_path, SMALL + text)).require_relay().oauth2 is not None
        return
    error = refusal(tmp_path, SMALL + text)
    assert "for token_url the address of a server with https" in error.remedy
    assert "hunter2" not in error.what + error.remedy
