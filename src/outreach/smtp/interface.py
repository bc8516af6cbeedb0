"""The seam to a relay: sessions that exchange messages for answers. Failures are values, not exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from outreach.model import Exchange, Lost, Message, Reply


class Envelope(NamedTuple):
    """The part of a message that comes before its body, for one attempt."""

    message: Message
    named: tuple[int, ...]  # indices into message.recipients: those to name in RCPT
    needed: frozenset[int]  # indices that must be accepted, or nobody gets the message (every named To)


@dataclass(frozen=True, slots=True)
class ConnectFailure:
    """Why there is no session. The answer's stage is connect, greeting, ehlo, starttls or auth."""

    answer: Reply | Lost
    certificate: bool = False  # the certificate was not trusted
    tls_mismatch: str = ""  # in words, where the port seems to want another `security`


class Session(Protocol):
    """One connection that is ready for mail. It serves one exchange at a time."""

    @property
    def usable(self) -> bool:
        """Whether it may be used again. False after anything but orderly replies; it is then closed already."""
        ...

    @property
    def pipelines(self) -> bool:
        """Whether a body and the next envelope may share a write (RFC 2920)."""
        ...

    @property
    def extensions(self) -> frozenset[str]:
        """The EHLO keywords offered, upper case."""
        ...

    @property
    def dot_written(self) -> bool:
        """Whether the final dot of the letter last begun may have left; in doubt it may."""
        ...

    @property
    def final_heard(self) -> Reply | None:
        """The reply to the whole letter last begun, once it is here, even where the exchange was cut short."""
        ...

    @property
    def is_sink(self) -> bool:
        """Whether the relay says in its EHLO that it is outreach's own sink."""
        ...

    async def exchange(self, *, body: Message | None = None, envelope: Envelope | None = None) -> Exchange:
        """Send the body of the message whose 354 has come, then the envelope of the next one.

        MAIL, each RCPT, then DATA; DATA waits for all RCPT where there are several, and is not sent (RSET instead)
        when one that is needed, or all, were refused. A message that the relay can't take (SIZE, SMTPUTF8 missing) is
        answered without a command by a Reply with code 552 5.3.4 or 553 5.6.7 at stage mail.
        Once the task is cancelled in mid-exchange, the session is closed and CancelledError passes on.
        """
        ...

    async def close(self, *, politely: bool = True) -> None:
        """QUIT and close; when not politely, or not usable, just close. Never raises, never waits over 5 s."""
        ...


class Relay(Protocol):
    """An SMTP server with an account on it."""

    @property
    def account(self) -> str:
        """username@host:port; pace and quota belong to it."""
        ...

    @property
    def faults(self) -> frozenset[str]:
        """What it was found to do wrong, or was known to: names that `recall` understands."""
        ...

    def recall(self, faults: frozenset[str]) -> None:
        """It was found to do this wrong before, so that isn't tried again. A name that means nothing is passed over."""
        ...

    async def connect(self) -> Session | ConnectFailure:
        """A new session: connected, encrypted as told, greeted, logged in."""
        ...
