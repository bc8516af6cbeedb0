"""Connects once: before anything is asked or sent, and for `check --relay`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from outreach.errors import CertificateError, LoginRefused, OutreachError, RelayUnreachable, SettingsError
from outreach.model import Concern, Lost, Stage
from outreach.policy.outcome import judge_connect
from outreach.preflight.advice import certificate_advice, login_advice, mismatch_advice, reach_advice, says_no_token
from outreach.smtp.interface import ConnectFailure, Relay, Session


@asynccontextmanager
async def connected_once(relay: Relay, shown: str) -> AsyncIterator[Session]:
    """A session, logged in, that ends with the block; an error that says what to do where there is none."""
    session = await relay.connect()
    if isinstance(session, ConnectFailure):
        raise refusal(session, shown)
    try:
        yield session
    finally:
        await session.close()


def refusal(failure: ConnectFailure, shown: str) -> OutreachError:
    """The error for a connection that could not be had. `shown` is host:port."""
    host, _, port = shown.rpartition(":")
    outcome = judge_connect(failure.answer)
    answer = failure.answer
    if says_no_token(answer) and isinstance(answer, Lost):
        error = LoginRefused if outcome.concern is Concern.RUN else RelayUnreachable
        return error(f"{shown}: {answer.reason}", f"Nobody was written to. {login_advice(host, answer)}")
    said = answer.reason if isinstance(answer, Lost) else f"{answer.code} {answer.enhanced} {answer.text}"
    if failure.tls_mismatch:
        return SettingsError(f"{shown}: {failure.tls_mismatch}", mismatch_advice(host))
    if answer.stage is Stage.STARTTLS and isinstance(answer, Lost) and outcome.concern is Concern.RUN:
        return SettingsError(
            f"{shown}: {answer.reason}",
            'Set security = "tls" with the port for it (465), or ask the relay\'s operator.',
        )
    if failure.certificate:
        return CertificateError(f"E15 {shown}: {outcome.reason} ({said})", certificate_advice(said))
    if failure.answer.stage is Stage.AUTH and outcome.concern is Concern.RUN:
        return LoginRefused(
            f"{shown}: {outcome.reason} ({said})", f"{login_advice(host, answer)} Nobody was written to."
        )
    return RelayUnreachable(
        f"{shown}: {outcome.reason} ({said})", f"Nothing was sent. {reach_advice(host, int(port), failure)}"
    )
