"""Each script happens on the wire, shows in the record, and does to the message what it says."""

from __future__ import annotations

import asyncio

import pytest

from outreach.sink.record import Kind
from outreach.sink.script import parse_script
from outreach.sink.server import Sink
from tests.sink.talking import CONTENT, MESSAGE, Talker, connect, details, greeted
from tests.support.sinks import running_sink, tls_contexts

# What a client says until each stage is reached, and the replies before that stage's own.
_BEFORE: dict[str, tuple[bytes, int]] = {
    "connect": (b"", 0),
    "greeting": (b"", 0),
    "ehlo": (b"EHLO x\r\n", 1),
    "starttls": (b"EHLO x\r\nSTARTTLS\r\n", 2),
    "auth": (b"EHLO x\r\nAUTH PLAIN AGEAYg==\r\n", 2),
    "mail": (b"EHLO x\r\nMAIL FROM:<a@x.example>\r\n", 2),
    "rcpt": (b"EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\n", 3),
    "data": (b"EHLO x\r\n" + MESSAGE % b"b@y.example", 4),
    "body": (b"EHLO x\r\n" + MESSAGE % b"b@y.example" + b"Subject", 5),
    "dot": (b"EHLO x\r\n" + MESSAGE % b"b@y.example" + CONTENT + b".\r\n", 5),
    "rset": (b"EHLO x\r\nRSET\r\n", 2),
    "quit": (b"EHLO x\r\nQUIT\r\n", 2),
}
STAGES = sorted(_BEFORE)


def _sink(script: str) -> Sink:
    """A sink that also has a certificate, so that it reaches every stage."""
    return running_sink(script, tls=tls_contexts()[0])


async def _reach(talker: Talker, stage: str) -> None:
    said, replies = _BEFORE[stage]
    await talker.say(said)
    await talker.replies(replies)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("action", ["drop", "shutdown", "reply", "garbage", "cut"])
async def test_stage_and_action(stage: str, action: str) -> None:
    """At every stage every action does what it is named for, once, and the record says so."""
    script = f"{action}:{stage}" + (":599:Never" if action == "reply" else "")
    async with _sink(script) as sink, connect(sink) as talker:
        await _reach(talker, stage)
        expected = {
            "drop": b"",
            "shutdown": b"421 4.3.2 The service is closing\r\n",
            "reply": b"599 Never\r\n",
            "garbage": b"\x00\xfe\xff this is \x80 no reply \x1b[2J\r\n",
        }
        got = await (talker.reply() if action in {"reply", "garbage"} else talker.rest())
        faults = details(sink, Kind.FAULT)

        assert got == expected.get(action, got)
        assert action != "cut" or not got.endswith(b"\n")
        assert faults == [script]
        assert (sink.count, sink.faults) == (0, {script: 1})


@pytest.mark.parametrize("stage", STAGES)
async def test_reset(stage: str) -> None:
    """A reset reaches the client as one."""
    async with _sink(f"reset:{stage}") as sink, connect(sink) as talker:
        await _reach(talker, stage)
        with pytest.raises(ConnectionResetError):
            await talker.rest()

        assert details(sink, Kind.FAULT) == [f"reset:{stage}"]


@pytest.mark.parametrize("stage", STAGES)
async def test_stall(stage: str) -> None:
    """A stalled connection stays open and silent for ever, while others are served."""
    async with _sink(f"stall:{stage}:times=1") as sink, connect(sink) as talker:
        await _reach(talker, stage)
        await talker.say(b"NOOP\r\n" * 1000)
        async with greeted(sink) as other:
            await other.send()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await talker.reader.read(1)

        assert details(sink, Kind.FAULT) == [f"stall:{stage}:times=1"]


@pytest.mark.parametrize(("script", "kept"), [("drop", 0), ("drop:dot:lose", 0), ("drop:dot:keep", 1),
                                              ("reset:dot:keep", 1), ("stall:dot:keep", 1), ("cut:dot:keep", 1),
                                              ("garbage:dot:keep", 1), ("shutdown:dot:250:2.0.0 Ok", 1),
                                              ("reply:dot:250:Fine", 1), ("reply:dot:354:Odd", 0),
                                              ("double:dot", 1), ("flood:dot:1000", 1), ("drip:dot:0.0", 1),
                                              ("late:dot:9", 1), ("slow:dot:9", 1)])  # fmt: skip
async def test_message_is_kept_or_lost_as_the_script_says(script: str, kept: int) -> None:
    """Whether a message counts does not depend on what the client hears."""
    async with running_sink(script if ":" in script else "drop:dot") as sink, greeted(sink) as talker:
        await talker.say(MESSAGE % b"b@y.example")
        await talker.replies(3)
        await talker.say(CONTENT + b".\r\n")
        # The record has the fault in the same step in which the message is kept.
        while not sink.faults:  # noqa: ASYNC110 - lets the sink's side of the loop run, without time passing
            await asyncio.sleep(0)

        assert sink.count == kept
        assert sum(sink.accepted_by_recipient().values()) == kept


async def test_reject_and_defer_leave_the_others_alone() -> None:
    """A refused recipient gets no copy; the others of the same message do."""
    scripts = ("reject:rcpt:user5@example.org", "defer:rcpt:*@slow.example")
    async with running_sink(*scripts) as sink, greeted(sink) as talker:
        await talker.say(b"MAIL FROM:<>\r\nRCPT TO:<User5@example.org>\r\nRCPT TO:<x@slow.example>\r\n")
        await talker.say(b"RCPT TO:<ok@y.example>\r\nDATA\r\n")
        codes = await talker.replies(5)
        await talker.ask(CONTENT + b".")

    assert codes == [250, 550, 450, 250, 354]
    assert sink.accepted_by_recipient() == {"ok@y.example": 1}


async def test_fault_in_a_group_lets_earlier_replies_through() -> None:
    """When a connection ends in the middle of a group, what was answered before arrives."""
    async with running_sink("drop:rcpt:after=1") as sink, greeted(sink) as talker:
        await talker.say(b"MAIL FROM:<>\r\nRCPT TO:<a@y.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n")
        rest = await talker.rest()

    assert [line[:3] for line in rest.splitlines()] == [b"250", b"250"]
    assert details(sink, Kind.COMMAND)[-1] == "RCPT TO:<b@y.example>"


async def test_script_at_the_dot_knows_the_recipients() -> None:
    """A script with an address plays at the dot of a message to that address, and at no other."""
    async with running_sink("reject:dot:b@y.example") as sink, greeted(sink) as talker:
        replies = [await talker.send(recipient) for recipient in (b"a@y.example", b"b@y.example", b"c@y.example")]

    assert [reply[:3] for reply in replies] == [b"250", b"554", b"250"]
    assert sorted(sink.accepted_by_recipient()) == ["a@y.example", "c@y.example"]


async def test_reply_in_the_middle_of_the_content_is_the_only_one() -> None:
    """A message that is refused before its dot gets no reply to the dot, and the next one is served."""
    async with running_sink("reject:body:times=1") as sink, greeted(sink) as talker:
        refused = await talker.send()
        accepted = await talker.send()

    assert (refused[:3], accepted[:3]) == (b"554", b"250")
    assert sink.count == 1


@pytest.mark.parametrize("script", ["stall:body", "drip:body:0.001"])
async def test_a_body_that_is_not_read_blocks_whoever_writes_it(script: str) -> None:
    """Once the buffers between the two are full no more of a large body leaves, and the message never ends."""
    async with running_sink(script) as sink, greeted(sink) as talker:
        await talker.say(MESSAGE % b"b@y.example")
        await talker.replies(3)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await talker.say(b"Subject: large\r\n\r\n" + b"x" * 16_000_000)

        assert sink.count == 0
        assert sink.faults == {script: 1}


async def test_dripping_body_is_read_to_its_end() -> None:
    """A sink that reads byte by byte takes the message all the same, if the client has the patience."""
    async with running_sink("drip:body:0.0001") as sink, greeted(sink) as talker:
        await talker.say(MESSAGE % b"b@y.example")
        await talker.replies(3)
        await talker.say(b"S")
        while not sink.faults:  # noqa: ASYNC110 - lets the sink's side of the loop run, without time passing
            await asyncio.sleep(0)
        reply = await talker.ask(CONTENT[1:] + b".")

    assert reply[:3] == b"250"
    assert sink.messages[0].content == CONTENT


async def test_client_that_goes_away_ends_a_dripping_body() -> None:
    """A connection that is read byte by byte is given up when the client closes it."""
    async with running_sink("drip:body:0.0001") as sink, greeted(sink) as talker:
        await talker.say(MESSAGE % b"b@y.example")
        await talker.replies(3)
        await talker.say(b"Subj")
        talker.writer.close()
        async with asyncio.timeout(5):
            while sink.open_connections:  # noqa: ASYNC110 - lets the sink's side of the loop run
                await asyncio.sleep(0)

    assert sink.count == 0


@pytest.mark.parametrize(("script", "unasked"), [("double:body", 2), ("late:body:0", 1)])
async def test_replies_nobody_asked_for_come_while_the_body_does(script: str, unasked: int) -> None:
    """In mid-body every reply is one too many, and the dot still gets its own."""
    async with running_sink(script) as sink, greeted(sink) as talker:
        await talker.say(MESSAGE % b"b@y.example")
        await talker.replies(3)
        await talker.say(b"Subj")
        early = [await talker.reply() for _ in range(unasked)]
        last = await talker.ask(b"ect: Hello\r\n\r\nText.\r\n.")

    assert early == [b"250 2.0.0 Already\r\n"] * unasked
    assert last == b"250 2.0.0 Swallowed as 1\r\n"


@pytest.mark.parametrize(("after", "codes"), [(0, [454, 500]), (1, [334, 454, 500]), (2, [334, 334, 454, 500])])
async def test_each_reply_of_a_login_can_be_another(after: int, codes: list[int]) -> None:
    """A script at auth counts the replies of a dialogue, and a login that it refuses is over."""
    async with running_sink(f"defer:auth:after={after}", users={"user": "x"}) as sink, greeted(sink) as talker:
        got = [int((await talker.ask(line))[:3]) for line in [b"AUTH LOGIN", b"dXNlcg==", b"eA==", b"eA=="]]
        refused = await talker.ask(b"MAIL FROM:<>")

    assert got[: len(codes)] == codes
    assert refused[:3] == b"530"


async def test_reply_of_the_proper_kind_counts_as_yes() -> None:
    """A script's own words in place of 220, 250 and 354 leave the command its effect."""
    scripts = ("reply:greeting:220:Hi", "reply:mail:250:Fine", "reply:rcpt:251:Fine", "reply:data:354:Go")
    async with running_sink(*scripts) as sink, greeted(sink) as talker:
        await talker.say(MESSAGE % b"b@y.example")
        codes = await talker.replies(3)
        await talker.ask(CONTENT + b".")

    assert codes == [250, 251, 354]
    assert sink.count == 1


async def test_refused_greeting_leaves_only_quit() -> None:
    """After a greeting of 554 every command but QUIT is out of sequence."""
    async with running_sink("reject:greeting") as sink, connect(sink) as talker:
        await talker.say(b"EHLO x\r\nMAIL FROM:<>\r\nQUIT\r\n")

        assert await talker.replies(4) == [554, 503, 503, 221]


async def test_greylist_puts_each_recipient_off_once() -> None:
    """The second try of a recipient is accepted."""
    async with running_sink("greylist") as sink, greeted(sink) as talker:
        await talker.say(b"MAIL FROM:<>\r\n" + b"RCPT TO:<b@y.example>\r\nRCPT TO:<c@y.example>\r\n" * 2)

        assert await talker.replies(5) == [250, 451, 451, 250, 250]
        assert details(sink, Kind.FAULT) == ["greylist", "greylist"]


async def test_limit_of_connections() -> None:
    """One connection too many is refused; when one has gone, there is room again."""
    async with running_sink("limit:connections:2") as sink, connect(sink) as first, connect(sink) as second:
        greetings = [await first.reply(), await second.reply()]
        async with connect(sink) as third:
            refused = await third.rest()
        await first.say(b"QUIT\r\n")
        await first.rest()
        async with connect(sink) as fourth:
            greetings.append(await fourth.reply())

    assert refused == b"421 4.7.0 Too many connections at once\r\n"
    assert [greeting[:3] for greeting in greetings] == [b"220", b"220", b"220"]


async def test_limit_of_connections_said_at_mail() -> None:
    """The younger connection is refused, however many messages went over it, until an older one has gone."""
    async with running_sink("limit:connections:1:mail") as sink, greeted(sink) as first:
        async with greeted(sink) as second:
            await first.send()
            await first.send()
            refused = await second.ask(b"MAIL FROM:<>")
        await first.say(b"QUIT\r\n")
        await first.rest()
        async with greeted(sink) as third:
            accepted = await third.ask(b"MAIL FROM:<>")

    assert refused == b"421 4.7.0 Too many connections at once\r\n"
    assert accepted[:3] == b"250"
    assert sink.count == 2


async def test_limit_of_connections_said_by_a_reset() -> None:
    """The connection too many is reset before a word is said."""
    async with running_sink("limit:connections:1:reset") as sink, greeted(sink):
        async with connect(sink) as second:
            with pytest.raises(ConnectionError):
                await second.rest()

        assert details(sink, Kind.FAULT) == ["limit:connections:1:reset"]


async def test_limit_of_messages_and_of_recipients() -> None:
    """The message too many ends the connection, the recipient too many only itself."""
    async with running_sink("limit:messages:2", "limit:recipients:1") as sink, greeted(sink) as talker:
        await talker.send()
        await talker.say(b"MAIL FROM:<>\r\nRCPT TO:<b@y.example>\r\nRCPT TO:<c@y.example>\r\nRSET\r\n")
        codes = await talker.replies(4)
        refused = await talker.ask(b"MAIL FROM:<>")

        assert codes == [250, 250, 452, 250]
        assert refused[:9] == b"421 4.7.0"
        assert await talker.rest() == b""


async def test_slow_reply_holds_back_all_that_follow() -> None:
    """While a slow reply waits, nothing behind it is answered; then all come in order."""
    async with running_sink("slow:mail:0.02") as sink, greeted(sink) as talker:
        await talker.say(b"MAIL FROM:<>\r\nNOOP\r\nQUIT\r\n")
        rest = await talker.rest()

    assert [line[:9] for line in rest.splitlines()] == [b"250 2.1.0", b"250 2.0.0", b"221 2.0.0"]
    mail, noop = [event.at for event in sink.record if event.kind is Kind.COMMAND][1:3]
    assert noop - mail >= 0.015


async def test_late_reply_is_overtaken() -> None:
    """A late reply comes after those of later commands."""
    async with running_sink("late:mail:0.01") as sink, greeted(sink) as talker:
        await talker.say(b"MAIL FROM:<>\r\nNOOP\r\n")
        replies = [await talker.reply(), await talker.reply()]

    assert [reply[:9] for reply in replies] == [b"250 2.0.0", b"250 2.1.0"]


async def test_dripping_reply_comes_byte_by_byte() -> None:
    """A dripping reply is whole in the end, and each byte was sent alone."""
    async with running_sink("drip:mail:0.0001") as sink, greeted(sink) as talker:
        reply = await talker.ask(b"MAIL FROM:<>")

        assert reply == b"250 2.1.0 Sender ok\r\n"
        assert [len(detail) for detail in details(sink, Kind.REPLY)[2:]] == [1] * 19 + [0, 0]  # without CR and LF


async def test_slow_goodbye_still_closes() -> None:
    """A connection whose QUIT is answered slowly is closed after the reply."""
    async with running_sink("slow:quit:0.01") as sink, greeted(sink) as talker:
        await talker.say(b"QUIT\r\n")

        assert await talker.rest() == b"221 2.0.0 Goodbye\r\n"


async def test_double_reply_leaves_one_too_many() -> None:
    """Both copies of a double reply arrive, and only one command was carried out."""
    async with running_sink("double:mail") as sink, greeted(sink) as talker:
        await talker.say(b"MAIL FROM:<>\r\nRCPT TO:<b@y.example>\r\n")
        replies = [await talker.reply() for _ in range(3)]

    assert [reply[:9] for reply in replies] == [b"250 2.1.0", b"250 2.1.0", b"250 2.1.5"]


async def test_flood_ends_with_the_real_reply() -> None:
    """A flood is one reply of about the size asked for, with the real one as its last line."""
    async with running_sink("flood:data:3000000") as sink, greeted(sink) as talker:
        await talker.say(MESSAGE % b"b@y.example")
        await talker.replies(2)
        flood = await talker.reply()
        await talker.say(CONTENT + b".\r\n")

        assert 2_999_000 < len(flood) < 3_001_000
        assert flood.splitlines()[-1][:4] == b"354 "
        assert (await talker.reply())[:3] == b"250"


async def test_client_that_reads_nothing_is_not_read_from() -> None:
    """A client that only writes is held back until it reads, and the sink serves others meanwhile."""
    async with running_sink("flood:rset:20000000") as sink, connect(sink) as greedy, greeted(sink) as talker:
        await greedy.say(b"RSET\r\n")
        first = await talker.send()
        await greedy.say(b"RSET\r\nQUIT\r\n")
        second = await talker.send()
        played = sink.faults.total()
        rest = await greedy.rest()

    assert (first[:3], second[:3], played) == (b"250", b"250", 1)
    assert len(rest) > 39_000_000


async def test_scripts_can_be_changed_under_way() -> None:
    """From the change on the new scripts are played, on open connections too; what was played stays counted."""
    async with running_sink("reject:mail") as sink, greeted(sink) as talker:
        refused = await talker.ask(b"MAIL FROM:<>")
        sink.play([parse_script("defer:mail:times=1")])
        deferred = await talker.ask(b"MAIL FROM:<>")
        sink.play([])
        accepted = await talker.send()

    assert [reply[:3] for reply in (refused, deferred, accepted)] == [b"550", b"451", b"250"]
    assert sink.faults == {"reject:mail": 1, "defer:mail:times=1": 1}


async def test_sink_with_a_held_connection_ends() -> None:
    """A connection that waits for its slow reply is ended with the sink."""
    async with running_sink("slow:mail:600") as sink, greeted(sink) as talker:
        await talker.say(b"MAIL FROM:<>\r\n")
        while not sink.faults:  # noqa: ASYNC110 - lets the sink's side of the loop run, without time passing
            await asyncio.sleep(0)
        await sink.__aexit__(None, None, None)

        assert sink.open_connections == 0
