"""The mail transaction against relays that behave, misbehave and vanish."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from outreach.model import EnvelopeAnswers, Lost, Reply, Stage
from outreach.smtp.interface import Envelope
from tests.smtp.conftest import QUICK, make_envelope, make_message, open_session
from tests.smtp.servers import Reaction, ScriptedRelay, drip, drop, in_parts, reset, running, stay_silent, then_drop

MESSAGE = make_message()


async def ask(relay: ScriptedRelay, *copies: str, **changes: Any) -> tuple[EnvelopeAnswers, bool]:
    """The answers to one envelope, and whether the session can still be used."""
    session = await open_session(relay.port, **changes)
    exchange = await session.exchange(envelope=make_envelope(make_message(*copies)))
    usable = session.usable
    await session.close(politely=False)
    assert exchange.envelope is not None
    return exchange.envelope, usable


async def test_letters_follow_one_another_on_one_session() -> None:
    """A session takes the end of one letter and the envelope of the next in one exchange."""
    second = make_message(content=b"Subject: y\r\n\r\nSecond\r\n")
    async with running(ScriptedRelay()) as relay:
        session = await open_session(relay.port)
        await session.exchange(envelope=make_envelope(MESSAGE))
        middle = await session.exchange(body=MESSAGE, envelope=make_envelope(second))
        last = await session.exchange(body=second)
        await session.close()

    queued = Reply(Stage.DOT, 250, "2.0.0", "queued as 1")
    assert (middle.final, last.final) == (queued, queued)
    assert relay.letters == [MESSAGE.content, second.content]
    assert relay.commands[-1] == "QUIT"


async def test_commands_name_sender_size_and_recipients() -> None:
    """MAIL carries the size where it is offered, and each named recipient gets a RCPT of its own."""
    message = make_message("copy@ministry.example", "second@ministry.example")
    async with running(ScriptedRelay()) as relay:
        session = await open_session(relay.port)
        await session.exchange(envelope=Envelope(message, (0, 2), frozenset({0})))
        await session.close(politely=False)

    assert relay.commands == [
        "EHLO client.example",
        f"MAIL FROM:<letters@coalition.example> SIZE={len(message.content)}",
        "RCPT TO:<minister@ministry.example>",
        "RCPT TO:<second@ministry.example>",
        "DATA",
    ]


async def test_a_refused_copy_does_not_stop_the_letter() -> None:
    """When a Cc is refused and the To accepted, DATA follows, and each recipient has its own reply."""
    async with running(ScriptedRelay(rcpt=[b"250 ok\r\n", b"550 5.1.1 who?\r\n"])) as relay:
        answers, usable = await ask(relay, "copy@ministry.example")

    assert answers.ready
    assert answers.rcpts == (Reply(Stage.RCPT, 250, "", "ok"), Reply(Stage.RCPT, 550, "5.1.1", "who?"))
    assert usable


async def test_a_refused_to_is_followed_by_rset() -> None:
    """When the To is refused nobody gets the letter, and after RSET the session serves the next one."""
    async with running(ScriptedRelay(rcpt=[b"550 5.1.1 who?\r\n", b"250 ok\r\n"])) as relay:
        session = await open_session(relay.port)
        refused = await session.exchange(envelope=make_envelope(make_message("copy@ministry.example")))
        following = await session.exchange(envelope=make_envelope(MESSAGE))
        await session.close(politely=False)

    assert refused.envelope is not None
    assert refused.envelope.data is None
    assert relay.commands[4:6] == ["RSET", relay.commands[1]]
    assert following.envelope is not None
    assert following.envelope.ready


async def test_copies_alone_need_only_one_of_them() -> None:
    """When only copies are named, all refused means RSET, and one accepted means DATA."""
    message = make_message("a@x.example", "b@x.example")
    copies = Envelope(message, (1, 2), frozenset())
    async with running(ScriptedRelay(rcpt=[b"450 no\r\n", b"250 ok\r\n", b"450 no\r\n"])) as relay:
        session = await open_session(relay.port)
        one = await session.exchange(envelope=copies)
        await session.exchange(body=message)
        none = await session.exchange(envelope=copies)
        await session.close(politely=False)

    assert one.envelope is not None
    assert one.envelope.ready
    assert none.envelope is not None
    assert none.envelope.data is None


async def test_a_refused_sender_needs_no_rset() -> None:
    """After a refused MAIL nothing stands that RSET would have to undo."""
    async with running(ScriptedRelay(mail=b"550 5.7.1 not you\r\n")) as relay:
        answers, usable = await ask(relay)

    assert answers == EnvelopeAnswers(Reply(Stage.MAIL, 550, "5.7.1", "not you"), (None,), None)
    assert usable
    assert len(relay.commands) == 2


async def test_a_refused_data_is_followed_by_rset() -> None:
    """After a refused DATA the recipients still stand, so RSET takes them back."""
    async with running(ScriptedRelay(data=b"451 4.3.0 later\r\n")) as relay:
        answers, usable = await ask(relay)

    assert answers.data == Reply(Stage.DATA, 451, "4.3.0", "later")
    assert relay.commands[-1] == "RSET"
    assert usable


async def test_an_unanswered_rset_ends_the_session() -> None:
    """A session whose RSET is not answered with 250 is not used again."""
    async with running(ScriptedRelay(rcpt=b"550 no\r\n", rset=b"502 what?\r\n")) as relay:
        _, usable = await ask(relay)

    assert not usable


async def test_a_letter_over_the_announced_size_is_refused_without_a_command() -> None:
    """The relay's SIZE is enough to know; nothing is sent, and the session stays usable."""
    async with running(ScriptedRelay(ehlo=b"250-relay.test\r\n250 SIZE 10\r\n")) as relay:
        answers, usable = await ask(relay)

    assert isinstance(answers.mail, Reply)
    assert (answers.mail.code, answers.mail.enhanced) == (552, "5.3.4")
    assert relay.commands == ["EHLO client.example"]
    assert usable


@pytest.mark.parametrize(("offered", "expected"), [(b"", 553), (b"250-SMTPUTF8\r\n", 250)])
async def test_smtputf8_is_asked_for_only_where_it_is_offered(offered: bytes, expected: int) -> None:
    """A letter that needs SMTPUTF8 is refused locally by a relay that lacks it."""
    message = replace(make_message(utf8=True), envelope_from="büro@coalition.example")
    async with running(ScriptedRelay(ehlo=b"250-relay.test\r\n" + offered + b"250 HELP\r\n")) as relay:
        session = await open_session(relay.port)
        answers = (await session.exchange(envelope=make_envelope(message))).envelope
        await session.close(politely=False)

    assert answers is not None
    assert isinstance(answers.mail, Reply)
    assert answers.mail.code == expected
    assert relay.commands[1:2] == (["MAIL FROM:<büro@coalition.example> SMTPUTF8"] if offered else [])


# --- disorder ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reaction", "reason"),
    [
        (b"250 ok\r\n250 ok again\r\n", "malformed reply: something follows the reply"),
        (b"what?\r\n", "malformed reply"),
        (b"999 odd\r\n", "malformed reply"),
        (b"150 odd\r\n", "malformed reply"),
        (b"250-a\r\n550 b\r\n", "malformed reply: its lines have different codes"),
        (b"250-" + b"x" * 70_000, "malformed reply: more than 64 KB"),
        (b"250-more\r\n" * 7_000, "malformed reply: more than 64 KB"),
        (drop, "connection closed by the relay"),
        (then_drop(b"250-half"), "connection closed in the middle of a reply"),
        (reset, "connection reset"),
        (stay_silent, "no reply within 0.2 s"),
        (drip(b"250 ok, but slowly\r\n", seconds=0.03), "no reply within 0.2 s"),
    ],
)
@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA])
async def test_anything_but_one_reply_ends_the_session(stage: Stage, reaction: Reaction, reason: str) -> None:
    """What is not exactly one whole reply in time is a loss at its stage, and the connection is closed."""
    async with running(ScriptedRelay(**{stage.value: reaction})) as relay:
        answers, usable = await ask(relay, timeouts=QUICK)

    lost = next(answer for answer in (answers.mail, *answers.rcpts, answers.data) if isinstance(answer, Lost))
    assert lost.stage is stage
    assert lost.reason.startswith(reason)
    assert not lost.dot_written
    assert not usable


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA])
@pytest.mark.parametrize("reply", [b"421 4.3.2 going down\r\n", b"503 bad sequence\r\n", b"334 what\r\n"])
async def test_a_reply_that_ends_the_connection_is_kept(stage: Stage, reply: bytes) -> None:
    """421, 503 and 3xx out of place are replies, but nothing is sent after them."""
    async with running(ScriptedRelay(**{stage.value: reply})) as relay:
        answers, usable = await ask(relay)

    code = int(reply[:3])
    assert [a.code for a in (answers.mail, *answers.rcpts, answers.data) if isinstance(a, Reply)][-1] == code
    assert relay.commands[-1].startswith(stage.value.upper())
    assert not usable


@pytest.mark.parametrize("reaction", [b"421 4.3.2 going down\r\n", drop])
async def test_after_the_end_nothing_is_answered(reaction: Reaction) -> None:
    """The answer that ended the connection is the last one; what was not asked after it stays open."""
    async with running(ScriptedRelay(rcpt=[b"250 ok\r\n", reaction])) as relay:
        answers, _ = await ask(relay, "a@x.example", "b@x.example")

    assert [answer is not None for answer in answers.rcpts] == [True, True, False]
    assert answers.data is None


async def test_an_acceptance_in_place_of_354_is_no_permission() -> None:
    """250 to DATA does not let the letter follow."""
    async with running(ScriptedRelay(data=b"250 ok\r\n")) as relay:
        answers, usable = await ask(relay)

    assert not answers.ready
    assert answers.data == Lost(Stage.DATA, "malformed reply: 250 to DATA")
    assert not usable


async def test_a_reply_in_parts_is_whole() -> None:
    """A reply of several lines in several packets is read as one, its enhanced code taken off each line."""
    parts = in_parts(b"550-5.1.1 no", b" such\r", b"\n550 5.1.1 mailbox \x1b[1m\xff\r\n")
    async with running(ScriptedRelay(rcpt=parts)) as relay:
        answers, usable = await ask(relay)

    assert answers.rcpts == (Reply(Stage.RCPT, 550, "5.1.1", r"no such mailbox \x1b[1m\xff"),)
    assert usable


async def test_words_nobody_asked_for_end_the_session() -> None:
    """A relay that speaks between exchanges, as before it hangs up, leaves the session unusable."""
    hanging_up = asyncio.Event()

    async def hang_up_soon(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"250 ok\r\n")
        await hanging_up.wait()
        writer.write(b"421 4.4.2 idle too long\r\n")

    async with running(ScriptedRelay(rset=hang_up_soon, rcpt=b"550 no\r\n")) as relay:
        session = await open_session(relay.port)
        await session.exchange(envelope=make_envelope(MESSAGE))
        usable_before = session.usable
        hanging_up.set()
        await asyncio.wait_for(relay.hung_up.wait(), 1)
        usable_after = session.usable
        exchange = await session.exchange(envelope=make_envelope(MESSAGE))

    assert (usable_before, usable_after) == (True, False)
    assert exchange.envelope is not None
    assert isinstance(exchange.envelope.mail, Lost)
    assert "idle too long" in exchange.envelope.mail.reason


async def test_a_late_reply_answers_nothing() -> None:
    """A reply that comes after its deadline finds a closed connection, not the next command."""
    async with running(ScriptedRelay(mail=drip(b"550 no\r\n", seconds=0.04))) as relay:
        session = await open_session(relay.port, timeouts=QUICK)
        first = await session.exchange(envelope=make_envelope(MESSAGE))
        second = await session.exchange(envelope=make_envelope(MESSAGE))

    assert first.envelope is not None
    assert first.envelope.mail == Lost(Stage.MAIL, "no reply within 0.2 s")
    assert second.envelope == first.envelope
    assert len(relay.commands) == 2


async def test_a_cancelled_exchange_closes_the_session() -> None:
    """Cancelling in mid-exchange passes on, and the connection whose reply is still due is closed."""
    async with running(ScriptedRelay(mail=stay_silent)) as relay:
        session = await open_session(relay.port)
        relay.asked.clear()
        task = asyncio.ensure_future(session.exchange(envelope=make_envelope(MESSAGE)))
        await relay.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(relay.hung_up.wait(), 1)

    assert not session.usable


async def test_an_exchange_out_of_turn_is_refused() -> None:
    """A letter without its 354, or anything but the letter after it, is a mistake of ours."""
    async with running(ScriptedRelay()) as relay:
        session = await open_session(relay.port)
        with pytest.raises(RuntimeError):
            await session.exchange(body=MESSAGE)
        await session.exchange(envelope=make_envelope(MESSAGE))
        with pytest.raises(RuntimeError):
            await session.exchange(envelope=make_envelope(MESSAGE))
        await session.close(politely=False)


async def test_an_injected_command_never_leaves() -> None:
    """An envelope with a line break in it raises before anything is sent, and the session is closed."""
    message = replace(MESSAGE, envelope_from="a@x.example>\r\nRCPT TO:<b@x.example")
    async with running(ScriptedRelay()) as relay:
        session = await open_session(relay.port)
        with pytest.raises(ValueError, match="envelope address"):
            await session.exchange(envelope=make_envelope(message))

    assert relay.commands == ["EHLO client.example"]
    assert not session.usable


# --- closing ----------------------------------------------------------------------------------------------------------


async def test_a_due_letter_is_not_replaced_by_quit() -> None:
    """After a 354 QUIT would be read as the letter, so the connection is just closed."""
    async with running(ScriptedRelay()) as relay:
        session = await open_session(relay.port)
        await session.exchange(envelope=make_envelope(MESSAGE))
        await session.close()
        await asyncio.wait_for(relay.hung_up.wait(), 1)

    assert relay.commands[-1] == "DATA"
    assert relay.unfinished == b""
    assert not session.usable


@pytest.mark.parametrize("reaction", [drop, b"?", b"221 a\r\n221 b\r\n"])
async def test_closing_never_raises(reaction: Reaction) -> None:
    """Whatever the relay makes of QUIT, the session closes, once or twice."""
    async with running(ScriptedRelay(quit=reaction)) as relay:
        session = await open_session(relay.port, timeouts=QUICK)
        await asyncio.wait_for(session.close(), 5)
        await session.close()

    assert not session.usable
