"""The mail transaction: MAIL, RCPT, DATA, the letter and its final dot, one command at a time (RFC 5321, 3.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.model import Answer, EnvelopeAnswers, Lost, Message, Reply, Stage
from outreach.smtp import commands
from outreach.smtp.interface import Envelope
from outreach.smtp.options import Timeouts
from outreach.smtp.wire import Wire

WHOLE_BYTES = 16 * 1024  # a letter up to this size leaves in one write, with its dot
CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Offer:
    """What the relay offered in its EHLO."""

    extensions: frozenset[str]  # keywords, upper case
    max_bytes: int = 0  # the largest letter it takes (SIZE); 0: no limit announced

    def refuse(self, message: Message) -> Reply | None:
        """The reply that the relay would have to give, where its offer already says so."""
        size = len(message.content)
        if self.max_bytes and size > self.max_bytes:
            text = f"the letter has {size} bytes, and the relay takes {self.max_bytes} at most"
            return Reply(Stage.MAIL, 552, "5.3.4", text)
        if message.needs_smtputf8 and "SMTPUTF8" not in self.extensions:
            text = "the letter has a non-ASCII address or header, and the relay does not offer SMTPUTF8"
            return Reply(Stage.MAIL, 553, "5.6.7", text)
        return None


async def send_envelope(wire: Wire, envelope: Envelope, *, offer: Offer, timeouts: Timeouts) -> EnvelopeAnswers:
    """MAIL, each RCPT, then DATA or RSET. Anything but orderly replies leaves the wire lost."""
    message = envelope.message
    commands.check_lines(message.content)  # too late to find out after the 354
    unasked = (None,) * len(envelope.named)
    refusal = offer.refuse(message)
    if refusal is not None:
        return EnvelopeAnswers(refusal, unasked, None)
    size = len(message.content) if "SIZE" in offer.extensions else None
    mail = commands.mail_from(message.envelope_from, size=size, smtputf8=message.needs_smtputf8)
    rcpts = [
        commands.rcpt_to(message.recipients[i].mailbox.wire, smtputf8=message.needs_smtputf8) for i in envelope.named
    ]

    mail_answer = await _ask(wire, mail, Stage.MAIL, timeouts.command)
    if not _accepted(mail_answer):
        return EnvelopeAnswers(mail_answer, unasked, None)
    rcpt_answers: list[Answer | None] = []
    over = False
    for rcpt in rcpts:
        answer = None if over else await _ask(wire, rcpt, Stage.RCPT, timeouts.command)
        rcpt_answers.append(answer)
        over = over or _ends_connection(answer)
    # A connection that ends in silence, between two answers, still has to be answered for: by the Lost of the next.
    data_answer = None if over else await _finish_envelope(wire, envelope, rcpt_answers, timeouts)
    return EnvelopeAnswers(mail_answer, tuple(rcpt_answers), data_answer)


async def _finish_envelope(
    wire: Wire, envelope: Envelope, rcpt_answers: list[Answer | None], timeouts: Timeouts
) -> Answer | None:
    """DATA if the letter may go; RSET if it may not, or if DATA was refused."""
    accepted = {index for index, answer in zip(envelope.named, rcpt_answers, strict=True) if _accepted(answer)}
    data_answer = None
    if accepted and envelope.needed <= accepted:
        data_answer = await _ask(wire, commands.DATA, Stage.DATA, timeouts.command)
        if isinstance(data_answer, Reply) and 200 <= data_answer.code < 300:
            wire.abort(f"malformed reply: {data_answer.code} to DATA")
            return Lost(Stage.DATA, wire.lost)
        if wire.lost or _accepted(data_answer):
            return data_answer
    reset = await _ask(wire, commands.RSET, Stage.RSET, timeouts.command)
    if isinstance(reset, Reply) and reset.code != 250:
        wire.abort(f"RSET was answered with {reset.code}")
    return data_answer


async def send_letter(wire: Wire, message: Message, *, timeouts: Timeouts) -> Answer:
    """The letter and its final dot; a reply at stage body came before the dot was written.

    Lost.dot_written is False only where the dot was surely still in our own buffer when the connection ended.
    """
    wire.dot_written = False
    for piece, is_last in _pieces(commands.stuff_dots(message.content)):
        wire.dot_written = is_last
        wire.write(piece)
        await wire.drain(timeouts.command)
        if not is_last:
            await asyncio.sleep(0)  # a kernel that takes everything would keep us from hearing a refusal
            if crashpoints.hook:
                crashpoints.hook(CrashPoint.IN_BODY)
        dot_written = is_last and wire.flushed
        if wire.answered and not dot_written:
            return await _take_early_reply(wire, timeouts)
        if wire.lost and not wire.answered:
            return Lost(Stage.DOT if dot_written else Stage.BODY, wire.lost, dot_written)
    if crashpoints.hook:
        crashpoints.hook(CrashPoint.AFTER_DOT)
    answer = await wire.read_reply(Stage.DOT, timeouts.final)
    _end_if_disorderly(wire, answer)
    return answer if isinstance(answer, Reply) else replace(answer, dot_written=True)


async def _take_early_reply(wire: Wire, timeouts: Timeouts) -> Answer:
    """A refusal in mid-letter counts; an acceptance of half a letter can't be one."""
    answer = await wire.read_reply(Stage.BODY, timeouts.command)
    wire.abort("the relay replied before the end of the letter")
    if isinstance(answer, Reply) and answer.code < 400:
        return Lost(Stage.BODY, f"malformed reply: {answer.code} before the end of the letter")
    return answer


def _pieces(stuffed: bytes) -> Iterator[tuple[bytes | memoryview, bool]]:
    """What to write at once, and whether it ends with the final dot.

    A long letter's dot goes alone, once all before it has left: a loss during the long part is then surely before it.
    """
    if len(stuffed) <= WHOLE_BYTES:
        yield stuffed + commands.END_OF_LETTER, True
        return
    view = memoryview(stuffed)
    for start in range(0, len(stuffed), CHUNK_BYTES):
        yield view[start : start + CHUNK_BYTES], False
    yield commands.END_OF_LETTER, True


async def _ask(wire: Wire, command: bytes, stage: Stage, seconds: float) -> Answer:
    answer = await wire.ask(command, stage, seconds)
    _end_if_disorderly(wire, answer)
    return answer


def _end_if_disorderly(wire: Wire, answer: Answer) -> None:
    if isinstance(answer, Reply) and _ends_connection(answer):
        wire.abort(f"the relay answered {answer.code} {answer.text}".rstrip())


def _ends_connection(answer: Answer | None) -> bool:
    """Whether nothing follows: a loss, a reply that says so (421), or one that shows us out of step (503, 3xx)."""
    if not isinstance(answer, Reply):
        return answer is not None
    return answer.code in (421, 503) or (300 <= answer.code < 400 and not answer.accepted)


def _accepted(answer: Answer | None) -> bool:
    return isinstance(answer, Reply) and answer.accepted
