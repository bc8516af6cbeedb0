"""One connection that is ready for mail, and how it ends."""

from __future__ import annotations

from outreach.model import Exchange, Message, Stage
from outreach.smtp import commands
from outreach.smtp.interface import Envelope, Session
from outreach.smtp.options import Timeouts
from outreach.smtp.transaction import Offer, send_envelope, send_letter
from outreach.smtp.wire import Wire

_QUIT_SECONDS = 2.0  # for the reply, and again for the closing: together below the 5 s that close() promises


class SmtpSession(Session):
    """A greeted, encrypted, logged-in connection. Any disorder closes it for good."""

    def __init__(self, wire: Wire, *, offer: Offer, timeouts: Timeouts, pipelining: bool = True) -> None:
        self._wire = wire
        self._offer = offer
        self._timeouts = timeouts
        self._pipelining = pipelining
        self._letter_due = False  # a 354 has come: what we write now would be read as the letter
        self._busy = False

    @property
    def usable(self) -> bool:
        """Whether it may be used again; also False once the relay has hung up while nothing was under way."""
        return not self._wire.lost

    @property
    def pipelines(self) -> bool:
        """Whether a body and the next envelope may share a write. They may; so far one command goes at a time."""
        return self._pipelining and "PIPELINING" in self._offer.extensions

    @property
    def extensions(self) -> frozenset[str]:
        """The EHLO keywords offered, upper case."""
        return self._offer.extensions

    @property
    def dot_written(self) -> bool:
        """Whether the final dot of the letter last begun may have left; in doubt it may."""
        return self._wire.dot_written

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
            final = await send_letter(self._wire, body, timeouts=self._timeouts) if body else None
            answers = None
            if envelope is not None:
                answers = await send_envelope(self._wire, envelope, offer=self._offer, timeouts=self._timeouts)
                self._letter_due = answers.ready
        except BaseException:
            # A reply may still be on its way; on a connection that lived on it would answer the next command.
            self._wire.abort("an exchange was cut short")
            raise
        finally:
            self._busy = False
        return Exchange(final, answers)

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
