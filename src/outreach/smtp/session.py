"""One connection that is ready for mail, and how it ends."""

from __future__ import annotations

from outreach.model import EnvelopeAnswers, Exchange, Message, Reply, Stage
from outreach.smtp import commands
from outreach.smtp.body import send_letter
from outreach.smtp.envelope import EnvelopeCommands, Offer, send_envelope
from outreach.smtp.interface import Envelope, Session
from outreach.smtp.options import Timeouts
from outreach.smtp.pipeline import Pipeline, Pipelining, out_of_step
from outreach.smtp.wire import Wire

_QUIT_SECONDS = 2.0  # for the reply, and again for the closing: together below the 5 s that close() promises


class SmtpSession(Session):
    """A greeted, encrypted, logged-in connection. Any disorder closes it for good."""

    def __init__(self, wire: Wire, *, offer: Offer, timeouts: Timeouts, pipelining: Pipelining | None) -> None:
        """`pipelining` is what is known of the relay; None where commands may not share a write."""
        self._wire = wire
        self._offer = offer
        self._timeouts = timeouts
        self._pipelining = pipelining if "PIPELINING" in offer.extensions else None
        self._pipeline = Pipeline(wire, self._pipelining, timeouts) if self._pipelining is not None else None
        self._letter_due = False  # a 354 has come: what we write now would be read as the letter
        self._busy = False

    @property
    def usable(self) -> bool:
        """Whether it may be used again; also False once the relay has hung up while nothing was under way."""
        return not self._wire.lost

    @property
    def pipelines(self) -> bool:
        """Whether a body and the next envelope may share a write (RFC 2920)."""
        return self._pipelining is not None and self._pipelining.behind_body.allowed

    @property
    def extensions(self) -> frozenset[str]:
        """The EHLO keywords offered, upper case."""
        return self._offer.extensions

    @property
    def dot_written(self) -> bool:
        """Whether the final dot of the letter last begun may have left; in doubt it may."""
        return self._wire.dot_written

    @property
    def final_heard(self) -> Reply | None:
        """The reply to the whole letter last begun, once it is here, even where the exchange was cut short."""
        heard, known = self._wire.final_heard, self._pipelining
        if heard is None or out_of_step(self._wire.uncollected):
            return None
        return None if known is not None and known.behind_body.is_refused([heard]) else heard

    @property
    def is_sink(self) -> bool:
        """Whether the relay says that it only swallows mail."""
        return "X-OUTREACH-SINK" in self._offer.extensions

    async def exchange(self, *, body: Message | None = None, envelope: Envelope | None = None) -> Exchange:
        """Send the due letter, then the next envelope.

        An envelope whose turn does not come, because the connection ended with the letter, is answered by a Lost at
        stage mail.
        """
        if self._busy or self._letter_due is not (body is not None):
            raise RuntimeError("one exchange at a time, and a letter exactly when its 354 has come")
        self._busy, self._letter_due = True, False
        try:
            letter = EnvelopeCommands.of(envelope, self._offer) if envelope is not None else None
            if isinstance(letter, EnvelopeCommands) and (pipeline := self._pipeline_for(body)) is not None:
                exchange = await pipeline.exchange(body, letter)
            else:
                exchange = await self._one_by_one(body, letter)
            self._letter_due = exchange.envelope is not None and exchange.envelope.ready
        except BaseException:
            # A reply may still be on its way; on a connection that lived on it would answer the next command.
            self._wire.abort("an exchange was cut short")
            raise
        finally:
            self._busy = False
        return exchange

    async def _one_by_one(self, body: Message | None, letter: EnvelopeCommands | EnvelopeAnswers | None) -> Exchange:
        final = (await send_letter(self._wire, body, timeouts=self._timeouts))[0] if body is not None else None
        if letter is None or isinstance(letter, EnvelopeAnswers):
            return Exchange(final, letter)
        return Exchange(final, await send_envelope(self._wire, letter, timeouts=self._timeouts))

    def _pipeline_for(self, body: Message | None) -> Pipeline | None:
        """What sends them together; None where they go one command at a time."""
        known = self._pipelining
        if known is None or not (known.envelope if body is None else known.behind_body).allowed:
            return None
        return self._pipeline

    async def close(self, *, politely: bool = True) -> None:
        """QUIT and close; just close when not politely, in mid-exchange, or when a letter is due."""
        if not politely or self._busy or self._letter_due or not self.usable:
            self._wire.abort("closed by us")
            return
        seconds = min(_QUIT_SECONDS, self._timeouts.command)
        try:
            await self._wire.ask(commands.QUIT, Stage.QUIT, seconds)
            await self._wire.close(seconds)
        finally:
            self._wire.abort("closed by us")
