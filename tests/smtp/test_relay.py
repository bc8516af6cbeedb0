"""The settings of a relay that are refused before anything is sent."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from outreach.errors import SettingsError
from outreach.smtp.interface import ConnectFailure
from outreach.smtp.options import RelayOptions, is_loopback
from outreach.smtp.relay import SmtpRelay
from outreach.smtp.session import SmtpSession
from tests.smtp.servers import ScriptedRelay, running
from tests.support.sinks import running_sink


def build(options: RelayOptions, *, password: str | None = None, hostname: str = "client.example") -> SmtpRelay:
    """The relay of these options."""
    return SmtpRelay(options, password=password, hostname=hostname)


@pytest.mark.parametrize(
    ("host", "username", "allowed", "fine"),
    [
        ("localhost", "", False, True),
        ("127.0.0.1", "", False, True),
        ("localhost", "letters", False, True),
        ("localhost", "letters", True, True),
        ("relay.example", "", False, False),
        ("relay.example", "", True, True),
        ("relay.example", "letters", True, False),
    ],
)
def test_clear_text_needs_leave(host: str, username: str, allowed: bool, fine: bool) -> None:
    """Security none is for loopback, unless allowed; a password never leaves the machine in clear."""
    options = RelayOptions(host, security="none", username=username, allow_plaintext=allowed)

    with nullcontext() if fine else pytest.raises(SettingsError, match="clear text"):
        build(options, password="hunter2")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("[::1]", True),
        ("sink.localhost", True),
        ("localhost.example", False),
        ("10.0.0.1", False),
        ("relay.example", False),
    ],
)
def test_loopback_is_judged_by_name(host: str, expected: bool) -> None:
    """Names and addresses of this machine are loopback, and no others."""
    assert is_loopback(host) is expected


def test_a_username_needs_a_password() -> None:
    """A username without a password is a mistake in the settings."""
    with pytest.raises(SettingsError, match="no password"):
        build(RelayOptions("relay.example", username="letters"))


def test_an_account_is_named_without_its_password() -> None:
    """Pace and quota belong to user, host and port."""
    relay = build(RelayOptions("relay.example", username="letters"), password="hunter2")

    assert relay.account == "letters@relay.example:465"
    assert "hunter2" not in repr(vars(relay))


def test_an_unreadable_ca_file_is_named(tmp_path: Path) -> None:
    """A missing or broken ca_file is a mistake in the settings that names the file."""
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for path in (broken, tmp_path / "missing.pem"):
        with pytest.raises(SettingsError, match=path.name):
            build(RelayOptions("relay.example", ca_file=path))


@pytest.mark.parametrize("name", ["two words", "a\r\nb", "büro.example", "-x"])
def test_an_odd_ehlo_name_is_refused(name: str) -> None:
    """An ehlo_name that is no host name is a mistake in the settings."""
    with pytest.raises(SettingsError, match="ehlo_name"):
        build(RelayOptions("relay.example", ehlo_name=name))


@pytest.mark.parametrize(
    ("chosen", "hostname", "expected"),
    [
        ("mail.coalition.example", "laptop", "mail.coalition.example"),
        ("", "laptop", "laptop"),
        ("", "Anna's laptop", "[127.0.0.1]"),
        ("", "", "[127.0.0.1]"),
        ("[192.0.2.1]", "", "[192.0.2.1]"),
    ],
)
async def test_the_ehlo_names_us(chosen: str, hostname: str, expected: str) -> None:
    """EHLO says the chosen name, else the machine's, else an address literal."""
    async with running(ScriptedRelay()) as peer:
        options = RelayOptions("localhost", port=peer.port, security="none", ehlo_name=chosen)
        session = await build(options, hostname=hostname).connect()
        assert isinstance(session, SmtpSession)
        await session.close()

    assert peer.commands[0] == f"EHLO {expected}"


@pytest.mark.parametrize("fault", ["drop", "reset"])
async def test_a_port_that_has_greeted_is_not_asked_for_tls(fault: str) -> None:
    """Once it spoke clear text, a connection that it closes without a word is one connection, not two."""
    async with running_sink(f"{fault}:connect:after=1") as sink:
        relay = build(RelayOptions("127.0.0.1", port=sink.port, security="none"))
        session = await relay.connect()
        refused = await relay.connect()
        assert isinstance(session, SmtpSession)
        await session.close()

        assert isinstance(refused, ConnectFailure)
        assert sink.connections == 2
