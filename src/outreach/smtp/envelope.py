"""The envelope: MAIL, each RCPT and DATA as commands, and what their answers come to (RFC 5321, 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from outreach.model import Answer, EnvelopeAnswers, Lost, Message, Reply, Stage
from outreach.smtp import commands
from outreach.smtp.interface import Envelope
from outreach.smtp.options import Timeouts
from outreach.smtp.wire import Wire


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
            needing = [one.mailbox.address for one in message.recipients if one.mailbox.needs_smtputf8]
            address = needing[0] if needing and message.envelope_from.isascii() else "the sender's address"
            text = f"{address} can only be written with SMTPUTF8, which the relay does not offer"
            return Reply(Stage.MAIL, 553, "5.6.7", text)
        return None


class EnvelopeCommands(NamedTuple):
    """An envelope as it travels."""

    envelope: Envelope
    mail: bytes
    rcpts: tuple[bytes, ...]

    @classmethod
    def of(cls, envelope: Envelope, offer: Offer) -> EnvelopeCommands | EnvelopeAnswers:
        """The commands; or at once what the relay would have to answer. ValueError for what must not be sent."""
        message = envelope.message
        commands.check_letter(message)  # too late to find out after the 354
        refusal = offer.refuse(message)
        if refusal is not None:
            return EnvelopeAnswers(refusal, (None,) * len(envelope.named), None)
        size = len(message.content) if "SIZE" in offer.extensions else None
        utf8 = message.needs_smtputf8
        return cls(
            envelope,
            commands.mail_from(message.envelope_from, size=size, smtputf8=utf8),
            tuple([commands.rcpt_to(message.recipients[i].mailbox.wire, smtputf8=utf8) for i in envelope.named]),
        )

    def may_go(self, rcpts: Sequence[Answer | None]) -> bool:
        """Whether enough recipients were accepted for the letter to go."""
        accepted = {index for index, answer in zip(self.envelope.named, rcpts, strict=True) if is_accepted(answer)}
        return bool(accepted) and self.envelope.needed <= accepted


async def send_envelope(wire: Wire, letter: EnvelopeCommands, *, timeouts: Timeouts) -> EnvelopeAnswers:
    """One command at a time; DATA or RSET at the end. Anything but orderly replies leaves the wire lost."""
    mail = await _ask(wire, letter.mail, Stage.MAIL, timeouts.command)
    if not is_accepted(mail):
        return EnvelopeAnswers(mail, (None,) * len(letter.rcpts), None)
    rcpts: list[Answer | None] = []
    over = False
    for rcpt in letter.rcpts:
        answer = None if over else await _ask(wire, rcpt, Stage.RCPT, timeouts.command)
        rcpts.append(answer)
        over = over or ends_connection(answer)
    # A connection that ends in silence, between two answers, still has to be answered for: by the Lost of the next.
    data = None if over else await finish_envelope(wire, letter, rcpts, timeouts=timeouts)
    return EnvelopeAnswers(mail, tuple(rcpts), data)


async def finish_envelope(
    wire: Wire, letter: EnvelopeCommands, rcpts: Sequence[Answer | None], *, timeouts: Timeouts
) -> Answer | None:
    """DATA if the letter may go, and its answer; RSET if it may not, or if DATA was refused."""
    if not letter.may_go(rcpts):
        await reset(wire, timeouts=timeouts)
        return None
    data = await _ask(wire, commands.DATA, Stage.DATA, timeouts.command)
    return await settle_data(wire, data, timeouts=timeouts)


async def settle_data(wire: Wire, data: Answer, *, timeouts: Timeouts) -> Answer:
    """The answer to DATA of a letter that may go; after a refusal the connection is ready for the next envelope."""
    if isinstance(data, Reply) and 200 <= data.code < 300:
        wire.abort(f"malformed reply: {data.code} to DATA")
        return Lost(Stage.DATA, wire.lost)
    if not wire.lost and not is_accepted(data):
        await reset(wire, timeouts=timeouts)
    return data


async def reset(wire: Wire, *, timeouts: Timeouts) -> None:
    """RSET; a relay that does not do even that is left."""
    answer = await _ask(wire, commands.RSET, Stage.RSET, timeouts.command)
    if isinstance(answer, Reply) and answer.code != 250:
        wire.abort(f"RSET was answered with {answer.code}")


async def _ask(wire: Wire, command: bytes, stage: Stage, seconds: float) -> Answer:
    answer = await wire.ask(command, stage, seconds)
    end_if_disorderly(wire, answer)
    return answer


def end_if_disorderly(wire: Wire, answer: Answer) -> None:
    """Close the connection after a reply after which nothing may follow."""
    if isinstance(answer, Reply) and ends_connection(answer):
        wire.abort(f"the relay answered {answer.code} {answer.text}".rstrip())


def ends_connection(answer: Answer | None) -> bool:
    """Whether nothing follows: a loss, a reply that says so (421), or one that shows us out of step (503, 3xx)."""
    if not isinstance(answer, Reply):
        return answer is not None
    return answer.code in (421, 503) or (300 <= answer.code < 400 and not answer.accepted)


def is_accepted(answer: Answer | None) -> bool:
    """Whether it is a reply that accepts."""
    return isinstance(answer, Reply) and answer.accepted
