"""Logging in with a token: the dialogue, the second try with a new token, and what is said where it fails."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from outreach.errors import SettingsError
from outreach.model import Answer, Lost, Reply, Stage
from outreach.smtp.interface import ConnectFailure
from outreach.smtp.login import Account, _encode_oauthbearer, _explain
from outreach.smtp.oauth2 import NoToken, Token, TokenKeeper
from outreach.smtp.options import RelayOptions
from outreach.smtp.relay import SmtpRelay
from outreach.smtp.session import SmtpSession
from tests.smtp.conftest import PATIENT, SYSTEM_TRUST
from tests.smtp.servers import ScriptedRelay, running
from tests.smtp.test_oauth2 import Source
from tests.support.clock import FakeClock
from tests.support.sinks import running_sink

USER = "letters@coalition.example"
EHLO = b"250-relay.test\r\n250 AUTH LOGIN PLAIN OAUTHBEARER XOAUTH2\r\n"


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def xoauth2(token: str) -> str:
    return coded(f"user={USER}\x01auth=Bearer {token}\x01\x01")


def challenge(**said: str) -> bytes:
    return f"334 {coded(json.dumps(said))}\r\n".encode()


def relay_of(port: int, *found: Token | NoToken, username: str = USER, password: str | None = None) -> SmtpRelay:
    """A relay on loopback whose tokens come one after the other."""
    options = RelayOptions("localhost", port, security="none", username=username, timeouts=PATIENT)
    tokens = TokenKeeper(Source(*found), FakeClock())
    return SmtpRelay(options, password=password, tokens=tokens, tls_context=SYSTEM_TRUST, hostname="client.example")


async def answer_of(port: int, *found: Token | NoToken) -> Answer:
    """Why there is no session."""
    failure = await relay_of(port, *found).connect()
    assert isinstance(failure, ConnectFailure)
    return failure.answer


@pytest.mark.parametrize(
    ("offer", "method", "response"),
    [
        (b"PLAIN LOGIN XOAUTH2 OAUTHBEARER", "XOAUTH2", f"user={USER}\x01auth=Bearer t\x01\x01"),
        (b"OAUTHBEARER PLAIN", "OAUTHBEARER", f"n,a={USER},\x01host=localhost\x01port=PORT\x01auth=Bearer t\x01\x01"),
    ],
)
async def test_token_goes_with_the_command(offer: bytes, method: str, response: str) -> None:
    """XOAUTH2 where it is offered, else OAUTHBEARER; a password's methods don't matter."""
    ehlo = b"250-relay.test\r\n250 AUTH " + offer + b"\r\n"
    async with running(ScriptedRelay(ehlo=ehlo)) as relay:
        session = await relay_of(relay.port, Token("t")).connect()
        assert isinstance(session, SmtpSession)
        await session.close()

    assert relay.commands[1] == f"AUTH {method} {coded(response.replace('PORT', str(relay.port)))}"


async def test_name_in_oauthbearer_is_escaped() -> None:
    """A comma in the user's name ends no field (RFC 5801)."""
    async with running_sink(mechanisms=["oauthbearer"], users={"a,b=c@x.example": "t"}) as sink:
        session = await relay_of(sink.port, Token("t"), username="a,b=c@x.example").connect()

        assert isinstance(session, SmtpSession), session
        await session.close()


@pytest.mark.parametrize("method", ["XOAUTH2", "OAUTHBEARER"])
async def test_refused_token_is_renewed_and_tried_once_more(method: str) -> None:
    """The relay's error is answered as the protocol wants it, and a new token gets in on a new connection."""
    async with running_sink(mechanisms=[method], users={USER: "new"}) as sink:
        session = await relay_of(sink.port, Token("old"), Token("new")).connect()
        assert isinstance(session, SmtpSession), session
        await session.close()
        answer = await answer_of(sink.port, Token("old"), Token("older"))

    assert answer == Reply(
        Stage.AUTH,
        535,
        "5.7.8",
        "The token is not good (token refused: status 401, expired, or not for this account; "
        "the relay wants the scope https://mail.sink.example/)",
    )


class LineRelay(ScriptedRelay):
    """A scripted relay that knows the empty line for what it is."""

    async def _talk(self, reader: Any, writer: Any) -> None:
        await self._react("greeting", reader, writer)
        while line := await reader.readline():
            self.commands.append(line.decode().rstrip("\r\n"))
            await self._react(line.split()[0].decode().lower() if line.split() else "empty", reader, writer)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (challenge(status="401", schemes="bearer", scope="https://mail.google.com/"),
         "(token refused: status 401, expired, or not for this account; the relay wants the scope https://mail.google.com/)"),
        (challenge(status="400"), "(token refused: status 400)"),
        (challenge(scope="a b"), "(token refused; the relay wants the scope a b)"),
        (challenge(status="x" * 5000), f"(token refused: status {'x' * 200})"),
        (challenge(status="\r\nRSET\x1b"), r"(token refused: status \r RSET\x1b)"),
        (challenge(status="t0ken", scope=coded("t0ken")),
         "(token refused: status [secret]; the relay wants the scope [secret])"),
        (b"334 \r\n", "(token refused)"),
        (b"334 not base64\r\n", "(token refused)"),
        (f"334 {coded('[1, 2]')}\r\n".encode(), "(token refused)"),
        (f"334 {coded('[' * 2_000)}\r\n".encode(), "(token refused)"),
        (b"535 5.7.3 Authentication unsuccessful\r\n", "(token refused)"),
    ],
)  # fmt: skip
async def test_error_of_the_relay_is_told_in_words(said: bytes, words: str) -> None:
    """What the challenge holds follows the relay's own words, without the token; garbage does not."""
    relay = LineRelay(ehlo=EHLO, auth=said, empty=b"535-5.7.3 Authentication\r\n535 5.7.3 unsuccessful\r\n")
    async with running(relay):
        answer = await answer_of(relay.port, Token("t0ken"))

    assert isinstance(answer, Reply)
    assert (answer.code, answer.enhanced) == (535, "5.7.3")
    assert answer.text == f"Authentication unsuccessful {words}"
    login = ["EHLO client.example", f"AUTH XOAUTH2 {xoauth2('t0ken')}"]
    assert relay.commands == login + ([""] if said.startswith(b"334") else [])  # the same token is not tried again


@pytest.mark.parametrize("refusal", [b"454 4.7.0 busy\r\n", b"504 5.5.4 no\r\n", b"334 e30=\r\n"])
async def test_no_new_token_for_what_a_token_can_not_mend(refusal: bytes) -> None:
    """A relay that is busy, or asks on and on, costs no second token."""
    relay = LineRelay(ehlo=EHLO, auth=refusal, empty=refusal)
    async with running(relay):
        answer = await answer_of(relay.port, Token("a"), Token("b"))

    assert isinstance(answer, Reply)
    assert answer.code == int(refusal[:3])
    assert sum(command.startswith("AUTH") for command in relay.commands) == 1


async def test_no_method_for_tokens_is_no_reason_for_another() -> None:
    """A relay that takes passwords only never sees the token."""
    async with running(ScriptedRelay(ehlo=b"250-relay.test\r\n250 AUTH PLAIN\r\n")) as relay:
        answer = await answer_of(relay.port, Token("t"))

    reason = "the relay offers no login that we know (XOAUTH2 or OAUTHBEARER), only PLAIN"
    assert answer == Lost(Stage.AUTH, reason)
    assert relay.commands == ["EHLO client.example"]


@pytest.mark.parametrize(("is_final", "how_long"), [(True, "for this account"), (False, "just now")])
async def test_without_a_token_nothing_is_connected(is_final: bool, how_long: str) -> None:
    """The failure is the login's, and says for how long."""
    async with running(ScriptedRelay(ehlo=EHLO)) as relay:
        answer = await answer_of(relay.port, NoToken("the server is gone", is_final=is_final))

    assert answer == Lost(Stage.AUTH, f"no token {how_long}: the server is gone")
    assert relay.connections == 0


async def test_a_refused_token_that_can_not_be_renewed_is_that() -> None:
    """The better reason is why there is no new one."""
    async with running_sink(users={USER: "new"}) as sink:
        answer = await answer_of(sink.port, Token("old"), NoToken("revoked", is_final=True))

    assert answer == Lost(Stage.AUTH, "no token for this account: revoked")


@pytest.mark.parametrize(("username", "password"), [("", None), (USER, "hunter2")])
def test_settings_that_can_not_log_in_are_refused(username: str, password: str | None) -> None:
    """A token needs a user, and a password beside it is one too many."""
    with pytest.raises(SettingsError, match=r"relay\.oauth2"):
        relay_of(1, Token("t"), username=username, password=password)


def test_token_shows_in_no_representation() -> None:
    """Neither the token nor what carries it prints it."""
    assert "t0ken" not in repr(Token("t0ken"))


@pytest.mark.parametrize("cut", [None, -1, -2, -3, -30])
@pytest.mark.parametrize("method", [b"AUTH=XOAUTH2", b"AUTH OAUTHBEARER", b"AUTH XOAUTH2"])
async def test_token_that_the_relay_echoes_is_not_told(method: bytes, cut: int | None) -> None:
    """In whichever form it was sent, whole or cut off."""
    account = Account(USER, token="ya29.a-Very-Secret-Token-of-some-length")
    first = base64.b64decode(_encode_oauthbearer(account, host="smtp.example", port=587))
    if b"XOAUTH2" in method:
        first = f"user={USER}\x01auth=Bearer {account.token}\x01\x01".encode()
    told = account.redact(f"5.5.4 unrecognised {method.decode()} {base64.b64encode(first).decode()[:cut]}")

    assert told == f"5.5.4 unrecognised {method.decode()} [secret]"


def test_token_in_a_challenge_is_not_told_in_part() -> None:
    """What is cut for its length is cut behind the secret, not in it."""
    account = Account(USER, token="T" * 150 + "Q" * 500)
    said = base64.b64encode(json.dumps({"status": "400", "scope": f"not in {account.token}"}).encode()).decode()

    assert _explain(said, account) == ": status 400; the relay wants the scope not in [secret]"
