"""The letter and its final dot on their way to the relay, alone or with commands behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.model import Answer, Lost, Message, Reply, Stage
from outreach.smtp import commands
from outreach.smtp.envelope import end_if_disorderly, ends_connection
from outreach.smtp.options import Timeouts
from outreach.smtp.wire import Wire

WHOLE_BYTES = 16 * 1024  # a letter up to this size leaves in one write, with its dot
CHUNK_BYTES = 64 * 1024

Awaited = Sequence[tuple[Stage, float]]  # stages of what is asked, and how long each answer may take


async def send_letter(
    wire: Wire, message: Message, *, timeouts: Timeouts, then: bytes = b"", then_awaited: Awaited = ()
) -> list[Answer]:
    """The letter and its final dot, and in the same write the commands `then`; the answers to all, in order.

    A reply at stage body came before the dot was written. Lost.dot_written is False only where the dot was surely
    still in our own buffer when the connection ended.
    """
    wire.dot_written, wire.final_heard = False, None
    wire.await_replies([(Stage.DOT, timeouts.final)])
    stuffed = commands.stuffed(message)
    if len(stuffed) > WHOLE_BYTES:
        early = await _send_long(wire, stuffed, timeouts=timeouts)
        if early is not None:
            return _unanswered(early, wire, then_awaited)
        stuffed = b""
    return await _send_end(wire, stuffed, then, timeouts=timeouts, then_awaited=then_awaited)


async def _send_long(wire: Wire, stuffed: bytes, *, timeouts: Timeouts) -> Answer | None:
    """All of a long letter but its dot; what came of the letter where the relay answers already, or is gone.

    The dot goes alone, once all before it has left: a loss during the long part is then surely before it.
    """
    view = memoryview(stuffed)
    for start in range(0, len(stuffed), CHUNK_BYTES):
        wire.write(view[start : start + CHUNK_BYTES])
        await wire.drain(timeouts.command)
        await asyncio.sleep(0)  # a kernel that takes everything would keep us from hearing a refusal
        if crashpoints.hook:
            crashpoints.hook(CrashPoint.IN_BODY)
        if wire.answered:
            return await _take_early_reply(wire)
        if wire.lost:
            return Lost(Stage.BODY, wire.lost)
    return None


async def _send_end(wire: Wire, end: bytes, then: bytes, *, timeouts: Timeouts, then_awaited: Awaited) -> list[Answer]:
    """The last write: the dot is in it."""
    wire.await_replies(then_awaited)
    wire.dot_written = wire.takes_bytes
    wire.write(b"".join((end, commands.END_OF_LETTER, then)))
    if not wire.flushed:
        await wire.drain(timeouts.command)
    if not wire.flushed:
        if not then:
            wire.dot_written = False  # it is the last of what was written
        if wire.answered:
            # With commands behind the dot it can't be told which of them the kernel has not taken.
            early = await _take_early_reply(wire, dot_written=wire.dot_written)
            return _unanswered(early, wire, then_awaited)
        if wire.lost:
            stage = Stage.DOT if wire.dot_written else Stage.BODY
            return _unanswered(Lost(stage, wire.lost, wire.dot_written), wire, then_awaited)
    if crashpoints.hook:
        crashpoints.hook(CrashPoint.AFTER_DOT)
    answers = await wire.replies(1 + len(then_awaited))
    final = answers[0]
    if not ends_connection(final):
        return answers
    end_if_disorderly(wire, final)
    return _unanswered(final if isinstance(final, Reply) else replace(final, dot_written=True), wire, then_awaited)


async def _take_early_reply(wire: Wire, *, dot_written: bool = False) -> Answer:
    """A refusal in mid-letter counts; an acceptance of half a letter can't be one."""
    answer = (await wire.replies(1))[0]
    wire.abort("the relay replied before the end of the letter")
    if isinstance(answer, Lost):
        return Lost(Stage.BODY, answer.reason, dot_written)
    if answer.code < 400:
        return Lost(Stage.BODY, f"malformed reply: {answer.code} before the end of the letter", dot_written)
    return answer._replace(stage=Stage.BODY)


def _unanswered(final: Answer, wire: Wire, then_awaited: Awaited) -> list[Answer]:
    return [final, *(Lost(stage, wire.lost) for stage, _ in then_awaited)]
