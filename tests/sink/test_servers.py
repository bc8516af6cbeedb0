"""The servers that tests borrow from others start, take a letter, and end."""

from __future__ import annotations

import asyncio

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.sinks import aiosmtpd_server, free_port, postfix_sink, smtp_sink_available

LETTER = "Subject: Hello\r\n\r\nText.\r\n"


async def _send(port: int) -> str:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        _, reply = await client.sendmail("a@x.example", ["b@y.example"], LETTER)
        return reply


async def test_aiosmtpd_server_hands_letters_to_its_handler() -> None:
    """A letter reaches the handler, in the same event loop."""
    received: list[Envelope] = []

    class Handler:
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
            received.append(envelope)
            return "250 taken"

    async with aiosmtpd_server(Handler()) as port:
        reply = await _send(port)

    assert reply == "taken"
    assert [envelope.rcpt_tos for envelope in received] == [["b@y.example"]]


@pytest.mark.skipif(not smtp_sink_available(), reason="Postfix's smtp-sink is not installed")
async def test_postfix_sink_takes_letters_and_ends() -> None:
    """The child takes a letter at its port, and the port is free afterwards."""
    async with postfix_sink("-8") as port:
        await _send(port)

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


def test_free_ports_are_not_fixed() -> None:
    """A free port is above the privileged ones."""
    assert free_port() > 1023
