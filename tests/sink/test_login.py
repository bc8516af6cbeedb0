"""AUTH PLAIN, LOGIN, XOAUTH2 and OAUTHBEARER, right and wrong."""

from __future__ import annotations

import base64

import pytest

from outreach.sink.record import Kind
from tests.sink.talking import details, greeted
from tests.support.sinks import running_sink


def _coded(text: str) -> bytes:
    return base64.b64encode(text.encode())


TOKEN = _coded("user=user\x01auth=Bearer Päss\x01\x01")
BEARER = _coded("n,a=user,\x01host=x\x01port=25\x01auth=Bearer Päss\x01\x01")
BAD_TOKEN = _coded("user=user\x01auth=Bearer old\x01\x01")
PLAIN = b"AUTH PLAIN " + _coded("\0user\0Päss")


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ([PLAIN], [235]),
        ([b"auth plain", _coded("\0user\0Päss")], [334, 235]),
        ([b"AUTH LOGIN", _coded("user"), _coded("Päss")], [334, 334, 235]),
        ([b"AUTH LOGIN " + _coded("user"), _coded("Päss")], [334, 235]),
        ([b"AUTH PLAIN " + _coded("\0user\0wrong")], [535]),
        ([b"AUTH LOGIN", _coded("stranger"), _coded("Päss")], [334, 334, 535]),
        ([b"AUTH LOGIN", b"="], [334, 334]),
        ([b"AUTH PLAIN", b"*", b"NOOP"], [334, 501, 250]),
        ([b"AUTH PLAIN not-base64", b"NOOP"], [501, 250]),
        ([b"AUTH PLAIN " + base64.b64encode(b"\0\xff\0x")], [501]),
        ([b"AUTH PLAIN " + _coded("no-nulls")], [501]),
        ([b"AUTH CRAM-MD5", b"AUTH"], [504, 504]),
        ([b"AUTH XOAUTH2 " + TOKEN], [235]),
        ([b"AUTH XOAUTH2", TOKEN], [334, 235]),
        ([b"AUTH OAUTHBEARER " + BEARER], [235]),
        ([b"AUTH XOAUTH2 " + BAD_TOKEN, b"", b"NOOP"], [334, 535, 250]),
        ([b"AUTH XOAUTH2 " + BAD_TOKEN, b"AQ==", b"NOOP"], [334, 501, 250]),
        ([b"AUTH XOAUTH2 " + BAD_TOKEN, b"", b"AUTH XOAUTH2 " + TOKEN], [334, 535, 235]),
        ([b"AUTH OAUTHBEARER " + BEARER[:-4] + b"AAAA", b"AQ=="], [501, 500]),
        ([b"AUTH OAUTHBEARER " + _coded("n,a=user,\x01auth=Bearer old\x01\x01"), b"AQ=="], [334, 535]),
        ([b"AUTH OAUTHBEARER " + _coded("n,a=user,\x01auth=Bearer old\x01\x01"), b""], [334, 501]),
        ([b"AUTH XOAUTH2 " + _coded("user=user\x01auth=Bearer Päss")], [501]),
        ([b"AUTH XOAUTH2 " + BEARER], [501]),
        ([PLAIN, PLAIN], [235, 503]),
        ([b"AUTH PLAIN " + _coded("\0user\0wrong"), PLAIN, b"MAIL FROM:<>"], [535, 235, 250]),
        ([b"MAIL FROM:<>"], [530]),
    ],
)
async def test_login(lines: list[bytes], codes: list[int]) -> None:
    """Who has the password gets in; who has not, or can't be understood, does not."""
    async with running_sink(users={"user": "Päss"}) as sink, greeted(sink) as talker:
        got = [int((await talker.ask(line))[:3]) for line in lines]

    assert got == codes


async def test_any_login_is_welcome_where_no_users_are_known() -> None:
    """A sink without users takes any login, and none."""
    async with running_sink() as sink, greeted(sink) as talker:
        reply = await talker.ask(b"AUTH PLAIN " + _coded("\0minister\0x"))
        await talker.send()

    assert reply[:3] == b"235"
    assert [message.user for message in sink.messages] == ["minister"]


async def test_login_that_is_not_offered_is_refused() -> None:
    """Without AUTH in the EHLO the command is not known."""
    async with running_sink(extensions=("PIPELINING",)) as sink, greeted(sink) as talker:
        assert (await talker.ask(PLAIN))[:3] == b"502"


async def test_record_holds_no_credentials() -> None:
    """Neither the command nor the responses of a login are recorded in readable form."""
    async with running_sink() as sink, greeted(sink) as talker:
        await talker.ask(b"AUTH LOGIN " + _coded("user"))
        await talker.ask(_coded("secret"))
        await talker.ask(b"RSET")

    assert details(sink, Kind.COMMAND)[1:] == ["AUTH LOGIN ***", "RSET"]
    assert not any("c2VjcmV0" in event.detail or "dXNlcg" in event.detail for event in sink.record)
