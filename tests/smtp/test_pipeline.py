"""Commands that share a write: in order, with relays that take them well, badly, and not at all."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.model import Answer, Exchange, Lost, Reply, Stage
from outreach.smtp.interface import Session
from outreach.smtp.relay import SmtpRelay
from outreach.smtp.session import SmtpSession
from tests.smtp.conftest import QUICK, make_envelope, make_message, make_relay, open_session
from tests.smtp.servers import Reaction, ScriptedRelay, drip, drop, reset, running, stay_silent

MESSAGE = make_message()
SECOND = make_message(content=b"Subject: y\r\n\r\nSecond\r\n")
COPY = "copy@ministry.example"


async def open_pipeline(relay: ScriptedRelay, **changes: Any) -> Session:
    """A session on which commands share writes."""
    return await open_session(relay.port, pipelining=True, **changes)


async def letter_and_envelope(relay: ScriptedRelay, **changes: Any) -> tuple[Exchange, bool]:
    """One letter with the envelope of the next behind it; and whether the session can still be used."""
    session = await open_pipeline(relay, **changes)
    first = await session.exchange(envelope=make_envelope(MESSAGE))
    assert first.envelope is not None
    assert first.envelope.ready
    exchange = await session.exchange(body=MESSAGE, envelope=make_envelope(SECOND))
    usable = session.usable
    await session.close(politely=False)
    return exchange, usable


def told(answers: Exchange) -> list[Answer | None]:
    """All answers in order: final, MAIL, each RCPT, DATA."""
    assert answers.envelope is not None
    return [answers.final, answers.envelope.mail, *answers.envelope.rcpts, answers.envelope.data]


async def test_a_letter_shares_a_write_with_the_next_envelope() -> None:
    """Body, MAIL, RCPT and DATA arrive in one piece, and each answer comes to what it answers."""
    pieces: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pieces.append(await reader.read(1 << 16))
        writer.write(b"250 queued\r\n250 mail\r\n250 rcpt\r\n354 go\r\n")
        pieces.append(await reader.read(1 << 16))
        writer.write(b"250 last\r\n")
        await stay_silent(reader, writer)

    async with running(ScriptedRelay(body=listen)) as relay:
        session = await open_pipeline(relay)
        await session.exchange(envelope=make_envelope(MESSAGE))
        middle = await session.exchange(body=MESSAGE, envelope=make_envelope(SECOND))
        last = await session.exchange(body=SECOND)
        await session.close(politely=False)

    size = len(SECOND.content)
    assert pieces[0] == MESSAGE.content + (
        b".\r\nMAIL FROM:<letters@coalition.example> SIZE=%d\r\nRCPT TO:<minister@ministry.example>\r\nDATA\r\n" % size
    )
    assert pieces[1] == SECOND.content + b".\r\n"
    assert [answer.text for answer in told(middle) if isinstance(answer, Reply)] == ["queued", "mail", "rcpt", "go"]
    assert last.final == Reply(Stage.DOT, 250, "", "last")


async def test_letters_follow_one_another() -> None:
    """Many letters over one session, each whole, over TLS as well as without."""
    messages = [make_message(content=b"Subject: %d\r\n\r\n.dot\r\n" % number) for number in range(20)]
    async with running(ScriptedRelay()) as relay:
        session = await open_pipeline(relay)
        await session.exchange(envelope=make_envelope(messages[0]))
        for message, following in itertools.pairwise(messages):
            exchange = await session.exchange(body=message, envelope=make_envelope(following))
            assert isinstance(exchange.final, Reply)
            assert exchange.final.accepted
        await session.exchange(body=messages[-1])
        await session.close()

    assert relay.letters == [message.content.replace(b"\r\n.", b"\r\n..") for message in messages]
    assert relay.commands[-1] == "QUIT"


@pytest.mark.parametrize(
    ("stage", "reply"),
    [("mail", b"451 4.3.0 later\r\n"), ("rcpt", b"550 5.1.1 nobody\r\n"), ("data", b"451 4.3.0 no\r\n")],
)
async def test_what_was_taken_again_and_again_is_still_looked_at(stage: str, reply: bytes) -> None:
    """After envelopes that were all answered alike, one that is refused is told so, and not ready."""
    polite = {"mail": b"250 2.1.0 ok\r\n", "rcpt": b"250 2.1.5 ok\r\n", "data": b"354 go on\r\n"}
    reactions: dict[str, list[Reaction]] = {one: [said] * 4 for one, said in polite.items()}
    reactions[stage][3] = reply
    if stage != "data":
        reactions["data"][3] = b"503 5.5.1 what for\r\n"
    async with running(ScriptedRelay(**reactions)) as relay:
        session = await open_pipeline(relay)
        exchanges = [await session.exchange(envelope=make_envelope(MESSAGE))]
        exchanges += [await session.exchange(body=MESSAGE, envelope=make_envelope(MESSAGE)) for _ in range(3)]
        await session.close()

    assert [one.envelope.ready for one in exchanges if one.envelope] == [True, True, True, False]
    assert int(reply[:3]) in [answer.code for answer in told(exchanges[3]) if isinstance(answer, Reply)]


async def test_over_tls_too(server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """Encrypted, the same."""
    async with running(ScriptedRelay(), tls=server_tls) as relay:
        session = await open_pipeline(relay, security="tls", tls_context=trusting)
        await session.exchange(envelope=make_envelope(MESSAGE))
        exchange = await session.exchange(body=MESSAGE, envelope=make_envelope(SECOND))
        await session.exchange(body=SECOND)
        await session.close()

    assert all(isinstance(answer, Reply) for answer in told(exchange))
    assert relay.letters == [MESSAGE.content, SECOND.content]


async def test_a_large_letter_takes_the_next_envelope_with_its_dot() -> None:
    """A body of many pieces ends with a dot, and behind it stands the next envelope."""
    large = make_message(content=b"Subject: x\r\n\r\n" + b"line\r\n" * 50_000)
    async with running(ScriptedRelay()) as relay:
        session = await open_pipeline(relay)
        await session.exchange(envelope=make_envelope(large))
        exchange = await session.exchange(body=large, envelope=make_envelope(SECOND))
        await session.exchange(body=SECOND)
        await session.close()

    assert all(isinstance(answer, Reply) for answer in told(exchange))
    assert relay.letters == [large.content, SECOND.content]


async def test_with_several_recipients_data_waits() -> None:
    """MAIL and all RCPT go together; DATA goes when the To is accepted, RSET when it is not."""
    async with running(
        ScriptedRelay(rcpt=[b"250 ok\r\n", b"550 5.1.1 who?\r\n", b"550 5.1.1 no\r\n", b"250 ok\r\n"])
    ) as relay:
        session = await open_pipeline(relay)
        message = make_message(COPY)
        first = await session.exchange(envelope=make_envelope(message))
        second = await session.exchange(body=message, envelope=make_envelope(message))
        usable = session.usable
        await session.close()

    assert first.envelope is not None
    assert first.envelope.ready
    assert second.envelope is not None
    assert [isinstance(one, Reply) and one.code for one in second.envelope.rcpts] == [550, 250]
    assert second.envelope.data is None
    assert [command.split()[0] for command in relay.commands[1:]] == [
        "MAIL", "RCPT", "RCPT", "DATA", "MAIL", "RCPT", "RCPT", "RSET", "QUIT",
    ]  # fmt: skip
    assert usable


@pytest.mark.parametrize("data", [b"503 need RCPT\r\n", b"554 5.5.1 no valid recipients\r\n", b"451 no\r\n"])
async def test_a_refused_recipient_is_told_as_ever(data: bytes) -> None:
    """What DATA says behind a refused RCPT tells nothing; after RSET the session goes on."""
    script = ScriptedRelay(rcpt=[b"250 ok\r\n", b"550 5.1.1 who?\r\n"], data=[b"354 go\r\n", data])
    async with running(script) as relay:
        exchange, usable = await letter_and_envelope(relay)

    assert told(exchange)[2:] == [Reply(Stage.RCPT, 550, "5.1.1", "who?"), None]
    assert relay.commands[-1] == "RSET"
    assert usable


async def test_a_refused_sender_is_told_as_ever() -> None:
    """Nothing is asked about the others, whatever they say."""
    script = ScriptedRelay(
        mail=[b"250 ok\r\n", b"451 4.7.0 later\r\n"],
        rcpt=[b"250 ok\r\n", b"503 need MAIL\r\n"],
        data=[b"354 go\r\n", b"503 need RCPT\r\n"],
    )
    async with running(script) as relay:
        exchange, usable = await letter_and_envelope(relay)

    assert told(exchange)[1:] == [Reply(Stage.MAIL, 451, "4.7.0", "later"), None, None]
    assert usable


async def test_an_offer_without_a_recipient_is_not_taken() -> None:
    """A 354 behind a refused RCPT: not even a lone dot is written, and from then on commands go one at a time."""
    script = ScriptedRelay(rcpt=[b"250 ok\r\n", b"550 who?\r\n", b"250 ok\r\n"])
    async with running(script) as relay:
        known = make_relay(relay.port, pipelining=True)
        session = await connect(known)
        await session.exchange(envelope=make_envelope(MESSAGE))
        exchange = await session.exchange(body=MESSAGE, envelope=make_envelope(SECOND))
        after = await connect(known)
        pipelines = after.pipelines
        await after.close()

    assert told(exchange)[2:] == [Reply(Stage.RCPT, 550, "", "who?"), None]
    assert relay.letters == [MESSAGE.content]
    assert not session.usable
    assert not pipelines


@pytest.mark.parametrize("stage", ["dot", "mail", "rcpt", "data"])
async def test_421_ends_it_at_any_place(stage: str) -> None:
    """The letter that it answers is answered, and what stands behind it is lost."""
    polite: dict[str, bytes] = {
        "dot": b"250 ok\r\n", "mail": b"250 ok\r\n", "rcpt": b"250 ok\r\n", "data": b"354 go\r\n",
    }  # fmt: skip
    first = [] if stage == "dot" else [polite[stage]]
    reactions: dict[str, list[Reaction]] = {stage: [*first, b"421 4.3.2 enough\r\n"]}
    async with running(ScriptedRelay(**reactions)) as relay:
        exchange, usable = await letter_and_envelope(relay)

    answers = told(exchange)
    place = list(polite).index(stage)
    assert answers[place] == Reply(Stage(stage), 421, "4.3.2", "enough")
    assert all(isinstance(answer, Reply) and answer.accepted for answer in answers[:place])
    assert not any(isinstance(answer, Reply) for answer in answers[place + 1 :])
    assert not usable


@pytest.mark.parametrize("reaction", [drop, reset, stay_silent, b"250 ok\r\n250 stray\r\n", b"what?\r\n"])
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
async def test_an_acceptance_stands_whatever_follows(stage: str, reaction: Reaction) -> None:
    """What happens behind the dot's answer takes nothing from it, unless it can't be told which answer it is."""
    first = b"354 go\r\n" if stage == "data" else b"250 ok\r\n"
    script = ScriptedRelay(dot=slowly(b"250 2.0.0 queued\r\n"), **{stage: [first, reaction]})
    async with running(script) as relay:
        exchange, usable = await letter_and_envelope(relay, timeouts=QUICK)

    assert exchange.final == Reply(Stage.DOT, 250, "2.0.0", "queued")
    assert exchange.envelope is not None
    assert not exchange.envelope.ready
    assert not usable


@pytest.mark.parametrize("reaction", [drop, reset, stay_silent, b"what?\r\n"])
async def test_a_lost_dot_is_in_doubt(reaction: Reaction) -> None:
    """No answer to the dot: the letter is unsure, and the envelope behind it has never been answered."""
    async with running(ScriptedRelay(dot=reaction)) as relay:
        exchange, usable = await letter_and_envelope(relay, timeouts=QUICK)

    assert isinstance(exchange.final, Lost)
    assert exchange.final.dot_written
    assert isinstance(told(exchange)[1], Lost)
    assert not usable


@pytest.mark.parametrize("cut", range(1, 72))
async def test_answers_come_in_any_pieces(cut: int) -> None:
    """Cut anywhere, the answers are the same."""
    replies = b"250-2.0.0 a\r\n250 2.0.0 queued\r\n250 2.1.0 m\r\n250 2.1.5 r\r\n354 go\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"DATA\r\n")
        writer.write(replies[:cut])
        await asyncio.sleep(0.005)
        writer.write(replies[cut:])
        await stay_silent(reader, writer)

    async with running(ScriptedRelay(body=answer)) as relay:
        exchange, usable = await letter_and_envelope(relay)

    assert [one.text for one in told(exchange) if isinstance(one, Reply)] == ["a queued", "m", "r", "go"]
    assert usable


async def test_an_answer_too_many_is_believed_by_nobody() -> None:
    """Five answers in one piece to four commands: any of them may be the stray one, so the letter is unsure."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"DATA\r\n")
        writer.write(b"250 a\r\n550 b\r\n250 c\r\n250 d\r\n354 go\r\n")
        await stay_silent(reader, writer)

    async with running(ScriptedRelay(body=answer)) as relay:
        exchange, usable = await letter_and_envelope(relay)

    assert isinstance(exchange.final, Lost)
    assert exchange.final.dot_written
    assert not usable


@pytest.mark.parametrize(
    "replies",
    [
        b"250 mail\r\n250 rcpt\r\n354 go\r\n250 queued\r\n",
        b"250 a\r\n354 go\r\n250 b\r\n250 c\r\n",
        b"550 a\r\n250 b\r\n250 c\r\n250 d\r\n",
    ],
)
async def test_answers_out_of_step_are_believed_by_nobody(replies: bytes) -> None:
    """A relay that answers in another order than it was asked: the letter is unsure, and the relay found out."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"DATA\r\n")
        writer.write(replies)
        await stay_silent(reader, writer)

    async with running(ScriptedRelay(body=answer)) as relay:
        known = make_relay(relay.port, pipelining=True)
        session = await connect(known)
        await session.exchange(envelope=make_envelope(MESSAGE))
        exchange = await session.exchange(body=MESSAGE, envelope=make_envelope(SECOND))
        after = await connect(known)
        pipelines = after.pipelines
        await after.close(politely=False)

    assert isinstance(exchange.final, Lost)
    assert exchange.final.dot_written
    assert isinstance(told(exchange)[1], Lost)
    assert not session.usable
    assert not pipelines


async def test_each_answer_has_its_own_deadline() -> None:
    """Three answers that each come in time may together take longer than one may; bytes that drip in may not."""
    async with running(ScriptedRelay(mail=slowly(b"250 ok\r\n"), rcpt=slowly(b"250 ok\r\n"))) as relay:
        session = await open_pipeline(relay, timeouts=replace(QUICK, command=0.3))
        slow = await session.exchange(envelope=make_envelope(MESSAGE))
        await session.close(politely=False)
    async with running(ScriptedRelay(rcpt=drip(b"250 ok\r\n", seconds=0.1))) as relay:
        session = await open_pipeline(relay, timeouts=QUICK)
        dripped = await session.exchange(envelope=make_envelope(MESSAGE))

    assert slow.envelope is not None
    assert slow.envelope.ready
    assert dripped.envelope is not None
    assert dripped.envelope.rcpts == (Lost(Stage.RCPT, "no reply within 0.2 s"),)


async def test_silence_behind_an_answer_is_short() -> None:
    """The dot may take ten minutes; once it is answered, the rest is due as soon as any command's answer."""
    async with running(ScriptedRelay(mail=[b"250 ok\r\n", stay_silent])) as relay:
        async with asyncio.timeout(3):
            exchange, usable = await letter_and_envelope(relay, timeouts=replace(QUICK, final=60.0))

    assert isinstance(exchange.final, Reply)
    assert told(exchange)[1] == Lost(Stage.MAIL, "no reply within 0.2 s")
    assert not usable


async def cut_short(script: ScriptedRelay) -> Session:
    """A session whose exchange of a letter and the next envelope was cancelled while it waited for answers."""
    async with running(script) as relay:
        session = await open_pipeline(relay)
        await session.exchange(envelope=make_envelope(MESSAGE))
        task = asyncio.create_task(session.exchange(body=MESSAGE, envelope=make_envelope(SECOND)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    return session


async def test_a_cancelled_exchange_closes_the_session() -> None:
    """Replies that are still on their way answer nothing any more."""
    session = await cut_short(ScriptedRelay(mail=[b"250 ok\r\n", stay_silent]))

    assert not session.usable
    assert session.dot_written
    assert session.final_heard == Reply(Stage.DOT, 250, "2.0.0", "queued as 1")


@pytest.mark.parametrize(
    ("replies", "heard"),
    [
        (b"", False),
        (b"250 ok\r\n", True),
        (b"550 no\r\n", True),
        (b"250 ok\r\n354 go\r\n", False),
        (b"503 bad sequence\r\n", False),
    ],
)
async def test_cut_short_a_letter_keeps_the_reply_that_it_has(replies: bytes, heard: bool) -> None:
    """What was said to the letter counts although the next envelope is not answered; in doubt nothing was said."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"DATA\r\n")
        writer.write(replies)
        await stay_silent(reader, writer)

    session = await cut_short(ScriptedRelay(body=answer))

    assert session.dot_written
    assert (session.final_heard is not None) is heard


async def test_the_reply_to_the_letter_before_is_not_kept_for_the_next() -> None:
    """Each letter has its own."""
    async with running(ScriptedRelay(dot=[b"250 ok\r\n", stay_silent])) as relay:
        session = await open_pipeline(relay)
        await session.exchange(envelope=make_envelope(MESSAGE))
        await session.exchange(body=MESSAGE, envelope=make_envelope(SECOND))
        task = asyncio.create_task(session.exchange(body=SECOND))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert session.final_heard is None


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
async def test_nothing_is_awaited_behind_421(stage: str) -> None:
    """A relay that says goodbye and leaves the connection open does not hold us up."""

    async def say_goodbye(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"421 4.3.2 enough\r\n")
        await stay_silent(reader, writer)

    first = b"354 go\r\n" if stage == "data" else b"250 ok\r\n"
    reactions: dict[str, list[Reaction]] = {stage: [first, say_goodbye]}
    async with running(ScriptedRelay(**reactions)) as relay:
        async with asyncio.timeout(2):
            exchange, usable = await letter_and_envelope(relay)

    assert Reply(Stage(stage), 421, "4.3.2", "enough") in told(exchange)
    assert isinstance(exchange.final, Reply)
    assert exchange.final.accepted
    assert not usable


async def test_nothing_is_awaited_behind_421_to_the_letter() -> None:
    """The same at the dot: the letter is refused for now, and its connection over."""

    async def say_goodbye(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"421 4.3.2 enough\r\n")
        await stay_silent(reader, writer)

    async with running(ScriptedRelay(dot=say_goodbye)) as relay:
        async with asyncio.timeout(2):
            exchange, usable = await letter_and_envelope(relay)

    assert exchange.final == Reply(Stage.DOT, 421, "4.3.2", "enough")
    assert exchange.envelope is not None
    assert exchange.envelope.mail == Lost(Stage.MAIL, "the relay answered 421 enough")
    assert not usable


# --- relays that offer it and break it --------------------------------------------------------------------------------


async def connect(relay: SmtpRelay) -> Session:
    """A session of a relay that remembers."""
    session = await relay.connect()
    assert isinstance(session, SmtpSession)
    return session


async def test_without_the_offer_commands_go_one_at_a_time() -> None:
    """Each command waits for the answer to the one before."""
    async with running(ScriptedRelay(ehlo=b"250 relay.test\r\n", mail=slowly(b"250 ok\r\n"))) as relay:
        session = await open_pipeline(relay)
        pipelines = session.pipelines
        task = asyncio.create_task(session.exchange(envelope=make_envelope(MESSAGE)))
        await asyncio.sleep(0.05)
        early = list(relay.commands)
        await task
        await session.close(politely=False)

    assert not pipelines
    assert [command.split()[0] for command in early] == ["EHLO", "MAIL"]


@pytest.mark.parametrize("refusal", [b"503 bad sequence\r\n", b"554 SMTP synchronization error\r\n"])
async def test_a_relay_that_refuses_commands_together_is_spoken_to_one_at_a_time(refusal: bytes) -> None:
    """The letter is untried, and the next session asks one thing after the other."""
    async with running(ScriptedRelay(mail=[refusal, b"250 ok\r\n"])) as relay:
        known = make_relay(relay.port, pipelining=True)
        first = await connect(known)
        refused = await first.exchange(envelope=make_envelope(MESSAGE))
        second = await connect(known)
        taken = await second.exchange(envelope=make_envelope(MESSAGE))
        await second.close(politely=False)

    assert refused.envelope is not None
    assert isinstance(refused.envelope.mail, Lost)
    assert not first.usable
    assert taken.envelope is not None
    assert taken.envelope.ready


async def test_a_relay_that_drops_what_follows_the_dot_is_found_out() -> None:
    """Twice nothing answers the envelope behind a letter: then letters go alone. None is lost by it."""
    script = ScriptedRelay(body=swallow_what_follows)
    async with running(script) as relay:
        known = make_relay(relay.port, pipelining=True, timeouts=QUICK)
        finals, pipelined = [], []
        for _ in range(3):
            session = await connect(known)
            pipelined.append(session.pipelines)
            await session.exchange(envelope=make_envelope(MESSAGE))
            exchange = await session.exchange(body=MESSAGE, envelope=make_envelope(SECOND) if pipelined[-1] else None)
            finals.append(exchange.final)
            await session.close(politely=False)

    assert pipelined == [True, True, False]
    assert finals == [Reply(Stage.DOT, 250, "", "queued")] * 3


async def letters_behind(script: ScriptedRelay, count: int) -> tuple[list[Answer | None], list[bool]]:
    """The answers to letters, each on a session of its own and with an envelope behind it where that is done."""
    finals, pipelined = [], []
    async with running(script) as relay:
        known = make_relay(relay.port, pipelining=True, timeouts=QUICK)
        for _ in range(count):
            session = await connect(known)
            pipelined.append(session.pipelines)
            await session.exchange(envelope=make_envelope(MESSAGE))
            exchange = await session.exchange(body=MESSAGE, envelope=make_envelope(SECOND) if pipelined[-1] else None)
            finals.append(exchange.final)
            await session.close(politely=False)
    return finals, pipelined


async def take_no_early_input(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, complaint: bytes) -> None:
    """Takes a letter that comes alone; else complains and hangs up."""
    if not (await reader.read(1 << 16)).endswith(b"\r\n.\r\n"):
        writer.write(complaint)
        await writer.drain()
        raise ConnectionAbortedError
    writer.write(b"250 queued\r\n")


@pytest.mark.parametrize("complaint", [b"", b"554 SMTP synchronization error\r\n", b"503 bad sequence\r\n"])
async def test_a_relay_that_hangs_up_on_what_follows_the_dot_costs_one_letter(complaint: bytes) -> None:
    """It may have taken the letter or not: one is unsure, and the next ones go alone."""
    finals, pipelined = await letters_behind(
        ScriptedRelay(body=lambda reader, writer: take_no_early_input(reader, writer, complaint)), 3
    )

    assert isinstance(finals[0], Lost)
    assert finals[0].dot_written
    assert finals[1:] == [Reply(Stage.DOT, 250, "", "queued")] * 2
    assert pipelined == [True, False, False]


async def test_a_refused_letter_is_refused_with_an_envelope_behind_it_too() -> None:
    """A 554 of another kind is about the letter."""
    finals, pipelined = await letters_behind(ScriptedRelay(dot=b"554 5.7.1 spam\r\n"), 2)

    assert finals == [Reply(Stage.DOT, 554, "5.7.1", "spam")] * 2
    assert pipelined == [True, True]


async def together(relay: SmtpRelay, count: int) -> bool:
    """Offer an envelope on so many sessions at once; whether commands may still share a write afterwards."""
    sessions = [await connect(relay) for _ in range(count)]
    await asyncio.gather(*(session.exchange(envelope=make_envelope(MESSAGE)) for session in sessions))
    for session in sessions:
        await session.close(politely=False)
    known = relay._pipelining  # nothing else shows it without a further exchange
    assert known is not None
    return known.envelope.allowed


@pytest.mark.parametrize("reaction", [b"421 4.7.0 too many connections\r\n", drop, reset])
async def test_many_lost_connections_at_once_say_nothing_of_commands_together(reaction: Reaction) -> None:
    """Too many connections, and a network that drops them all, are no fault of what shares a write."""
    async with running(ScriptedRelay(mail=reaction)) as relay:
        known = make_relay(relay.port, pipelining=True, timeouts=QUICK)
        kept = [await together(known, 10), await together(known, 10)]

    assert kept == [True, True]


async def test_a_relay_that_hangs_up_on_commands_together_is_found_out() -> None:
    """After four in a row, with no group answered in between."""
    async with running(ScriptedRelay(mail=drop)) as relay:
        known = make_relay(relay.port, pipelining=True, timeouts=QUICK)
        kept = [await together(known, 1) for _ in range(4)]
    no = b"503 need MAIL\r\n"
    async with running(ScriptedRelay(mail=[drop, drop, drop, b"451 later\r\n", drop], rcpt=no, data=no)) as relay:
        known = make_relay(relay.port, pipelining=True, timeouts=QUICK)
        answered = [await together(known, 1) for _ in range(7)]

    assert kept == [True, True, True, False]
    assert answered == [True] * 7


@given(
    st.lists(
        st.sampled_from(
            [
                b"250 ok\r\n",
                b"250-a\r\n250 b\r\n",
                b"354 go\r\n",
                b"421 bye\r\n",
                b"550 no\r\n",
                b"451 x\r\n",
                b"??\r\n",
                b"",
            ]
        ),
        min_size=1,
        max_size=7,
    ),
    st.integers(1, 40),
)
@settings(max_examples=60, deadline=None)
def test_nothing_is_accepted_that_was_not_answered_so(replies: list[bytes], cut: int) -> None:
    """Whatever comes behind a letter, it is accepted only if the first whole reply is a 2xx; and an end is reached."""
    raw = b"".join(replies)

    async def scenario() -> Exchange:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"DATA\r\n")
            writer.write(raw[:cut])
            await asyncio.sleep(0.002)
            writer.write(raw[cut:])
            await asyncio.sleep(0.002)
            raise ConnectionAbortedError

        async with running(ScriptedRelay(body=answer)) as relay:
            return (await letter_and_envelope(relay))[0]

    exchange = asyncio.run(scenario())

    first = next((reply for reply in replies if reply), b"")
    accepted = isinstance(exchange.final, Reply) and exchange.final.accepted
    assert not accepted or first.startswith(b"250")
    if exchange.envelope is not None and exchange.envelope.ready:
        assert [reply[:3] for reply in replies if reply][1:4] == [b"250", b"250", b"354"]


def slowly(reply: bytes) -> Reaction:
    """Says it after a moment, so that it comes in a piece of its own."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        writer.write(reply)
        await asyncio.sleep(0.05)

    return say


async def swallow_what_follows(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers the letter, and throws away what came with it."""
    await reader.read(1 << 16)
    await asyncio.sleep(0.05)
    writer.write(b"250 queued\r\n")
    await stay_silent(reader, writer)
