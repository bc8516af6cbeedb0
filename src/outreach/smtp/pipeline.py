"""Pipelining: commands share a write, and their answers come back in order (RFC 2920).

MAIL, RCPT and DATA of one recipient go together; with several, DATA waits for all RCPT, for without the To nobody gets
the letter. The body of one letter shares a write with the envelope of the next, so that a letter costs one round trip.
A relay that offers PIPELINING and breaks it is recognised while nothing has gone well, and then spoken to one command
at a time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from outreach.model import Answer, EnvelopeAnswers, Exchange, Lost, Message, Reply, Stage
from outreach.smtp import commands
from outreach.smtp.body import send_letter
from outreach.smtp.envelope import (
    EnvelopeCommands,
    end_if_disorderly,
    ends_connection,
    finish_envelope,
    is_accepted,
    reset,
    settle_data,
)
from outreach.smtp.options import Timeouts
from outreach.smtp.wire import Wire

_PATIENCE = 30.0  # seconds for an answer to commands that shared a write, until one such group was answered
_LOSSES = 2  # connections lost in such a group, before one was answered
_COMPLAINT = re.compile(r"pipelin|synchroni[sz]|out of (?:order|sequence)", re.IGNORECASE)


class _State(Enum):
    UNKNOWN = auto()
    PROVEN = auto()
    BROKEN = auto()


class Trust:
    """Whether a relay has answered commands that shared a write as it should."""

    def __init__(self) -> None:
        self._state = _State.UNKNOWN
        self._losses = 0

    @property
    def allowed(self) -> bool:
        """Whether commands may share a write."""
        return self._state is not _State.BROKEN

    def seconds(self, timeouts: Timeouts) -> float:
        """How long an answer to a command that shared a write may take."""
        return timeouts.command if self._state is _State.PROVEN else min(timeouts.command, _PATIENCE)

    def hear(self, answers: Sequence[Answer]) -> None:
        """What came of a group of commands."""
        if self._state is not _State.UNKNOWN:
            return
        if all(is_accepted(answer) for answer in answers):
            self._state = _State.PROVEN
        elif isinstance(answers[-1], Lost):
            self._losses += 1
            if self._losses >= _LOSSES or "malformed" in answers[-1].reason:
                self.lose()

    def lose(self) -> None:
        """It does not."""
        self._state = _State.BROKEN

    def is_refused(self, answers: Sequence[Answer]) -> bool:
        """Whether the relay refuses commands because they came together; nothing has gone well that way yet."""
        first = next((answer for answer in answers if not is_accepted(answer)), None)
        if self._state is not _State.UNKNOWN or not isinstance(first, Reply) or first.code < 500:
            return False
        return first.code == 503 or _COMPLAINT.search(first.text) is not None


@dataclass(frozen=True, slots=True)
class Pipelining:
    """What is known of how a relay takes commands that share a write. One for all its sessions."""

    envelope: Trust = field(default_factory=Trust)  # MAIL, RCPT and DATA
    behind_body: Trust = field(default_factory=Trust)  # an envelope in one write with the body before it


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The pipelined side of a session."""

    wire: Wire
    known: Pipelining
    timeouts: Timeouts

    async def exchange(self, body: Message | None, letter: EnvelopeCommands) -> Exchange:
        """The body that is due, if one is, and behind it the envelope."""
        trust = self.known.envelope if body is None else self.known.behind_body
        seconds = trust.seconds(self.timeouts)
        lines, stages = [letter.mail, *letter.rcpts], [Stage.MAIL, *(Stage.RCPT for _ in letter.rcpts)]
        if len(letter.rcpts) == 1:
            lines.append(commands.DATA)
            stages.append(Stage.DATA)
        group, due = b"".join(lines), [(stage, seconds) for stage in stages]
        if body is None:
            self.wire.await_replies(due)
            self.wire.write(group)
            return Exchange(None, await self._settle(letter, await self.wire.replies(len(due)), trust))
        final, *answers = await send_letter(self.wire, body, timeouts=self.timeouts, then=group, then_awaited=due)
        if ends_connection(final):
            return Exchange(final, _unasked(letter, answers[0]))
        settled = await self._settle(letter, answers, trust)
        if _out_of_step(answers):
            # One of them answers something else, and it may be the one that was taken for the letter's.
            final = Lost(Stage.DOT, self.wire.lost, dot_written=True)
        return Exchange(final, settled)

    async def _settle(self, letter: EnvelopeCommands, answers: list[Answer], trust: Trust) -> EnvelopeAnswers:
        """What the answers come to; those to commands behind one that was refused say nothing of their own."""
        if trust.is_refused(answers):
            trust.lose()
            self.wire.abort("the relay does not take several commands at once")
            return _unasked(letter, Lost(Stage.MAIL, self.wire.lost))
        if _out_of_step(answers):
            trust.lose()
            self.wire.abort("malformed reply: the relay's answers are out of step")
            return _unasked(letter, Lost(Stage.MAIL, self.wire.lost))
        trust.hear(answers)
        mail, *rcpts = answers
        data = rcpts.pop() if len(rcpts) > len(letter.rcpts) else None
        if not is_accepted(mail):
            end_if_disorderly(self.wire, mail)
            self._refuse_stray_offer(data)
            return _unasked(letter, mail)
        over = next((place for place, answer in enumerate(rcpts) if ends_connection(answer)), None)
        if over is not None:
            end_if_disorderly(self.wire, rcpts[over])
            unasked = (None,) * (len(rcpts) - over - 1)
            return EnvelopeAnswers(mail, (*rcpts[: over + 1], *unasked), None)
        return EnvelopeAnswers(mail, tuple(rcpts), await self._settle_data(letter, rcpts, data))

    async def _settle_data(self, letter: EnvelopeCommands, rcpts: list[Answer], data: Answer | None) -> Answer | None:
        if data is None:
            return await finish_envelope(self.wire, letter, rcpts, timeouts=self.timeouts)
        if letter.may_go(rcpts):
            end_if_disorderly(self.wire, data)
            return await settle_data(self.wire, data, timeouts=self.timeouts)
        self._refuse_stray_offer(data)
        if isinstance(data, Reply) and data.code == 421:
            end_if_disorderly(self.wire, data)
        if not self.wire.lost:
            await reset(self.wire, timeouts=self.timeouts)
        return None

    def _refuse_stray_offer(self, data: Answer | None) -> None:
        """A 354 although nobody was accepted: what we write now would be read as the letter, even a lone dot."""
        if isinstance(data, Reply) and data.code < 400:
            self.known.envelope.lose()
            self.known.behind_body.lose()
            self.wire.abort(f"the relay answered {data.code} to DATA without a recipient")


def _out_of_step(answers: Sequence[Answer]) -> bool:
    """Whether one of them can't be the answer to its command: a 354 to anything but DATA, or DATA done at once."""
    return any(
        isinstance(answer, Reply) and (answer.code < 300 if answer.stage is Stage.DATA else 300 <= answer.code < 400)
        for answer in answers
    )


def _unasked(letter: EnvelopeCommands, mail: Answer) -> EnvelopeAnswers:
    return EnvelopeAnswers(mail, (None,) * len(letter.rcpts), None)
