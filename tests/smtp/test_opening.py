"""From nothing to a session: greeting, EHLO, TLS and login, and every way they fail."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from dataclasses import replace

import pytest
import trustme

from outreach.model import Lost, Reply, Stage
from outreach.smtp.interface import ConnectFailure
from outreach.smtp.options import Timeouts
from outreach.smtp.session import SmtpSession
from outreach.smtp.tls import build_context
from tests.smtp.conftest import PATIENT, QUICK, fail_to_open, make_relay, open_session
from tests.smtp.servers import Reaction, ScriptedRelay, drip, drop, in_parts, reset, running, stay_silent, upgrade

LOGIN_EHLO = b"250-relay.test\r\n250 AUTH CRAM-MD5 LOGIN PLAIN\r\n"
PLAIN = base64.b64encode(b"\0letters\0hunter2").decode()


async def test_a_session_knows_what_was_offered() -> None:
    """The EHLO keywords are kept in upper case, and a relay that does not say so is no sink."""
    async with running(ScriptedRelay()) as relay:
        session = await open_session(relay.port)
        await session.close()

    assert session.extensions == {"PIPELINING", "SIZE", "ENHANCEDSTATUSCODES"}
    assert not session.is_sink
    assert not session.pipelines  # as the settings say


async def test_pipelining_can_be_forbidden() -> None:
    """The setting counts where the relay offers it."""
    async with running(ScriptedRelay()) as relay:
        session = await open_session(relay.port, pipelining=False)
        await session.close()

    assert not session.pipelines


async def test_the_sink_is_recognised() -> None:
    """The keyword X-OUTREACH-SINK in the EHLO makes a session one to the sink."""
    async with running(ScriptedRelay(ehlo=b"250-relay.test\r\n250 X-Outreach-Sink\r\n")) as relay:
        session = await open_session(relay.port)
        await session.close()

    assert session.is_sink


@pytest.mark.parametrize(
    ("reaction", "reason"),
    [
        (b"what?\r\n", "malformed reply"),
        (b"999 odd\r\n", "malformed reply"),
        (b"%d a\r\n250 b\r\n", "malformed reply: something follows the reply"),
        (drop, "connection closed by the relay"),
        (reset, "connection closed by the relay"),
        (stay_silent, "no reply within"),
        (drip(b"220 slow and steady relay.test\r\n", seconds=0.03), "no reply within"),
    ],
)
@pytest.mark.parametrize(("stage", "code"), [(Stage.GREETING, 220), (Stage.EHLO, 250)])
async def test_a_disorderly_start_is_a_loss(stage: Stage, code: int, reaction: Reaction, reason: str) -> None:
    """No greeting or EHLO reply in time, or more than one, is a loss at its stage, and the connection is closed."""
    reaction = reaction.replace(b"%d", str(code).encode()) if isinstance(reaction, bytes) else reaction
    async with running(ScriptedRelay(**{stage.value: reaction})) as relay:
        failure = await fail_to_open(relay.port, timeouts=QUICK)
        await asyncio.wait_for(relay.hung_up.wait(), 1)

    assert isinstance(failure.answer, Lost)
    assert failure.answer.stage is stage
    assert failure.answer.reason.startswith(reason)
    assert not failure.certificate
    assert not failure.tls_mismatch
    assert relay.connections <= 2  # at most one to ask for TLS


@pytest.mark.parametrize(
    ("stage", "reply", "expected"),
    [
        (Stage.GREETING, b"554 5.7.1 not you\r\n", Reply(Stage.GREETING, 554, "5.7.1", "not you")),
        (Stage.GREETING, b"421-4.3.2 too\r\n421 4.3.2 busy\r\n", Reply(Stage.GREETING, 421, "4.3.2", "too busy")),
        (Stage.EHLO, b"550 bad name\r\n", Reply(Stage.EHLO, 550, "", "bad name")),
        (Stage.EHLO, b"421 bye\r\n", Reply(Stage.EHLO, 421, "", "bye")),
    ],
)
async def test_a_refused_start_is_a_reply(stage: Stage, reply: bytes, expected: Reply) -> None:
    """A refusal in the greeting or to EHLO is handed on as it was said; there is no HELO after it."""
    async with running(ScriptedRelay(**{stage.value: reply})) as relay:
        failure = await fail_to_open(relay.port)

    assert failure == ConnectFailure(expected)
    assert "HELO" not in " ".join(relay.commands)


async def test_an_ehlo_in_parts_is_whole() -> None:
    """An EHLO reply may arrive in several packets."""
    async with running(ScriptedRelay(ehlo=in_parts(b"250-relay", b".test\r\n250-SIZE 5\r\n", b"250 DSN\r\n"))) as relay:
        session = await open_session(relay.port)
        await session.close()

    assert session.extensions == {"SIZE", "DSN"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_nobody_listening_is_told_so(host: str) -> None:
    """A port without a server is a refused connection, also where a host has several addresses."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        failure = await fail_to_open(unused.getsockname()[1], host=host)

    assert failure == ConnectFailure(Lost(Stage.CONNECT, "connection refused"))


async def test_a_silent_handshake_has_the_connect_limit(trusting: ssl.SSLContext) -> None:
    """A port that never answers the TLS handshake is given up after the connect limit, not the greeting's."""
    limits = Timeouts(connect=0.1, greeting=30.0)
    async with running(ScriptedRelay(greeting=stay_silent)) as relay:
        failure = await fail_to_open(relay.port, security="tls", timeouts=limits, tls_context=trusting)

    assert failure == ConnectFailure(Lost(Stage.CONNECT, "no connection within 0.1 s"))


async def test_a_cancelled_connect_leaves_nothing_open() -> None:
    """Cancelling a connect passes on and closes the connection."""
    async with running(ScriptedRelay(ehlo=stay_silent)) as relay:
        task = asyncio.ensure_future(make_relay(relay.port).connect())
        await relay.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(relay.hung_up.wait(), 1)

    assert relay.commands == ["EHLO client.example"]


# --- TLS --------------------------------------------------------------------------------------------------------------


async def test_implicit_tls_carries_letters(server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """With security tls everything is encrypted from the first byte."""
    async with running(ScriptedRelay(), tls=server_tls) as relay:
        session = await open_session(relay.port, security="tls", tls_context=trusting)
        await session.close()

    assert relay.commands == ["EHLO client.example", "QUIT"]


async def test_an_unknown_authority_is_not_trusted(server_tls: ssl.SSLContext) -> None:
    """A certificate of an authority that we do not know ends the try, naming the host; nothing is sent."""
    async with running(ScriptedRelay(), tls=server_tls) as relay:
        failure = await fail_to_open(relay.port, security="tls")

    assert failure.certificate
    assert isinstance(failure.answer, Lost)
    assert failure.answer.stage is Stage.CONNECT
    assert failure.answer.reason.startswith("the certificate of localhost is not trusted: ")
    assert relay.commands == []


async def test_a_certificate_for_another_name_is_not_trusted(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    """A good certificate for another host is none for this one."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("other.example").configure_cert(context)
    async with running(ScriptedRelay(), tls=context) as relay:
        failure = await fail_to_open(relay.port, security="tls", tls_context=trusting)

    assert failure.certificate
    assert isinstance(failure.answer, Lost)
    assert "localhost" in failure.answer.reason
    assert relay.commands == []


def test_our_own_context_is_strict() -> None:
    """Certificates and host names are verified, and nothing older than TLS 1.2 is spoken."""
    context = build_context(None)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


async def test_a_failed_handshake_is_no_mismatch(trusting: ssl.SSLContext) -> None:
    """A relay that wants another version of TLS gives no session; the reason is TLS, neither certificate nor port."""
    alert = bytes([21, 3, 3, 0, 2, 2, 70])  # fatal, protocol_version (RFC 8446, 6)
    async with running(ScriptedRelay(greeting=alert)) as relay:
        failure = await fail_to_open(relay.port, security="tls", tls_context=trusting)

    assert failure == ConnectFailure(Lost(Stage.CONNECT, "TLS failed: tlsv1 alert protocol version"))


async def test_clear_text_where_tls_was_expected_is_a_mismatch(trusting: ssl.SSLContext) -> None:
    """A greeting in clear text on a port that should speak TLS names the setting that fits."""
    async with running(ScriptedRelay()) as relay:
        failure = await fail_to_open(relay.port, security="tls", tls_context=trusting)

    assert failure.tls_mismatch == f'port {relay.port} speaks clear text first: use security = "starttls"'


@pytest.mark.parametrize("security", ["starttls", "none"])
@pytest.mark.parametrize("trusted", [True, False])
async def test_tls_where_clear_text_was_expected_is_a_mismatch(
    security: str, trusted: bool, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """A port that stays silent because it waits for TLS is found out, whether its certificate is trusted or not."""
    context = trusting if trusted else None
    async with running(ScriptedRelay(), tls=server_tls) as relay:
        failure = await fail_to_open(relay.port, security=security, tls_context=context, timeouts=QUICK)

    assert failure.tls_mismatch == f'port {relay.port} speaks TLS from the start: use security = "tls"'


async def test_a_slow_greeting_is_waited_for() -> None:
    """A relay that greets late, but within its limit, gets its session although we asked for TLS meanwhile."""
    greetings: list[Reaction] = [drip(b"220 slow\r\n", seconds=0.02), drop]
    async with running(ScriptedRelay(greeting=greetings)) as relay:
        session = await make_relay(relay.port, timeouts=replace(PATIENT, greeting=0.3)).connect()
        assert isinstance(session, SmtpSession)
        await session.close()

    assert relay.connections == 2


async def test_missing_starttls_is_never_made_up_for() -> None:
    """Without STARTTLS in the EHLO nothing more is sent: no login, no letter in clear text."""
    async with running(ScriptedRelay(ehlo=LOGIN_EHLO)) as relay:
        failure = await fail_to_open(relay.port, security="starttls", username="letters")

    assert failure == ConnectFailure(Lost(Stage.STARTTLS, "localhost offers no STARTTLS"))
    assert relay.commands == ["EHLO client.example"]


@pytest.mark.parametrize(
    ("reaction", "expected"),
    [
        (b"454 4.7.0 not now\r\n", Reply(Stage.STARTTLS, 454, "4.7.0", "not now")),
        (drop, Lost(Stage.STARTTLS, "connection closed by the relay")),
    ],
)
async def test_a_refused_starttls_ends_the_try(reaction: Reaction, expected: Reply | Lost) -> None:
    """After a refused STARTTLS nothing more is sent."""
    ehlo = b"250-relay.test\r\n250 STARTTLS\r\n"
    async with running(ScriptedRelay(ehlo=ehlo, starttls=reaction)) as relay:
        failure = await fail_to_open(relay.port, security="starttls")

    assert failure == ConnectFailure(expected)
    assert relay.commands == ["EHLO client.example", "STARTTLS"]


@pytest.mark.parametrize("follow", [b"", b"250 injected\r\n"])
async def test_a_failed_upgrade_ends_the_try(follow: bytes) -> None:
    """A 220 to STARTTLS without TLS behind it, or with a reply slipped in, gives no session and shows nothing."""
    ehlo = b"250-relay.test\r\n250 STARTTLS\r\n"
    reaction = in_parts(b"220 go\r\n" + follow, b"250 still in clear text\r\n")
    async with running(ScriptedRelay(ehlo=ehlo, starttls=reaction)) as relay:
        failure = await fail_to_open(relay.port, security="starttls", username="letters")

    assert failure.answer.stage is Stage.STARTTLS
    assert [command for command in relay.commands if command.isprintable()][:3] == relay.commands[:2]


async def test_what_was_said_before_tls_is_forgotten(server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """What was slipped in behind the 220, and the EHLO from before, count for nothing under TLS (RFC 3207, 4.2)."""
    ehlos: list[Reaction] = [b"250-relay.test\r\n250 STARTTLS\r\n", b"250-relay.test\r\n250 DSN\r\n"]
    starttls = upgrade(server_tls, slipped_in=b"250-relay.test\r\n250 FORGED\r\n")
    async with running(ScriptedRelay(ehlo=ehlos, starttls=starttls)) as relay:
        session = await open_session(relay.port, security="starttls", tls_context=trusting)
        await session.close()

    assert session.extensions == {"DSN"}
    assert relay.commands == ["EHLO client.example", "STARTTLS", "EHLO client.example", "QUIT"]


# --- login ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offer", "first"),
    [
        (b"AUTH LOGIN PLAIN", f"AUTH PLAIN {PLAIN}"),
        (b"AUTH CRAM-MD5 LOGIN", f"AUTH LOGIN {base64.b64encode(b'letters').decode()}"),
        (b"AUTH=PLAIN", f"AUTH PLAIN {PLAIN}"),
    ],
)
async def test_login_takes_plain_or_else_login(offer: bytes, first: str) -> None:
    """PLAIN is taken where it is offered, else LOGIN; nothing that is not offered."""
    auth: Reaction = b"334 UGFzc3dvcmQ6\r\n" if "LOGIN" in first else b"235 ok\r\n"
    ehlo = b"250-relay.test\r\n250 " + offer + b"\r\n"
    encoded = base64.b64encode(b"hunter2").decode().lower()
    async with running(ScriptedRelay(ehlo=ehlo, auth=auth, **{encoded: b"235 ok\r\n"})) as relay:
        session = await open_session(relay.port, username="letters")
        await session.close()

    assert relay.commands[1] == first


async def test_a_refused_login_is_not_repeated() -> None:
    """One wrong password is one try, however many methods are offered, and it never shows in the answer."""
    echo = f"535 5.7.8 bad: {PLAIN} or hunter2\r\n".encode()
    async with running(ScriptedRelay(ehlo=LOGIN_EHLO, auth=echo)) as relay:
        failure = await fail_to_open(relay.port, username="letters")

    assert failure == ConnectFailure(Reply(Stage.AUTH, 535, "5.7.8", "bad: [secret] or [secret]"))
    assert [command.split()[0] for command in relay.commands] == ["EHLO", "AUTH"]


@pytest.mark.parametrize(
    ("ehlo", "end"),
    [(b"250 relay.test\r\n", "none at all"), (b"250-relay.test\r\n250 AUTH CRAM-MD5\r\n", "only CRAM-MD5")],
)
async def test_no_login_offered_is_no_reason_to_go_on_without(ehlo: bytes, end: str) -> None:
    """A relay that offers no login we know gets no letters when a username is set."""
    async with running(ScriptedRelay(ehlo=ehlo)) as relay:
        failure = await fail_to_open(relay.port, username="letters")

    assert isinstance(failure.answer, Lost)
    assert failure.answer.stage is Stage.AUTH
    assert failure.answer.reason == f"the relay offers no login that we know (PLAIN or LOGIN), {end}"
    assert relay.commands == ["EHLO client.example"]


@pytest.mark.parametrize("reaction", [drop, stay_silent, b"235 ok\r\n250 extra\r\n", b"what?\r\n"])
async def test_a_disorderly_login_is_a_loss(reaction: Reaction) -> None:
    """A login that is not answered by one reply is a loss at stage auth."""
    async with running(ScriptedRelay(ehlo=LOGIN_EHLO, auth=reaction)) as relay:
        failure = await fail_to_open(relay.port, username="letters", timeouts=QUICK)

    assert isinstance(failure.answer, Lost)
    assert failure.answer.stage is Stage.AUTH
