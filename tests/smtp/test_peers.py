"""Servers that others wrote: aiosmtpd with TLS and login, and Postfix's smtp-sink."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import os
import shutil
import socket
import ssl
import subprocess
import warnings
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as ServerSession

from outreach.model import Answer, Message, Reply, Stage
from outreach.smtp.interface import ConnectFailure, Session
from outreach.smtp.oauth2 import Token, TokenKeeper
from outreach.smtp.options import RelayOptions
from outreach.smtp.relay import SmtpRelay
from outreach.smtp.session import SmtpSession
from tests.smtp.conftest import PATIENT, fail_to_open, make_envelope, make_message, make_relay, open_session
from tests.smtp.test_oauth2 import Source
from tests.support.clock import FakeClock
from tests.support.sinks import running_sink

MESSAGE = make_message("copy@ministry.example", content=b"Subject: x\r\n\r\n.dot\r\n" + b"line\r\n" * 20_000)


class Keeper:
    """Keeps what aiosmtpd was given."""

    def __init__(self) -> None:
        self.received: list[tuple[str | None, list[str], bytes]] = []

    async def handle_DATA(self, server: SMTP, session: ServerSession, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's name
        """Take the letter."""
        assert isinstance(envelope.content, bytes)
        self.received.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 kept"


def know_letters(server: SMTP, session: ServerSession, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
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


async def send_all(session: Session, messages: Sequence[Message]) -> list[Answer | None]:
    """The answers to the letters: each with the next envelope behind it where that is done, else one by one."""
    finals = []
    await session.exchange(envelope=make_envelope(messages[0]))
    for message, following in itertools.zip_longest(messages, messages[1:]):
        envelope = make_envelope(following) if following is not None else None
        together = session.pipelines
        finals.append((await session.exchange(body=message, envelope=envelope if together else None)).final)
        if envelope is not None and not together:
            await session.exchange(envelope=envelope)
    return finals


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_aiosmtpd_takes_letters(
    security: str, pipelining: bool, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """Over TLS of either kind we log in, and a long letter with dots arrives as it was."""
    keeper = Keeper()
    contexts = {"implicit" if security == "tls" else "starttls": server_tls}
    async with aiosmtpd_running(keeper, **contexts) as port:
        session = await open_session(
            port, security=security, username="letters", tls_context=trusting, pipelining=pipelining
        )
        finals = await send_all(session, [MESSAGE] * 3)
        await session.close()

    recipients = [recipient.mailbox.wire for recipient in MESSAGE.recipients]
    assert finals == [Reply(Stage.DOT, 250, "2.0.0", "kept")] * 3
    assert keeper.received == [(MESSAGE.envelope_from, recipients, MESSAGE.content)] * 3


@pytest.mark.parametrize("pipelining", [False, True])
async def test_our_own_sink_takes_letters(pipelining: bool) -> None:
    """Short and long, to one and to several, each arrives once and as it was."""
    messages = [make_message(), MESSAGE, make_message()] * 5
    async with running_sink() as sink:
        session = await open_session(sink.port, pipelining=pipelining)
        together = session.pipelines
        finals = await send_all(session, messages)
        await session.close()
        received = [message.content for message in sink.messages]

    assert together is pipelining
    assert all(isinstance(final, Reply) and final.accepted for final in finals)
    assert received == [message.content for message in messages]


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
@pytest.mark.parametrize("pipelining", [False, True])
async def test_smtp_sink_takes_letters(pipelining: bool) -> None:
    """Postfix's sink takes short and long letters on one session."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
    assert program is not None
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([program, *user, f"127.0.0.1:{port}", "10"]) as sink:  # noqa: ASYNC220 starting it does not wait
        try:
            session = await connect_once_it_listens(port, pipelining=pipelining)
            together = session.pipelines
            finals = await send_all(session, [make_message(), MESSAGE, make_message()])
            await session.close()
        finally:
            sink.terminate()

    assert together is pipelining
    assert [final.code for final in finals if isinstance(final, Reply)] == [250] * 3


async def connect_once_it_listens(port: int, *, pipelining: bool) -> SmtpSession:
    """A session to a server that is just starting."""
    async with asyncio.timeout(5):
        relay = make_relay(port, host="127.0.0.1", pipelining=pipelining)
        while isinstance(session := await relay.connect(), ConnectFailure):  # noqa: ASYNC110 it can't tell us
            await asyncio.sleep(0.01)
    assert isinstance(session, SmtpSession)
    return session


class TokenKnower(Keeper):
    """Lets in who has the token, by Google's description of XOAUTH2."""

    def __init__(self) -> None:
        super().__init__()
        self.challenged: list[object] = []

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 aiosmtpd's name
        """One response with both; the error is a challenge of its own, to be answered by an empty line."""
        said = base64.b64decode(args[1]).decode()
        if said == "user=letters\x01auth=Bearer ya29.new\x01\x01":
            return AuthResult(success=True, auth_data=b"letters")
        error = b'{"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}'
        self.challenged.append(await server.challenge_auth(error, encode_to_b64=True))
        return AuthResult(success=False, handled=False)


async def test_aiosmtpd_takes_a_token_once_it_is_new(server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """The old one is refused, the error answered by an empty line, and the new one gets a letter in."""
    keeper = TokenKnower()
    async with aiosmtpd_running(keeper, implicit=server_tls) as port:
        options = RelayOptions("localhost", port, username="letters", timeouts=PATIENT)
        tokens = TokenKeeper(Source(Token("ya29.old"), Token("ya29.new")), FakeClock())
        relay = SmtpRelay(options, password=None, tokens=tokens, tls_context=trusting, hostname="client.example")
        session = await relay.connect()
        assert isinstance(session, SmtpSession), session
        finals = await send_all(session, [MESSAGE])
        await session.close()

    assert finals == [Reply(Stage.DOT, 250, "2.0.0", "kept")]
    assert keeper.challenged == [b""]
