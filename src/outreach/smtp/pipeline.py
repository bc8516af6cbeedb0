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
from functools import lru_cache

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
_LOSSES = 4  # points for connections lost in such a group: 2 where a part of it was answered, 1 where nothing was
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
    def losses(self) -> int:
        """Points for the connections lost since a group was last answered in order."""
        return self._losses

    @property
    def allowed(self) -> bool:
        """Whether commands may share a write."""
        return self._state is not _State.BROKEN

    def seconds(self, timeouts: Timeouts) -> float:
        """How long an answer to a command that shared a write may take."""
        return timeouts.command if self._state is _State.PROVEN else min(timeouts.command, _PATIENCE)

    def hear(self, answers: Sequence[Answer], *, begun: bool, losses: int) -> None:
        """What came of a group of commands.

        `begun`: whether the relay answered any part of what shared the write. `losses`: as they were when it was
        written, for one event of the network takes many connections, and counts once.
        """
        if self._state is not _State.UNKNOWN or _has_farewell(answers):
            return
        last = answers[-1]
        if all(is_accepted(answer) for answer in answers):
            self._state = _State.PROVEN
        elif not isinstance(last, Lost):
            self._losses = 0
        elif "malformed" in last.reason:
            self.lose()
        elif losses == self._losses:
            self._losses += 2 if begun else 1
            if self._losses >= _LOSSES:
                self.lose()

    def hear_lost_dot(self) -> None:
        """A letter with an envelope behind it was not answered: one letter in doubt is enough to try it on."""
        if self._state is _State.UNKNOWN:
            self.lose()

    def lose(self) -> None:
        """It does not."""
        self._state = _State.BROKEN

    def is_refused(self, answers: Sequence[Answer]) -> bool:
        """Whether the relay refuses commands because they came together; nothing has gone well that way yet."""
        if self._state is not _State.UNKNOWN:
            return False
        first = next((answer for answer in answers if not is_accepted(answer)), None)
        if not isinstance(first, Reply) or first.code < 500:
            return False
        return first.code == 503 or _COMPLAINT.search(first.text) is not None


@dataclass(frozen=True, slots=True)
class Pipelining:
    """What is known of how a relay takes commands that share a write. One for all its sessions."""

    envelope: Trust = field(default_factory=Trust)  # MAIL, RCPT and DATA
    behind_body: Trust = field(default_factory=Trust)  # an envelope in one write with the body before it

    @property
    def broken(self) -> frozenset[str]:
        """The names of what the relay breaks."""
        return frozenset(name for name, trust in self._by_name().items() if not trust.allowed)

    def lose(self, names: frozenset[str]) -> None:
        """It breaks these."""
        for name, trust in self._by_name().items():
            if name in names:
                trust.lose()

    def _by_name(self) -> dict[str, Trust]:
        return {"pipelined envelope": self.envelope, "envelope behind body": self.behind_body}


class Pipeline:
    """The pipelined side of a session."""

    def __init__(self, wire: Wire, known: Pipelining, timeouts: Timeouts) -> None:
        self._wire = wire
        self._known = known
        self._timeouts = timeouts
        # The last envelope of one recipient that was taken, and the answers that came to this.
        self._taken: EnvelopeAnswers | None = None
        self._taken_as: list[Answer] = []

    async def exchange(self, body: Message | None, letter: EnvelopeCommands) -> Exchange:
        """The body that is due, if one is, and behind it the envelope."""
        trust = self._known.envelope if body is None else self._known.behind_body
        losses, due = trust.losses, _due(len(letter.rcpts), trust.seconds(self._timeouts))
        group = b"".join((letter.mail, *letter.rcpts, commands.DATA if len(letter.rcpts) == 1 else b""))
        if body is None:
            self._wire.await_replies(due)
            self._wire.write(group)
            answers = await self._wire.replies(len(due))
            trusted = self._is_trusted(trust, answers, begun=isinstance(answers[0], Reply), losses=losses)
            return Exchange(None, await self._settle(letter, answers, trusted=trusted))
        final, *answers = await send_letter(self._wire, body, timeouts=self._timeouts, then=group, then_awaited=due)
        if answers == self._taken_as:
            return Exchange(final, self._taken)  # nearly always; saves 6 µs of looking at each
        if self._wire.dot_written and trust.is_refused([final]):
            # It may have thrown away the letter, or only what stood behind.
            trust.lose()
            self._wire.abort("the relay does not take commands behind a letter")
            final = Lost(Stage.DOT, self._wire.lost, dot_written=True)
            return Exchange(final, _unasked(letter, Lost(Stage.MAIL, self._wire.lost)))
        if ends_connection(final):
            if isinstance(final, Lost) and final.dot_written:
                trust.hear_lost_dot()
            return Exchange(final, _unasked(letter, answers[0]))
        trusted = self._is_trusted(trust, answers, begun=True, losses=losses)
        settled = await self._settle(letter, answers, trusted=trusted)
        if not trusted and out_of_step(answers):
            # One of them answers something else, and it may be the one that was taken for the letter's.
            final = Lost(Stage.DOT, self._wire.lost, dot_written=True)
        elif settled.ready and len(letter.rcpts) == 1:
            self._taken, self._taken_as = settled, answers
        return Exchange(final, settled)

    def _is_trusted(self, trust: Trust, answers: list[Answer], *, begun: bool, losses: int) -> bool:
        """Whether the answers to an envelope can be believed; if not, the connection is over."""
        if trust.is_refused(answers):
            trust.lose()
            self._wire.abort("the relay does not take several commands at once")
            return False
        if out_of_step(answers):
            trust.lose()
            self._wire.abort("malformed reply: the relay's answers are out of step")
            return False
        trust.hear(answers, begun=begun, losses=losses)
        return True

    async def _settle(self, letter: EnvelopeCommands, answers: list[Answer], *, trusted: bool) -> EnvelopeAnswers:
        """What the answers come to; those to commands behind one that was refused say nothing of their own."""
        if not trusted:
            return _unasked(letter, Lost(Stage.MAIL, self._wire.lost))
        mail, *rcpts = answers
        data = rcpts.pop() if len(rcpts) > len(letter.rcpts) else None
        if not is_accepted(mail):
            end_if_disorderly(self._wire, mail)
            self._refuse_stray_offer(data)
            return _unasked(letter, mail)
        over = next((place for place, answer in enumerate(rcpts) if ends_connection(answer)), None)
        if over is not None:
            end_if_disorderly(self._wire, rcpts[over])
            unasked = (None,) * (len(rcpts) - over - 1)
            return EnvelopeAnswers(mail, (*rcpts[: over + 1], *unasked), None)
        return EnvelopeAnswers(mail, tuple(rcpts), await self._settle_data(letter, rcpts, data))

    async def _settle_data(self, letter: EnvelopeCommands, rcpts: list[Answer], data: Answer | None) -> Answer | None:
        if data is None:
            return await finish_envelope(self._wire, letter, rcpts, timeouts=self._timeouts)
        if letter.may_go(rcpts):
            end_if_disorderly(self._wire, data)
            return await settle_data(self._wire, data, timeouts=self._timeouts)
        self._refuse_stray_offer(data)
        if isinstance(data, Reply) and data.code == 421:
            end_if_disorderly(self._wire, data)
        if not self._wire.lost:
            await reset(self._wire, timeouts=self._timeouts)
        return None

    def _refuse_stray_offer(self, data: Answer | None) -> None:
        """A 354 although nobody was accepted: what we write now would be read as the letter, even a lone dot."""
        if isinstance(data, Reply) and data.code < 400:
            self._known.envelope.lose()
            self._known.behind_body.lose()
            self._wire.abort(f"the relay answered {data.code} to DATA without a recipient")


@lru_cache(maxsize=64)
def _due(rcpts: int, seconds: float) -> tuple[tuple[Stage, float], ...]:
    """What an envelope asks for in one write, and how long each answer may take."""
    stages = (Stage.MAIL, *(Stage.RCPT,) * rcpts, *((Stage.DATA,) if rcpts == 1 else ()))
    return tuple((stage, seconds) for stage in stages)


def out_of_step(answers: Sequence[Answer]) -> bool:
    """Whether one of them can't be the answer to its command: a 354 to anything but DATA, or DATA done at once."""
    return any(
        isinstance(answer, Reply) and (answer.code < 300 if answer.stage is Stage.DATA else 300 <= answer.code < 400)
        for answer in answers
    )


def _unasked(letter: EnvelopeCommands, mail: Answer) -> EnvelopeAnswers:
    return EnvelopeAnswers(mail, (None,) * len(letter.rcpts), None)


def _has_farewell(answers: Sequence[Answer]) -> bool:
    return any(isinstance(answer, Reply) and answer.code == 421 for answer in answers)
