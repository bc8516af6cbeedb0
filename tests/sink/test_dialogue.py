"""The sink speaks SMTP, in order, whatever it is told."""

from __future__ import annotations

import tracemalloc

import pytest

from outreach.sink.record import Kind
from tests.sink.talking import CONTENT, MESSAGE, connect, details, greeted
from tests.support.sinks import running_sink


async def test_ehlo_offers_everything_and_says_that_it_is_the_sink() -> None:
    """The EHLO reply names every extension and the keyword of the sink; STARTTLS only if there is TLS."""
    async with running_sink(max_size=1000) as sink, connect(sink) as talker:
        await talker.reply()
        reply = await talker.ask(b"EHLO letters.example")

    assert [line[4:] for line in reply.decode().splitlines()] == [
        "sink.outreach.example at your service", "PIPELINING", "SIZE 1000", "8BITMIME", "SMTPUTF8", "DSN",
        "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER", "X-OUTREACH-SINK",
    ]  # fmt: skip


async def test_chosen_extensions_are_all_that_is_offered() -> None:
    """Only the extensions asked for are announced, unknown ones as they stand."""
    async with running_sink(extensions=("size", "limits mailmax=2"), max_size=7) as sink, connect(sink) as talker:
        await talker.reply()
        reply = await talker.ask(b"EHLO letters.example")

    assert [line[4:] for line in reply.splitlines()][1:] == [b"SIZE 7", b"LIMITS MAILMAX=2"]


async def test_message_is_kept_with_its_envelope() -> None:
    """A message is kept with sender, recipients, parameters, bytes and times."""
    times = iter(range(1000))
    async with running_sink(clock=lambda: float(next(times)), record_limit=0) as sink, greeted(sink) as talker:
        await talker.ask(b"MAIL FROM:<a@letters.example> SIZE=9 BODY=8BITMIME RET=HDRS")
        await talker.ask(b"RCPT TO:<B@y.example> NOTIFY=NEVER")
        await talker.ask(b'rcpt to:<"odd > one"@y.example>')
        await talker.ask(b"DATA")
        reply = await talker.ask(CONTENT + b".")
        (message,) = sink.messages

        assert reply == b"250 2.0.0 Swallowed as 1\r\n"
        assert message.sender == "a@letters.example"
        assert message.parameters == ("SIZE=9", "BODY=8BITMIME", "RET=HDRS")
        assert message.addresses == ("B@y.example", '"odd > one"@y.example')
        assert message.recipients[0].parameters == ("NOTIFY=NEVER",)
        assert message.content == CONTENT
        assert (message.mail_at, message.at) == (0.0, 1.0)
        assert (message.connection, message.tls, message.user) == (1, False, None)


async def test_pipelined_group_is_answered_in_order() -> None:
    """A content and the next message's commands in one packet get their replies in the order of the commands."""
    async with running_sink() as sink, greeted(sink) as talker:
        await talker.say(MESSAGE % b"b@y.example")
        first = await talker.replies(3)
        await talker.say(CONTENT + b".\r\nMAIL FROM:<>\r\nRCPT TO:<nobody>\r\nRCPT TO:<c@y.example>\r\nDATA\r\n")
        second = await talker.replies(5)
        await talker.say(CONTENT + b".\r\nQUIT\r\n")
        third = await talker.replies(2)

    assert first == [250, 250, 354]
    assert second == [250, 250, 553, 250, 354]
    assert third == [250, 221]
    assert [(message.sender, message.addresses) for message in sink.messages] == [
        ("a@letters.example", ("b@y.example",)),
        ("", ("c@y.example",)),
    ]


async def test_single_bytes_make_the_same_message() -> None:
    """Where packets begin and end makes no difference."""
    content = b"..dot\r\n.\r\r\n\n.\n.\r.\r\nend\r\n"
    async with running_sink() as sink, greeted(sink) as talker:
        for byte in MESSAGE % b"b@y.example" + b".\r\n" + MESSAGE % b"c@y.example" + content + b".\r\n":
            await talker.say(bytes([byte]))
        codes = await talker.replies(8)

    assert codes == [250, 250, 354, 250, 250, 250, 354, 250]
    assert [message.content for message in sink.messages] == [b"", b".dot\r\n\r\r\n\n.\n.\r.\r\nend\r\n"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"", b""),
        (b"..\r\n", b".\r\n"),
        (b"...x\r\ny.\r\n..\r\n", b"..x\r\ny.\r\n.\r\n"),
        (b"a\n.\nb\r\n.\rc\r\n", b"a\n.\nb\r\n\rc\r\n"),
        (b"\xff\x00\xc3\xa9\r\n", b"\xff\x00\xc3\xa9\r\n"),
    ],
)
async def test_content_is_kept_to_the_byte(sent: bytes, kept: bytes) -> None:
    """Only the dot that a line begins with is taken away, and only CRLF makes a line."""
    async with running_sink() as sink, greeted(sink) as talker:
        await talker.send(content=sent)

    assert [message.content for message in sink.messages] == [kept]


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ([b"MAIL FROM:<a@x.example>"], [503]),
        ([b"EHLO x", b"RCPT TO:<b@y.example>", b"DATA"], [250, 503, 503]),
        ([b"EHLO x", b"MAIL FROM:<a@x.example>", b"MAIL FROM:<a@x.example>", b"DATA"], [250, 250, 503, 554]),
        ([b"EHLO x", b"MAIL FROM:<a@x.example>", b"RSET", b"RCPT TO:<b@y.example>"], [250, 250, 250, 503]),
        ([b"EHLO x", b"MAIL FROM:<a@x.example>", b"EHLO x", b"RCPT TO:<b@y.example>"], [250, 250, 250, 503]),
        ([b"HELO x", b"MAIL FROM:<a@x.example> SIZE=1", b"MAIL FROM:<a@x.example>"], [250, 555, 250]),
        ([b"EHLO", b"HELO", b"NOOP", b"NOOP x", b"VRFY", b"VRFY a", b"EXPN a"], [501, 501, 250, 250, 501, 252, 502]),
        ([b"HELP", b"BDAT 3 LAST", b"", b" ", b"\xff\x00", b"MAIL\n"], [214, 500, 500, 500, 500, 500]),
        ([b"QUIT now", b"RSET now", b"STARTTLS", b"AUTH PLAIN x"], [501, 501, 502, 503]),
        ([b"EHLO x", b"MAIL FROM: <a@x.example>", b"MAIL TO:<a@x.example>", b"MAIL FROM:<a"], [250, 501, 501, 501]),
        ([b"EHLO x", b"MAIL FROM:<a@x.example> NOTIFY=NEVER", b"MAIL FROM:<a> FOO"], [250, 555, 555]),
        ([b"EHLO x", b"MAIL FROM:<a> SIZE=51000000", b"MAIL FROM:<a> SIZE=x"], [250, 552, 501]),
        ([b"EHLO x", b"MAIL FROM:<a> SIZE=" + b"9" * 5000, b"MAIL FROM:<\xff@x>"], [250, 552, 501]),
        ([b"EHLO x", b"MAIL FROM:<\xc3\xa9@x.example>", b"MAIL FROM:<\xc3\xa9@x.example> SMTPUTF8"], [250, 553, 250]),
        ([b"EHLO x", b"MAIL FROM:<>", b"RCPT TO:<>", b"RCPT TO:<x@>", b"RCPT TO:<Postmaster>"],
         [250, 250, 553, 553, 250]),
        ([b"EHLO x", b"MAIL FROM:<>", b"RCPT TO:<\xc3\xa9@x.example>", b"RCPT TO:<b@x.example> SIZE=1"],
         [250, 250, 553, 555]),
    ],
)  # fmt: skip
async def test_each_command_has_its_turn(lines: list[bytes], codes: list[int]) -> None:
    """Commands out of turn, unknown or unreadable are refused with the code that says why."""
    async with running_sink() as sink, connect(sink) as talker:
        await talker.reply()
        got = [int((await talker.ask(line))[:3]) for line in lines]

    assert got == codes


async def test_quit_closes() -> None:
    """QUIT gets its reply, and nothing follows."""
    async with running_sink() as sink, greeted(sink) as talker:
        await talker.say(b"QUIT\r\nNOOP\r\n")
        rest = await talker.rest()

    assert rest == b"221 2.0.0 Goodbye\r\n"


async def test_utf8_addresses_are_kept() -> None:
    """With SMTPUTF8 an address beyond ASCII is taken as it is."""
    async with running_sink() as sink, greeted(sink) as talker:
        await talker.ask("MAIL FROM:<ä@x.example> SMTPUTF8".encode())
        await talker.ask("RCPT TO:<김@y.example>".encode())
        await talker.ask(b"DATA")
        await talker.ask(CONTENT + b".")

    assert sink.accepted_by_recipient() == {"김@y.example": 1}


async def test_eight_bits_are_refused_where_not_offered() -> None:
    """Without 8BITMIME in the EHLO a content with 8 bits is refused, and so is its parameter."""
    async with running_sink(extensions=("PIPELINING",)) as sink, greeted(sink) as talker:
        with_parameter = await talker.ask(b"MAIL FROM:<a@x.example> BODY=8BITMIME")
        with_content = await talker.send(content=b"\xc3\xa9\r\n")

    assert with_parameter[:3] == b"555"
    assert with_content[:3] == b"554"
    assert sink.count == 0


@pytest.mark.parametrize("size", [101, 250, 5_000_000])
async def test_content_over_the_size_is_refused(size: int) -> None:
    """A content over the size that was announced is refused, and the conversation goes on."""
    async with running_sink(max_size=100) as sink, greeted(sink) as talker:
        too_big = await talker.send(content=b"x" * (size - 2) + b"\r\n")
        fits = await talker.send(content=b"x" * 98 + b"\r\n")

    assert (too_big[:9], fits[:3]) == (b"552 5.3.4", b"250")
    assert [len(message.content) for message in sink.messages] == [100]


@pytest.mark.parametrize("length", [12_289, 100_000, 3_000_000])
async def test_long_line_is_refused_and_forgotten(length: int) -> None:
    """A line without bounds gets one refusal, and what follows is answered as usual."""
    async with running_sink() as sink, greeted(sink) as talker:
        await talker.say(b"x" * length + b"\r\nNOOP\r\n")
        replies = [await talker.reply(), await talker.reply()]

    assert [reply[:9] for reply in replies] == [b"500 5.5.6", b"250 2.0.0"]


async def test_long_line_may_end_between_two_packets() -> None:
    """The end of a line that is too long is seen although its CR and LF come apart."""
    async with running_sink() as sink, greeted(sink) as other, greeted(sink) as talker:
        await talker.say(b"x" * 20_000 + b"\r")
        await other.ask(b"NOOP")  # the sink has read the first packet when this is answered
        await talker.say(b"\nNOOP\r\n")
        replies = [await talker.reply(), await talker.reply()]

    assert [reply[:9] for reply in replies] == [b"500 5.5.6", b"250 2.0.0"]


@pytest.mark.parametrize(
    ("begin", "end", "codes"),
    [(b"NOOP ", b"\r\n", [500]), (MESSAGE % b"b@y.example", b"\r\n.\r\n", [250, 250, 354, 552])],
)
async def test_endless_input_takes_no_memory(begin: bytes, end: bytes, codes: list[int]) -> None:
    """Neither a line nor a content is kept beyond its bounds, however much of it comes."""
    async with running_sink(max_size=1000) as sink, greeted(sink) as talker:
        tracemalloc.start()
        await talker.say(begin)
        for _ in range(100):
            await talker.say(b"x" * 50_000)
        await talker.say(end)
        got = await talker.replies(len(codes))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert got == codes
    assert peak < 3_000_000


async def test_garbage_from_a_client_harms_nobody() -> None:
    """A client that sends noise gets refusals, and others are served."""
    noise = bytes(range(256)) * 200 + b"\r\n"
    async with running_sink() as sink, connect(sink) as noisy, greeted(sink) as talker:
        await noisy.say(noise)
        accepted = await talker.send()

    assert accepted[:3] == b"250"


async def test_record_tells_the_whole_conversation() -> None:
    """Connection, commands, replies, message and end are in the record, in order."""
    async with running_sink(clock=lambda: 5.0) as sink, greeted(sink) as talker:
        await talker.send()
        await talker.say(b"QUIT\r\n")
        await talker.rest()

    assert [event.kind.value for event in sink.record] == [
        "connected", "reply", "command", "reply", "command", "reply", "command", "reply", "command", "reply",
        "message", "reply", "command", "reply", "closed",
    ]  # fmt: skip
    assert details(sink, Kind.COMMAND)[2] == "RCPT TO:<b@y.example>"
    assert {(event.connection, event.at) for event in sink.record} == {(1, 5.0)}


@pytest.mark.parametrize(("limit", "length"), [(0, 0), (3, 3)])
async def test_record_can_be_bounded(limit: int, length: int) -> None:
    """No more events are kept than asked for."""
    async with running_sink(record_limit=limit) as sink, greeted(sink) as talker:
        await talker.send()

        assert len(sink.record) == length


async def test_client_that_does_not_wait_is_noted() -> None:
    """Content that comes before the 354 is noted, and so is any command ahead of its turn without PIPELINING."""
    async with running_sink() as sink, greeted(sink) as talker:
        await talker.say(MESSAGE % b"b@y.example" + CONTENT + b".\r\n")
        await talker.replies(4)
    async with running_sink(extensions=()) as serial, greeted(serial) as talker:
        await talker.say(b"RSET\r\nRSET\r\n")
        await talker.replies(2)

    assert details(sink, Kind.EARLY) == ["DATA"]
    assert details(serial, Kind.EARLY) == ["RSET"]


async def test_connections_are_numbered_and_counted() -> None:
    """Each connection has its number, and those that are open are known."""
    async with running_sink() as sink:
        async with greeted(sink) as talker:
            await talker.send()
            await talker.say(b"QUIT\r\n")
            await talker.rest()
        async with greeted(sink) as talker:
            await talker.send()
            are_open = sink.open_connections
        numbers = [message.connection for message in sink.messages]

    assert (are_open, sink.connections, numbers) == (1, 2, [1, 2])
    assert sink.open_connections == 0


async def test_leaving_the_sink_ends_its_connections() -> None:
    """When the sink ends, its clients see the end of their connections."""
    async with running_sink() as sink, greeted(sink) as talker:
        await sink.__aexit__(None, None, None)

        assert await talker.rest() == b""
