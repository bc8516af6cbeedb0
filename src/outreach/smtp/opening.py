"""From nothing to a session: connect, TLS, greeting, EHLO, login. aiosmtplib does the steps; the order is ours.

The steps end in a swap: the transport leaves aiosmtplib's protocol, which drops what it did not ask for, for our Wire,
which takes it as the end of the connection.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import aiosmtplib
from aiosmtplib.errors import SMTPReadTimeoutError

from outreach.model import Lost, Stage
from outreach.smtp.envelope import Offer
from outreach.smtp.interface import ConnectFailure
from outreach.smtp.login import Account, NoMethod, log_in
from outreach.smtp.options import RelayOptions
from outreach.smtp.pipeline import Pipelining
from outreach.smtp.replies import read_library_reply
from outreach.smtp.session import SmtpSession
from outreach.smtp.tls import describe_distrust, met_clear_text, speaks_tls
from outreach.smtp.wire import Wire

# A relay that waits for TLS never greets, one that speaks clear text nearly always has by then. Not sooner: relays that
# delay their greeting to catch bots (6 s is usual) may take our question for one.
_SILENCE_SECONDS = 7.0


class _NoSession(Exception):
    """A step failed; caught in Opening.run."""

    def __init__(self, failure: ConnectFailure) -> None:
        super().__init__(failure.answer.stage)
        self.failure = failure


class Opening:
    """One try to get a session."""

    def __init__(
        self,
        options: RelayOptions,
        *,
        account: Account | None,
        context: ssl.SSLContext,
        name: str,
        pipelining: Pipelining | None,
        greeted_before: bool = False,
    ) -> None:
        """`pipelining` is what is known of the relay; None where commands must go one at a time.

        `greeted_before`: the port has greeted in clear text once, so whoever is not greeted now need not ask why.
        """
        self._options = options
        self._timeouts = options.timeouts
        self._account = account
        self._pipelining = pipelining
        self._context = context
        self._asked_for_tls = greeted_before
        self._client = aiosmtplib.SMTP(
            hostname=options.host,
            port=options.port,
            use_tls=options.security == "tls",
            start_tls=False,  # never by chance: STARTTLS is a step of its own that must succeed
            tls_context=context,
            local_hostname=name,
            timeout=self._timeouts.command,
        )

    async def run(self) -> SmtpSession | ConnectFailure:
        """A session, or why there is none; then nothing of the connection is left."""
        try:
            await self._connect()
            await self._say_hello()
            if self._options.security == "starttls":
                await self._start_tls()
                await self._say_hello()
            if self._account is not None:
                await self._log_in(self._account)
            return self._hand_over()
        except _NoSession as stop:
            self._drop()
            return stop.failure
        except BaseException:
            self._drop()
            raise

    # --- the steps ----------------------------------------------------------------------------------------------------

    async def _connect(self) -> None:
        """TCP, TLS where it comes first, and the greeting: each with a time limit of its own."""
        task = asyncio.ensure_future(self._client.connect(timeout=self._timeouts.greeting))
        try:
            await self._watch(task)
            with self._step(Stage.GREETING):
                await task
        except _NoSession as stop:
            failure = stop.failure
            ungreeted = isinstance(failure.answer, Lost) and failure.answer.stage is Stage.GREETING
            if ungreeted and self._options.security != "tls":
                await self._ask_for_tls()
            raise
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self, task: asyncio.Future[aiosmtplib.SMTPResponse]) -> None:
        """Returns once there is a connection; the greeting may still be due."""
        limit = self._timeouts.connect
        waited = 0.0
        if self._options.security != "tls":
            waited = min(_SILENCE_SECONDS, limit, self._timeouts.greeting / 2)
            await asyncio.wait({task}, timeout=waited)
            if not task.done() and self._client.transport is not None:
                await self._ask_for_tls()
                return
        if not task.done():
            # aiosmtplib knows one limit for all; its transport appears when TCP and TLS stand.
            await asyncio.wait({task}, timeout=limit - waited)
        if not task.done() and self._client.transport is None:
            raise _NoSession(self._lose(Stage.CONNECT, f"no connection within {limit:g} s"))

    async def _ask_for_tls(self) -> None:
        """Stops with the better reason where a port without a greeting turns out to speak TLS from the start."""
        if self._asked_for_tls:
            return
        self._asked_for_tls = True
        host, port = self._options.host, self._options.port
        seconds = min(_SILENCE_SECONDS, self._timeouts.connect)
        if await speaks_tls(host, port, context=self._context, seconds=seconds):
            mismatch = f'port {port} speaks TLS from the start: use security = "tls"'
            raise _NoSession(ConnectFailure(Lost(Stage.GREETING, "no greeting"), tls_mismatch=mismatch)) from None

    async def _say_hello(self) -> None:
        with self._step(Stage.EHLO):
            await self._client.ehlo(timeout=self._timeouts.command)

    async def _start_tls(self) -> None:
        if not self._client.supports_extension("starttls"):
            # Never on in clear text: somebody in between may have taken the offer out (RFC 3207, 6).
            raise _NoSession(self._lose(Stage.STARTTLS, f"{self._options.host} offers no STARTTLS"))
        with self._step(Stage.STARTTLS):
            await self._client.starttls(timeout=self._timeouts.connect)

    async def _log_in(self, account: Account) -> None:
        options, seconds = self._options, self._timeouts.command
        with self._step(Stage.AUTH):
            try:
                await log_in(self._client, account, host=options.host, port=options.port, seconds=seconds)
            except NoMethod as lack:
                raise _NoSession(self._lose(Stage.AUTH, str(lack))) from None

    def _hand_over(self) -> SmtpSession:
        transport = self._client.transport
        if transport is None or transport.is_closing():
            raise _NoSession(self._lose(Stage.AUTH if self._account else Stage.EHLO, "connection closed by the relay"))
        offered = self._client.esmtp_extensions
        size = offered.get("size", "").strip()
        offer = Offer(frozenset(map(str.upper, offered)), int(size) if size.isdecimal() else 0)
        wire = Wire(cast(asyncio.Transport, transport))
        self._client.protocol = self._client.transport = None
        return SmtpSession(wire, offer=offer, timeouts=self._timeouts, pipelining=self._pipelining)

    # --- from aiosmtplib's exceptions to values -----------------------------------------------------------------------

    @contextmanager
    def _step(self, stage: Stage) -> Iterator[None]:
        """Turns what aiosmtplib raises into the failure of a stage."""
        try:
            yield
        except aiosmtplib.SMTPResponseException as error:
            raise _NoSession(self._refused(stage, error.code, error.message)) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _NoSession(self._explain(stage, error)) from None
        # What is left in the buffer would answer the next command. The name is private; a test watches it.
        if self._client.protocol is not None and self._client.protocol._buffer:
            raise _NoSession(self._lose(stage, "malformed reply: something follows the reply"))

    def _refused(self, stage: Stage, code: int, message: str) -> ConnectFailure:
        message = self._account.redact(message) if self._account else message
        return ConnectFailure(read_library_reply(stage, code, message))

    def _explain(self, stage: Stage, error: Exception) -> ConnectFailure:
        # aiosmtplib wraps all that happens up to the greeting; what it wraps says what it was.
        wrapped = error.__cause__ if isinstance(error, aiosmtplib.SMTPConnectError) else None
        cause = wrapped or error
        limit = self._timeouts.greeting if stage is Stage.GREETING else self._timeouts.command
        if isinstance(cause, SMTPReadTimeoutError):
            return self._lose(stage, f"no reply within {limit:g} s")
        if isinstance(cause, aiosmtplib.SMTPServerDisconnected):
            return self._lose(stage, "connection closed by the relay")
        stage = Stage.CONNECT if stage is Stage.GREETING else stage
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ConnectFailure(Lost(stage, describe_distrust(self._options.host, cause)), certificate=True)
        if stage is Stage.CONNECT and met_clear_text(cause):
            mismatch = f'port {self._options.port} speaks clear text first: use security = "starttls"'
            return ConnectFailure(Lost(stage, "no TLS on this port"), tls_mismatch=mismatch)
        return self._lose(stage, _describe(cause))

    def _lose(self, stage: Stage, reason: str) -> ConnectFailure:
        return ConnectFailure(Lost(stage, reason))

    def _drop(self) -> None:
        transport = self._client.transport
        self._client.close()
        if transport is not None:
            cast(asyncio.Transport, transport).abort()


def _describe(error: BaseException) -> str:
    """An operating system's or OpenSSL's complaint in words."""
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or str(error)).replace('_', ' ').lower()}"
    if isinstance(error, socket.gaierror):
        return "no such host" if error.errno == socket.EAI_NONAME else f"the name can't be looked up: {error.strerror}"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    # A host with several addresses: asyncio puts all their errors into one text.
    return "connection refused" if f"[Errno {errno.ECONNREFUSED}]" in str(error) else str(error)
