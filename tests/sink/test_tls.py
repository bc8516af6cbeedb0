"""STARTTLS and implicit TLS, and what must not survive the change."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import struct

import pytest
import uvloop

from outreach.sink.record import Kind
from tests.sink.talking import CONTENT, connect, details, greeted
from tests.support.sinks import running_sink, tls_contexts


def _client_context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(tls_contexts()[1]))


def _send_with_starttls(port: int) -> tuple[bool, bool]:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        before = client.has_extn("starttls")
        client.starttls(context=_client_context())
        client.ehlo()
        client.login("user", "secret")
        client.sendmail("a@x.example", ["b@y.example"], CONTENT)
        return before, client.has_extn("starttls")


def _send_with_implicit_tls(port: int) -> None:
    with smtplib.SMTP_SSL("127.0.0.1", port, context=_client_context()) as client:
        client.sendmail("a@x.example", ["b@y.example"], CONTENT)


async def _receive_with_starttls() -> None:
    async with running_sink(tls=tls_contexts()[0], users={"user": "secret"}) as sink:
        offered = await asyncio.to_thread(_send_with_starttls, sink.port)

        assert offered == (True, False)
        assert [(message.tls, message.user, message.content) for message in sink.messages] == [(True, "user", CONTENT)]
        assert len(details(sink, Kind.TLS)) == 1


async def test_starttls() -> None:
    """A letter over STARTTLS is marked so, and STARTTLS is not offered again."""
    await _receive_with_starttls()


def test_starttls_with_uvloop() -> None:
    """STARTTLS works under uvloop too."""
    uvloop.run(_receive_with_starttls())


async def test_implicit_tls() -> None:
    """With implicit TLS the handshake comes first, and STARTTLS is not offered."""
    async with running_sink(tls=tls_contexts()[0], implicit_tls=True) as sink:
        await asyncio.to_thread(_send_with_implicit_tls, sink.port)

        assert [message.tls for message in sink.messages] == [True]
        assert not any("STARTTLS" in reply for reply in details(sink, Kind.REPLY))


def test_implicit_tls_needs_a_context() -> None:
    """Implicit TLS without a certificate is refused at once."""
    with pytest.raises(ValueError, match="context"):
        running_sink(implicit_tls=True)


async def test_starttls_can_be_hidden() -> None:
    """A sink that has TLS may keep it to itself, and refuses it then."""
    async with running_sink(tls=tls_contexts()[0], offer_starttls=False) as sink, greeted(sink) as talker:
        reply = await talker.ask(b"STARTTLS")

    assert reply[:3] == b"502"
    assert not any("250-STARTTLS" in reply for reply in details(sink, Kind.REPLY))


async def test_clear_text_behind_starttls_is_forgotten() -> None:
    """Commands that came in the packet of STARTTLS are never answered, and EHLO is needed again."""
    async with running_sink(tls=tls_contexts()[0]) as sink, greeted(sink) as talker:
        await talker.say(b"STARTTLS\r\nMAIL FROM:<evil@x.example>\r\nNOOP\r\n")
        go_ahead = await talker.reply()
        await talker.writer.start_tls(_client_context(), server_hostname="127.0.0.1")
        unnamed = await talker.ask(b"MAIL FROM:<a@x.example>")
        named = await talker.ask(b"EHLO x")

    assert go_ahead[:3] == b"220"
    assert (unnamed[:3], named[:3]) == (b"503", b"250")
    assert not any("evil" in command for command in details(sink, Kind.COMMAND))


async def test_failed_handshake_is_recorded_and_harms_nobody() -> None:
    """A client that speaks no TLS after STARTTLS loses its connection; the next one is served."""
    async with running_sink(tls=tls_contexts()[0]) as sink:
        async with greeted(sink) as talker:
            await talker.ask(b"STARTTLS")
            await talker.say(b"NOOP\r\n" * 10)
            await talker.rest()
        async with greeted(sink) as talker:
            accepted = await talker.send()

    assert accepted[:3] == b"250"
    assert [detail[:7] for detail in details(sink, Kind.TLS)] == ["failed:"]


async def test_reset_in_the_handshake_frees_the_connection() -> None:
    """A client that resets its connection instead of shaking hands is gone at once."""
    async with running_sink(tls=tls_contexts()[0]) as sink, greeted(sink) as talker:
        await talker.ask(b"STARTTLS")
        linger = struct.pack("ii", 1, 0)
        talker.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        talker.writer.transport.abort()
        async with asyncio.timeout(5):
            while sink.open_connections:  # noqa: ASYNC110 - lets the sink's side of the loop run, without time passing
                await asyncio.sleep(0)

    assert len(details(sink, Kind.TLS)) == 1


async def test_sink_ends_in_the_middle_of_a_handshake() -> None:
    """A client that never begins its handshake does not keep the sink from ending."""
    async with running_sink(tls=tls_contexts()[0]) as sink, greeted(sink) as talker:
        await talker.ask(b"STARTTLS")
        async with asyncio.timeout(5):
            await sink.__aexit__(None, None, None)

    assert sink.open_connections == 0


@pytest.mark.parametrize("script", ["reset:mail", "drop:mail", "slow:mail:0.01", "slow:starttls:0.01"])
async def test_scripts_are_played_inside_tls(script: str) -> None:
    """What a script does to a connection it does to an encrypted one too."""
    async with running_sink(script, tls=tls_contexts()[0]) as sink, connect(sink) as talker:
        await talker.reply()
        await talker.ask(b"EHLO x")
        await talker.ask(b"STARTTLS")
        await talker.writer.start_tls(_client_context(), server_hostname="127.0.0.1")
        await talker.ask(b"EHLO x")
        await talker.say(b"MAIL FROM:<a@x.example>\r\n")
        try:
            got = await talker.reply()
        except ConnectionError:
            got = b"reset"

    assert got[:5] == {"reset:mail": b"reset", "drop:mail": b""}.get(script, b"250 2")
    assert sink.faults == {script: 1}
