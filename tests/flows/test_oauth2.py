"""A send that logs in with tokens, against a token server and the sink; and what is said where that fails."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.flows.campaign import Campaign, Ran
from tests.flows.conftest import StartSink
from tests.support.token_server import Answer, TokenServer, http_answer, refusal, serving_in_thread

pytestmark = [pytest.mark.flow, pytest.mark.wire]

USER = "letters@coalition.example"
REFRESH, CLIENT = "1//refresh-me-not", "GOCSPX-hunter2"
OAUTH2 = """\
security = "none"
username = "letters@coalition.example"
connections = 1
[relay.oauth2]
client_id = "an-id"
client_secret = {{ env = "CLIENT_SECRET" }}
refresh_token = {{ file = "refresh-token" }}
token_url = "{url}"
scope = "https://mail.example/"
"""


class Asked(dict[str, str]):
    """The sink's users: each login is held against the next of these tokens, the last stays."""

    def __init__(self, *tokens: str) -> None:
        super().__init__()
        self._tokens = list(tokens)

    def get(self, user: str, default: object = None) -> str:
        """One login."""
        return self._tokens.pop(0) if len(self._tokens) > 1 else self._tokens[0]


@pytest.fixture
def tokens() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def serve(stack: ExitStack, *answers: Answer | None, life: object = 3600) -> TokenServer:
    return stack.enter_context(serving_in_thread(TokenServer(*answers, user=USER, life=life)))


def use(campaign: Campaign, server: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Log in with tokens of this server."""
    campaign.edit("outreach.toml", 'security = "none"\n', OAUTH2.format(url=server.url))
    campaign.write("refresh-token", REFRESH + "\n")
    (campaign.folder / "refresh-token").chmod(0o600)
    monkeypatch.setenv("CLIENT_SECRET", CLIENT)


def many(campaign: Campaign, count: int = 12) -> None:
    campaign.contacts([f"person{number}@state.example,Person {number},Dear," for number in range(count)])


def assert_no_secret(campaign: Campaign, *ran: Ran) -> None:
    """Not in what was printed, not in any file but the one that holds it: ledger and seal among them."""
    secrets = [REFRESH.encode(), CLIENT.encode(), b"token-1", b"token-2", b"Bearer"]
    printed = "".join(one.out + one.err for one in ran).encode()
    files = [campaign.folder / name for name in campaign.files() if name not in ("refresh-token", "outreach.toml")]
    assert any(path.suffix == ".db" for path in files)
    for where, content in [("printed", printed), *((str(path), path.read_bytes()) for path in files)]:
        assert [secret for secret in secrets if secret in content] == [], where


def test_token_is_fetched_once_and_renewed_when_the_relay_refuses_it(
    campaign: Campaign, start_sink: StartSink, tokens: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Revoked in the middle of a run, it is replaced at the next connection, and every letter leaves."""
    server = serve(tokens)
    users = Asked("token-1", "token-2")
    sink = start_sink("reply:mail:*:421:4.7.0 enough messages on this connection:after=5:times=1", users=users)
    campaign.use_port(sink.port)
    use(campaign, server, monkeypatch)
    many(campaign)

    sent = campaign.run("send", "--yes", "--json")
    log = campaign.run("log", "--attempts", "--json")

    assert sent.code == 0, sent.err
    assert sent.json["counts"]["accepted"] == 12
    assert [form["grant_type"] for form in server.forms] == ["refresh_token"] * 2
    assert {message.user for message in sink.messages} == {USER}
    assert_no_secret(campaign, sent, log, campaign.run("config"), campaign.run("send", "--dry-run"))


def test_token_that_ends_is_renewed_for_the_next_connection(
    campaign: Campaign, start_sink: StartSink, tokens: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has ended is not even shown to the relay: no login is refused."""
    server = serve(tokens, life=0)
    users: Mapping[str, str] = server.users
    sink = start_sink("reply:mail:*:421:4.7.0 enough messages on this connection:after=4:every=4", users=users)
    campaign.use_port(sink.port)
    use(campaign, server, monkeypatch)
    many(campaign)

    sent = campaign.run("send", "--yes", "--json")

    assert sent.code == 0, sent.err
    assert sent.json["counts"]["accepted"] == 12
    assert len(server.forms) == len({message.connection for message in sink.messages}) > 1


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        (
            [refusal("invalid_grant", f"{REFRESH} has been revoked")],
            4,
            [
                "no token for this account: localhost refuses one: invalid_grant, the refresh token has expired",
                "Consent again",
            ],
        ),
        ([refusal("invalid_client", f"bad {CLIENT}")], 4, ["client_id or client_secret is wrong (bad [secret])"]),
        ([http_answer(b"<html>", status="502 Bad Gateway")], 5, ["no token just now: localhost refuses one"]),
        ([b"\x16\x03\x01 garbage\r\n\r\n"], 5, ["localhost answered with something else (no HTTP)"]),
        ([http_answer({"access_token": "stale"})], 4, ["535 5.7.8", "status 401", "the token must be this account's"]),
    ],
)  # fmt: skip
def test_send_without_a_token_sends_nothing_and_says_why(
    campaign: Campaign,
    start_sink: StartSink,
    tokens: ExitStack,
    monkeypatch: pytest.MonkeyPatch,
    answers: list[Answer],
    code: int,
    words: list[str],
) -> None:
    """Refused for good ends with 4, out of reach with 5; the two lines name the reason and no secret."""
    server = serve(tokens, *answers)
    sink = start_sink(users={USER: "token-9"})
    campaign.use_port(sink.port)
    use(campaign, server, monkeypatch)

    checked = campaign.run("check", "--relay")
    sent = campaign.run("send", "--yes")

    said = " ".join(checked.err.split())
    assert (checked.code, sent.code) == (code, code)
    assert [one for one in words if one not in said] == []
    assert "Traceback" not in checked.err + sent.err
    assert sink.count == 0
    assert not any(secret in checked.err + sent.err for secret in (REFRESH, CLIENT, "stale"))


def test_token_from_a_command(campaign: Campaign, start_sink: StartSink, tmp_path: Path) -> None:
    """What a program prints is presented; where it prints something else, the login is refused in words."""
    sink = start_sink(users={USER: "from-a-command"})
    campaign.use_port(sink.port)
    program = tmp_path / "token.py"
    program.write_text("print('from-a-command')")
    command = f'["{sys.executable}", "-S", "{program}"]'
    campaign.edit(
        "outreach.toml",
        'security = "none"\n',
        f'security = "none"\nusername = "{USER}"\noauth2 = {{ token = {{ command = {command} }} }}\n',
    )

    dry = campaign.run("send", "--dry-run")
    program.write_text("print('from-another')")
    refused = campaign.run("send", "--yes")
    program.write_text(
        "import os\ntry:\n    os.mkdir('asked')\nexcept OSError:\n    raise SystemExit(1)\nprint('from-another')"
    )
    not_again = campaign.run("send", "--yes")
    program.write_text("raise SystemExit('secret words')")
    failed = campaign.run("send", "--yes")
    program.write_text("print('from-a-command')")
    sent = campaign.run("send", "--yes")

    assert (dry.code, refused.code, not_again.code, failed.code, sent.code) == (0, 4, 5, 2, 0)
    assert "no token just now" in not_again.err
    assert "gave no access token" in " ".join(not_again.err.split())
    assert "gave no access token" in failed.err
    assert sink.count == 3
    assert not any(
        "from-a" in ran.err + ran.out or "secret words" in ran.err for ran in (dry, refused, not_again, failed, sent)
    )


def test_password_beside_it_is_one_too_many(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ways to log in are a mistake, which the dry run finds."""
    monkeypatch.setenv("P", "x")
    campaign.edit(
        "outreach.toml",
        'security = "none"\n',
        f'security = "none"\nusername = "{USER}"\npassword = {{ env = "P" }}\noauth2 = {{ token = {{ env = "P" }} }}\n',
    )

    ran = campaign.run("send", "--dry-run")

    assert ran.code == 2
    assert "relay.password and relay.oauth2 are both set" in " ".join(ran.err.split())
