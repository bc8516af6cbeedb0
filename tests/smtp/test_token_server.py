"""Asking a token server, whatever it answers."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from outreach.smtp.oauth2 import NoToken, Token
from outreach.smtp.token_server import RefreshedToken
from tests.smtp.conftest import SYSTEM_TRUST
from tests.support.token_server import TokenServer, http_answer, refusal, serving

pytestmark = pytest.mark.wire

REFRESH, CLIENT = "refresh-me-not", "client-secret"
GOOD = {"access_token": "token-1", "token_type": "bearer", "expires_in": 3599}


def source(server: TokenServer, *, context: ssl.SSLContext = SYSTEM_TRUST, seconds: float = 5.0) -> RefreshedToken:
    return RefreshedToken(
        server.url,
        client_id="an-id",
        client_secret=CLIENT,
        refresh_token=REFRESH,
        scope="https://mail.example/ offline",
        context=context,
        seconds=seconds,
    )


async def test_form_is_that_of_rfc_6749() -> None:
    """The refresh token is posted with id, secret and scope, and the answer's token and life are taken."""
    async with serving(TokenServer()) as server:
        token = await source(server).fetch()

    assert token == Token("token-1", 3600.0)
    assert server.forms == [
        {
            "grant_type": "refresh_token",
            "refresh_token": REFRESH,
            "client_id": "an-id",
            "client_secret": CLIENT,
            "scope": "https://mail.example/ offline",
        }
    ]
    assert server.heads[0].startswith("POST /token HTTP/1.1\r\nHost: localhost:")


async def test_refresh_token_that_is_given_in_its_place_is_used_from_then_on() -> None:
    """A server that rotates refresh tokens is followed."""
    async with serving(TokenServer(http_answer(GOOD | {"refresh_token": "another"}), None)) as server:
        asked = source(server)
        await asked.fetch()
        await asked.fetch()

    assert [form["refresh_token"] for form in server.forms] == [REFRESH, "another"]


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
BODY = b'{"access_token": "token-1", "token_type": "Bearer", "expires_in": "3599"}'


async def in_pieces(writer: asyncio.StreamWriter) -> None:
    for piece in (b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: %d\r\n\r\n" % len(BODY), BODY[:7], BODY[7:]):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)
    await asyncio.sleep(30)  # and it does not close


@pytest.mark.parametrize(
    "answer", [in_pieces, CHUNKED % (len(BODY), BODY), b"HTTP/1.0 200 OK\r\n\r\n" + BODY, http_answer(BODY)]
)
async def test_answers_end_as_they_say(answer: bytes) -> None:
    """By length, in chunks or with the connection; in one piece or several."""
    async with serving(TokenServer(answer)) as server:
        token = await source(server).fetch()

    assert token == Token("token-1", 3599.0)


async def slow(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def drip(writer: asyncio.StreamWriter) -> None:
    for byte in http_answer(GOOD):
        writer.write(bytes([byte]))
        await asyncio.sleep(0.05)


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n")
    while True:
        writer.write(b" " * 4096)
        await writer.drain()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


NOT_FINAL, FINAL = False, True


@pytest.mark.parametrize(
    ("answer", "words", "is_final"),
    [
        (slow, "gave none within 0.4 s", NOT_FINAL),
        (drip, "gave none within 0.4 s", NOT_FINAL),
        (endless, "answered with something else (too long an answer)", NOT_FINAL),
        (hang_up, "localhost", NOT_FINAL),
        (b"220 mail.example ESMTP\r\n\r\n", "answered with something else (no HTTP)", NOT_FINAL),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{}", "(half an answer)", NOT_FINAL),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "something else", NOT_FINAL),
        (http_answer(b"<html>log in</html>"), "answered without one", NOT_FINAL),
        (http_answer(b"[" * 50_000), "answered without one", NOT_FINAL),
        (http_answer(b'["access_token"]'), "answered without one", NOT_FINAL),
        (http_answer({"access_token": "a\r\nRSET", "token_type": "Bearer"}), "answered without one", NOT_FINAL),
        (http_answer({"access_token": "a\x01auth=Bearer b"}), "answered without one", NOT_FINAL),
        (http_answer({"access_token": ["a"]}), "answered without one", NOT_FINAL),
        (http_answer({"access_token": "a", "token_type": "mac"}), "of a kind that is no use here", FINAL),
        (http_answer(b"busy", status="503 Busy"), "refuses one: status 503", NOT_FINAL),
        (http_answer({"error": "slow_down"}, status="429 Wait"), "refuses one: slow_down", NOT_FINAL),
        (http_answer(b"", status="302 Found", headers="Location: http://127.0.0.1:1/\r\n"), "status 302", NOT_FINAL),
        (
            refusal("invalid_grant", "Token has been expired or revoked."),
            "refuses one: invalid_grant, the refresh token has expired, was revoked or is another client's "
            "(Token has been expired or revoked.)",
            FINAL,
        ),
        (refusal("invalid_client", f"no {CLIENT}\n{REFRESH}\x1b[31m"), "no [secret] [secret] [31m", FINAL),
        (refusal("invalid_scope", "x" * 5000), f"({'x' * 200})", FINAL),
        (refusal("interaction_required"), "refuses one: interaction_required", FINAL),
    ],
)
async def test_what_is_no_token_is_told_in_words(answer: bytes, words: str, is_final: bool) -> None:
    """A server that refuses is not asked again, any other trouble is; nobody waits longer than the limit."""
    async with serving(TokenServer(answer)) as server:
        found = await source(server, seconds=0.4 if words.endswith("0.4 s") else 5.0).fetch()

    assert isinstance(found, NoToken)
    assert words in found.reason
    assert found.is_final is is_final
    assert not any(secret in found.reason for secret in (REFRESH, CLIENT))
    assert len(server.forms) == 1


@pytest.mark.parametrize(
    ("life", "seconds"), [("7200", 7200.0), (0, 0.0), (None, 300.0), ("soon", 300.0), (-5, 300.0), (1e400, 300.0)]
)
async def test_life_of_a_token_is_a_number_or_unknown(life: object, seconds: float) -> None:
    """What says nothing of its end is good for five minutes, then asked for again."""
    async with serving(TokenServer(life=life)) as server:
        token = await source(server).fetch()

    assert token == Token("token-1", seconds)


async def test_a_server_that_is_not_there_is_asked_again_later() -> None:
    """Nobody listens: no refusal."""
    server = TokenServer()
    server.port = 1

    found = await source(server).fetch()

    assert isinstance(found, NoToken)
    assert "localhost can't be reached" in found.reason
    assert not found.is_final


async def test_certificate_is_verified(server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """Over https the secrets go to a server whose certificate is trusted, and to no other."""
    async with serving(TokenServer(), tls=server_tls) as server:
        untrusted = await source(server).fetch()
        asked_before = len(server.forms)
        trusted = await source(server, context=trusting).fetch()

    assert isinstance(untrusted, NoToken)
    assert "the certificate of localhost is not trusted" in untrusted.reason
    assert untrusted.is_final
    assert asked_before == 0
    assert trusted == Token("token-1", 3600.0)


async def test_form_that_the_server_repeats_is_told_without_its_secrets() -> None:
    """Also as it was sent, percent-encoded."""
    form = "refresh_token=1%2F%2Fold%2Bone&client_secret=a%2Fb%3Dc"
    async with serving(TokenServer(refusal("invalid_request", f"can't read {form}"))) as server:
        refreshed = RefreshedToken(
            server.url,
            client_id="an-id",
            client_secret="a/b=c",
            refresh_token="1//old+one",
            scope="",
            context=SYSTEM_TRUST,
        )
        answer = await refreshed.fetch()

    assert isinstance(answer, NoToken)
    assert "refresh_token=[secret]&client_secret=[secret]" in answer.reason
