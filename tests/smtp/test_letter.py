"""The letter and its final dot: what has surely not arrived, and what may have."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from outreach.model import Answer, Lost, Message, Reply, Stage
from tests.smtp.conftest import QUICK, make_envelope, make_message, open_session
from tests.smtp.servers import (
    Reaction,
    ScriptedRelay,
    after_reading,
    drip,
    drop,
    freeze,
    reset,
    running,
    stay_silent,
    then_drop,
)

SMALL = make_message()
LARGE = make_message(content=b"Subject: x\r\n\r\n" + b"A line of the letter that says little.\r\n" * 20_000)
HUGE = make_message(content=b"Subject: x\r\n\r\n" + b"A line of the letter that says little.\r\n" * 400_000)


async def send(relay: ScriptedRelay, message: Message, **changes: Any) -> tuple[Answer | None, bool]:
    """The answer to the letter, and whether the session can still be used."""
    session = await open_session(relay.port, **changes)
    await session.exchange(envelope=make_envelope(message))
    exchange = await session.exchange(body=message)
    usable = session.usable
    await session.close(politely=False)
    return exchange.final, usable


@pytest.mark.parametrize("message", [SMALL, LARGE])
async def test_a_letter_arrives_as_it_is(message: Message) -> None:
    """Short and long letters arrive byte for byte."""
    async with running(ScriptedRelay(ehlo=b"250 relay.test\r\n")) as relay:
        final, usable = await send(relay, message)

    assert isinstance(final, Reply)
    assert final.code == 250
    assert relay.letters == [message.content]
    assert usable


async def test_leading_dots_are_doubled() -> None:
    """Each line that begins with a dot gets a second one, also the first line, and no other line does."""
    message = make_message(content=b".first: x\r\n\r\n.\r\na.b\r\n..two\r\n")
    async with running(ScriptedRelay()) as relay:
        await send(relay, message)

    assert relay.letters == [b"..first: x\r\n\r\n..\r\na.b\r\n...two\r\n"]


@pytest.mark.parametrize("message", [SMALL, LARGE])
@pytest.mark.parametrize(
    ("reaction", "reason"),
    [
        (drop, "connection closed by the relay"),
        (reset, "connection reset"),
        (stay_silent, "no reply within 0.2 s"),
        (drip(b"250 ok, but slowly\r\n", seconds=0.04), "no reply within 0.2 s"),
        (b"250 ok\r\n250 ok\r\n", "malformed reply"),
        (b"thank you\r\n", "malformed reply"),
    ],
)
async def test_after_the_dot_silence_is_doubt(message: Message, reaction: Reaction, reason: str) -> None:
    """Once the dot has left, anything but one reply is a loss that may hide an acceptance."""
    async with running(ScriptedRelay(ehlo=b"250 relay.test\r\n", dot=reaction)) as relay:
        final, usable = await send(relay, message, timeouts=QUICK)

    assert isinstance(final, Lost)
    assert final.stage is Stage.DOT
    assert final.reason.startswith(reason)
    assert final.dot_written
    assert not usable


@pytest.mark.parametrize("reply", [b"421 4.3.2 going down\r\n", b"354 go on\r\n"])
async def test_a_final_reply_that_ends_the_connection_is_kept(reply: bytes) -> None:
    """421 or an odd code to the dot is the reply, and the session is closed."""
    async with running(ScriptedRelay(dot=reply)) as relay:
        final, usable = await send(relay, SMALL)

    assert isinstance(final, Reply)
    assert final.code == int(reply[:3])
    assert not usable


async def test_an_acceptance_before_the_hang_up_counts() -> None:
    """250 to the dot and then a closed connection is an acceptance."""
    async with running(ScriptedRelay(dot=then_drop(b"250 2.0.0 queued\r\n"))) as relay:
        final, _ = await send(relay, SMALL)

    assert final == Reply(Stage.DOT, 250, "2.0.0", "queued")


@pytest.mark.parametrize(
    ("reaction", "reason"),
    [
        (drop, "connection"),
        (reset, "connection reset"),
        (freeze, "the relay took no data for 0.2 s"),
        (after_reading(100_000, b"250 thanks\r\n"), "malformed reply: 250 before the end of the letter"),
    ],
)
async def test_half_a_letter_has_not_arrived(reaction: Reaction, reason: str) -> None:
    """When the connection ends in mid-letter the dot was surely not written."""
    async with running(ScriptedRelay(ehlo=b"250 relay.test\r\n", body=reaction), limit=1 << 17) as relay:
        final, usable = await send(relay, HUGE, timeouts=QUICK)

    assert isinstance(final, Lost)
    assert final.stage is Stage.BODY
    assert final.reason.startswith(reason)
    assert not final.dot_written
    assert not usable


@pytest.mark.parametrize("reaction", [drop, reset, freeze])
async def test_half_a_letter_in_tls_has_not_arrived(
    reaction: Reaction, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """Under TLS, too, a connection that ends in mid-letter leaves no doubt."""
    relay = ScriptedRelay(ehlo=b"250 relay.test\r\n", body=reaction)
    async with running(relay, tls=server_tls, limit=1 << 17):
        final, usable = await send(relay, HUGE, security="tls", tls_context=trusting, timeouts=QUICK)

    assert isinstance(final, Lost)
    assert final.stage is Stage.BODY
    assert not final.dot_written
    assert not usable


@pytest.mark.parametrize("reply", [b"552 5.3.4 too large\r\n", b"421 4.3.2 going down\r\n"])
async def test_a_refusal_in_mid_letter_is_the_reply(reply: bytes) -> None:
    """A relay that refuses before it has the whole letter is believed, at stage body."""
    body = after_reading(100_000, reply)
    async with running(ScriptedRelay(ehlo=b"250 relay.test\r\n", body=body), limit=1 << 17) as relay:
        final, usable = await send(relay, HUGE)

    assert isinstance(final, Reply)
    assert (final.stage, final.code) == (Stage.BODY, int(reply[:3]))
    assert not usable


async def test_the_next_envelope_after_a_loss_is_answered_by_a_loss() -> None:
    """When the connection ends with the letter, the envelope behind it is lost at MAIL and nothing of it is sent."""
    async with running(ScriptedRelay(dot=drop)) as relay:
        session = await open_session(relay.port)
        await session.exchange(envelope=make_envelope(SMALL))
        exchange = await session.exchange(body=SMALL, envelope=make_envelope(SMALL))

    assert isinstance(exchange.final, Lost)
    assert exchange.envelope is not None
    assert isinstance(exchange.envelope.mail, Lost)
    assert exchange.envelope.mail.stage is Stage.MAIL
    assert relay.commands.count(relay.commands[1]) == 1


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\n", b"no end", b"a\r\r\n"])
async def test_a_bare_line_end_never_leaves(content: bytes) -> None:
    """A message with a bare CR or LF raises before its envelope is sent."""
    async with running(ScriptedRelay()) as relay:
        session = await open_session(relay.port)
        with pytest.raises(ValueError, match="CRLF"):
            await session.exchange(envelope=make_envelope(make_message(content=content)))

    assert len(relay.commands) == 1
