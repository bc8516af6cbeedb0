"""Messages, sessions and certificates for the tests of smtp."""

from __future__ import annotations

import ssl
from dataclasses import replace
from typing import Any

import pytest
import trustme

from outreach.model import EnvelopeRecipient, Mailbox, Message, Role
from outreach.smtp.interface import ConnectFailure, Envelope, Session
from outreach.smtp.options import RelayOptions, Timeouts
from outreach.smtp.relay import SmtpRelay
from outreach.smtp.session import SmtpSession
from outreach.smtp.tls import build_context

PATIENT = Timeouts(connect=5.0, greeting=5.0, command=5.0, final=5.0)
QUICK = Timeouts(connect=0.4, greeting=0.3, command=0.2, final=0.2)  # where silence is what is tested
SYSTEM_TRUST = build_context(None)  # built once: it takes 20 ms


def make_message(*copies: str, content: bytes = b"Subject: x\r\n\r\nDear Minister,\r\n", utf8: bool = False) -> Message:
    """A letter to minister@ministry.example, with copies."""
    to = EnvelopeRecipient(Role.TO, _mailbox("minister@ministry.example"))
    ccs = tuple(EnvelopeRecipient(Role.CC, _mailbox(copy)) for copy in copies)
    return Message(content, "<1@coalition.example>", "letters@coalition.example", (to, *ccs), needs_smtputf8=utf8)


def make_envelope(message: Message) -> Envelope:
    """Names everyone and needs the To."""
    return Envelope(message, tuple(range(len(message.recipients))), frozenset({0}))


def make_relay(port: int, *, tls_context: ssl.SSLContext | None = None, **changes: Any) -> SmtpRelay:
    """A relay on loopback, in clear text and one command at a time unless changed; a username's password is hunter2."""
    options = RelayOptions(
        host="localhost", port=port, security="none", allow_plaintext=True, timeouts=PATIENT, pipelining=False
    )
    options = replace(options, **changes)
    password = "hunter2" if options.username else None
    return SmtpRelay(options, password=password, tls_context=tls_context or SYSTEM_TRUST, hostname="client.example")


async def open_session(port: int, *, tls_context: ssl.SSLContext | None = None, **changes: Any) -> Session:
    """A session that must come about."""
    session = await make_relay(port, tls_context=tls_context, **changes).connect()
    assert isinstance(session, SmtpSession), session
    return session


async def fail_to_open(port: int, *, tls_context: ssl.SSLContext | None = None, **changes: Any) -> ConnectFailure:
    """A failure that must come about."""
    failure = await make_relay(port, tls_context=tls_context, **changes).connect()
    assert isinstance(failure, ConnectFailure), failure
    return failure


def _mailbox(address: str) -> Mailbox:
    return Mailbox("", address, address)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority of our own."""
    return trustme.CA()


@pytest.fixture(scope="session")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A client's context that trusts our authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """A server's context with a certificate for localhost."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context
