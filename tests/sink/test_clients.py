"""Clients that others wrote find the sink a server like any other."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage

import aiosmtplib
import pytest
import uvloop

from outreach.sink.server import Sink
from tests.support.sinks import running_sink


def _letter() -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = "a@letters.example"
    letter["To"] = "b@y.example"
    letter["Subject"] = "Hello"
    letter.set_content(".dot\nÄnderung\n", cte="8bit")
    return letter


async def test_smtplib_sends_and_is_refused() -> None:
    """The standard library's client delivers a letter and is told of a refused recipient."""

    def send(port: int) -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.login("anybody", "anything")
            return client.send_message(_letter(), to_addrs=["b@y.example", "no@y.example"])

    async with running_sink("reject:rcpt:no@*") as sink:
        refused = await asyncio.to_thread(send, sink.port)
        (message,) = sink.messages

    assert refused == {"no@y.example": (550, b"5.1.1 No such mailbox")}
    assert message.addresses == ("b@y.example",)
    assert message.user == "anybody"
    assert message.content.endswith(b"\r\n\r\n.dot\r\n\xc3\x84nderung\r\n")
    assert message.parameters == (f"size={len(message.content)}",)


async def test_aiosmtplib_sends_many_at_once() -> None:
    """Many connections at once deliver every letter once."""

    async def send(sink: Sink, number: int) -> None:
        await aiosmtplib.send(
            _letter(), recipients=[f"{number}@y.example"], hostname="127.0.0.1", port=sink.port, start_tls=False
        )

    async with running_sink(keep="count") as sink:
        await asyncio.gather(*(send(sink, number) for number in range(50)))

        assert sink.accepted_by_recipient() == {f"{number}@y.example": 1 for number in range(50)}
        assert sink.connections == 50


@pytest.mark.parametrize("script", ["reset:mail", "drop:dot:keep", "slow:mail:0.01", "stall:mail"])
def test_uvloop_serves_the_same(script: str) -> None:
    """Under uvloop letters arrive and scripts are played as under asyncio."""

    async def send() -> tuple[int, int]:
        async with running_sink(f"{script}:times=1") as sink:
            for _ in range(2):
                client = aiosmtplib.SMTP(hostname="127.0.0.1", port=sink.port, start_tls=False, timeout=0.1)
                try:
                    async with client:
                        await client.send_message(_letter())
                except (aiosmtplib.SMTPException, OSError):
                    client.close()
            return sink.faults.total(), sink.count

    faults, count = uvloop.run(send())

    assert faults == 1
    assert count == (2 if "keep" in script or "slow" in script else 1)
