"""Servers that others wrote: aiosmtpd with TLS and login, and Postfix's smtp-sink."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from outreach.model import Reply, Stage
from outreach.smtp.interface import ConnectFailure
from outreach.smtp.session import SmtpSession
from tests.smtp.conftest import fail_to_open, make_envelope, make_message, make_relay, open_session

MESSAGE = make_message("copy@ministry.example", content=b"Subject: x\r\n\r\n.dot\r\n" + b"line\r\n" * 20_000)


class Keeper:
    """Keeps what aiosmtpd was given."""

    def __init__(self) -> None:
        self.received: list[tuple[str | None, list[str], bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's name
        """Take the letter."""
        assert isinstance(envelope.content, bytes)
        self.received.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 kept"


def know_letters(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    """Only letters with hunter2 may log in."""
    fits = data == LoginPassword(b"letters", b"hunter2")
    return AuthResult(success=fits, handled=False)


@contextlib.asynccontextmanager
async def aiosmtpd_running(
    keeper: Keeper, *, implicit: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Aiosmtpd in this loop, with TLS as told and login required."""

    def build() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it does not see that implicit TLS is TLS
            return SMTP(
                keeper,
                hostname="peer.test",
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=know_letters,
                auth_required=True,
                auth_require_tls=starttls is not None,
            )

    server = await asyncio.get_running_loop().create_server(build, "127.0.0.1", 0, ssl=implicit)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_aiosmtpd_takes_a_letter(security: str, server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """Over TLS of either kind we log in, and a long letter with dots arrives as it was."""
    keeper = Keeper()
    contexts = {"implicit" if security == "tls" else "starttls": server_tls}
    async with aiosmtpd_running(keeper, **contexts) as port:
        session = await open_session(port, security=security, username="letters", tls_context=trusting)
        for _ in range(2):
            await session.exchange(envelope=make_envelope(MESSAGE))
            final = (await session.exchange(body=MESSAGE)).final
        await session.close()

    recipients = [recipient.mailbox.wire for recipient in MESSAGE.recipients]
    assert final == Reply(Stage.DOT, 250, "2.0.0", "kept")
    assert keeper.received == [(MESSAGE.envelope_from, recipients, MESSAGE.content)] * 2


async def test_aiosmtpd_refuses_a_wrong_login(server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """A wrong user name is one refused login."""
    async with aiosmtpd_running(Keeper(), implicit=server_tls) as port:
        failure = await fail_to_open(port, security="tls", username="nobody", tls_context=trusting)

    assert isinstance(failure.answer, Reply)
    assert (failure.answer.stage, failure.answer.code) == (Stage.AUTH, 535)


async def test_aiosmtpds_untrusted_starttls_is_a_certificate_failure(server_tls: ssl.SSLContext) -> None:
    """An unknown authority behind STARTTLS ends the try before the login."""
    async with aiosmtpd_running(Keeper(), starttls=server_tls) as port:
        failure = await fail_to_open(port, security="starttls", username="letters")

    assert failure.certificate
    assert failure.answer.stage is Stage.STARTTLS


@pytest.mark.skipif(
    shutil.which("smtp-sink", path="/usr/sbin:/usr/bin") is None, reason="Postfix's smtp-sink is missing"
)
async def test_smtp_sink_takes_letters() -> None:
    """Postfix's sink takes short and long letters on one session."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
    assert program is not None
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([program, *user, f"127.0.0.1:{port}", "10"]) as sink:  # noqa: ASYNC220 starting it does not wait
        try:
            session = await connect_once_it_listens(port)
            finals = []
            for message in (make_message(), MESSAGE):
                await session.exchange(envelope=make_envelope(message))
                finals.append((await session.exchange(body=message)).final)
            await session.close()
        finally:
            sink.terminate()

    assert [final.code for final in finals if isinstance(final, Reply)] == [250, 250]


async def connect_once_it_listens(port: int) -> SmtpSession:
    """A session to a server that is just starting."""
    async with asyncio.timeout(5):
        relay = make_relay(port, host="127.0.0.1")
        while isinstance(session := await relay.connect(), ConnectFailure):  # noqa: ASYNC110 it can't tell us
            await asyncio.sleep(0.01)
    assert isinstance(session, SmtpSession)
    return session
