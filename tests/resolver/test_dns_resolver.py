"""Questions to a real DNS server on loopback: what it says, and what it leaves unsaid."""

from __future__ import annotations

import asyncio
import random

import pytest

from outreach.resolver.answers import Answer, Found, Kind, ask_addresses
from tests.support.nameserver import Nameserver, Zone

pytestmark = pytest.mark.wire

ZONE: Zone = {
    "coalition.kr": ["MX 20 b.coalition.kr", "MX 10 A.coalition.kr", 'TXT "v=spf1 " "mx -all"', "A 192.0.2.1"],
    "six.kr": ["AAAA 2001:db8::1"],
    "null.kr": ["MX 0 ."],
    "www.coalition.kr": ["CNAME coalition.kr"],
    "one.circle.kr": ["CNAME two.circle.kr"],
    "two.circle.kr": ["CNAME one.circle.kr"],
    "dangling.kr": ["CNAME nowhere.else.kr"],
    "hostile.kr": [bytes(range(256)), b"v=spf1 \xff\xfe\x00\n\x1b[31m"],
    "huge.kr": [b"x" * 30_000],
    "1.2.0.192.in-addr.arpa": ["PTR Mail.coalition.kr."],
}


async def ask(name: str, kind: Kind, **misbehaviour: list[str]) -> Answer:
    """The answer of a server with the zone."""
    async with Nameserver(ZONE, **misbehaviour) as server:  # type: ignore[arg-type]
        impatient = {"question_seconds": 0.5, "try_seconds": 0.3}
        waits_in_vain = name in server.silent or name in server.garbage
        return await server.resolver(**(impatient if waits_in_vain else {})).ask(name, kind)


@pytest.mark.parametrize(
    ("name", "kind", "records"),
    [
        ("coalition.kr", Kind.MX, ("a.coalition.kr", "b.coalition.kr")),
        ("COALITION.kr.", Kind.TXT, ("v=spf1 mx -all",)),
        ("null.kr", Kind.MX, ("",)),
        ("www.coalition.kr", Kind.A, ("192.0.2.1",)),
        ("six.kr", Kind.AAAA, ("2001:db8::1",)),
        ("1.2.0.192.in-addr.arpa", Kind.PTR, ("mail.coalition.kr",)),
    ],
)
async def test_records_are_given_in_one_form(name: str, kind: Kind, records: tuple[str, ...]) -> None:
    """Hosts in small letters without their dot, exchanges by preference, the strings of a text joined."""
    answer = await ask(name, kind)

    assert answer == Answer(Found.RECORDS, records, ttl=300)


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("coalition.kr", Kind.AAAA, Found.NOTHING),
        ("else.kr", Kind.A, Found.NO_NAME),
        ("dangling.kr", Kind.A, Found.NO_NAME),
        ("a..kr", Kind.A, Found.NO_NAME),
        (f"{'a' * 64}.kr", Kind.A, Found.NO_NAME),
        (".".join(["a" * 60] * 5), Kind.A, Found.NO_NAME),
        ("한국.kr", Kind.A, Found.NO_NAME),
    ],
)
async def test_what_is_not_there_is_void(name: str, kind: Kind, found: Found) -> None:
    """A name without such a record, a name that does not exist, and one that can't be a name."""
    answer = await ask(name, kind)

    assert answer == Answer(found)
    assert answer.is_void


@pytest.mark.parametrize(
    ("name", "misbehaviour", "why"),
    [
        ("coalition.kr", {"servfail": ["coalition.kr"]}, "SERVFAIL"),
        ("coalition.kr", {"silent": ["coalition.kr"]}, "no answer within 0.5 s"),
        ("coalition.kr", {"garbage": ["coalition.kr"]}, "no answer within 0.5 s"),
        ("one.circle.kr", {}, "no usable answer"),
    ],
)
async def test_no_answer_means_not_known(name: str, misbehaviour: dict[str, list[str]], why: str) -> None:
    """SERVFAIL, silence, octets that are no DNS, and aliases in a circle: nothing follows from any of them."""
    answer = await ask(name, Kind.A, **misbehaviour)

    assert answer == Answer(Found.UNKNOWN, why=why)
    assert not answer.is_void


async def test_a_port_where_nobody_is_means_not_known() -> None:
    """A nameserver that is not there raises nothing."""
    async with Nameserver(ZONE) as server:
        resolver = server.resolver(question_seconds=0.5)

    answer = await resolver.ask("coalition.kr", Kind.A)

    assert answer.found is Found.UNKNOWN
    assert answer.why


async def test_a_truncated_answer_is_asked_for_by_tcp() -> None:
    """30,000 octets of text arrive whole, by TCP."""
    async with Nameserver(ZONE) as server:
        answer = await server.resolver().ask("huge.kr", Kind.TXT)

    assert answer.records == ("x" * 30_000,)
    assert (server.asked["huge.kr", "TXT"], server.by_tcp["huge.kr"]) == (2, 1)


async def test_a_spoilt_answer_is_an_answer_or_not_known() -> None:
    """Octets changed and cut off at random: nothing is raised, whatever the kind."""
    chance = random.Random(7)

    def spoil(reply: bytes) -> bytes:
        octets = bytearray(reply)
        behind_question = len(octets) // 2
        for _ in range(chance.choice([0, 0, 1, 4])):
            octets[chance.randrange(behind_question, len(octets))] = chance.randrange(256)
        return bytes(octets[: chance.choice([len(octets)] * 3 + [chance.randrange(12, len(octets) + 1)])])

    questions = [(name, kind) for name in ZONE for kind in Kind] * 2
    async with Nameserver(ZONE, spoil=spoil) as server:
        resolver = server.resolver(question_seconds=3.0, try_seconds=1.0)
        answers = await asyncio.gather(*(resolver.ask(name, kind) for name, kind in questions))

    assert any(answer.found is Found.RECORDS for answer in answers)


async def test_hostile_octets_become_escapes() -> None:
    """What is no ASCII is escaped; the rest is for whoever prints."""
    answer = await ask("hostile.kr", Kind.TXT)

    assert all(text.isascii() for text in answer.records)
    assert any("\\xff\\xfe" in text for text in answer.records)


@pytest.mark.parametrize(
    ("name", "servfail", "found"),
    [
        ("coalition.kr", [], Found.RECORDS),
        ("six.kr", [], Found.RECORDS),
        ("null.kr", [], Found.NOTHING),
        ("else.kr", [], Found.NO_NAME),
        ("null.kr", ["null.kr"], Found.UNKNOWN),
        ("null.kr", ["null.kr A"], Found.UNKNOWN),
        ("null.kr", ["null.kr AAAA"], Found.UNKNOWN),
        ("six.kr", ["six.kr A"], Found.RECORDS),
    ],
)
async def test_addresses_are_of_either_kind(name: str, servfail: list[str], found: Found) -> None:
    """IPv4, else IPv6; void only where surely neither is there."""
    async with Nameserver(ZONE, servfail=servfail) as server:
        answer = await ask_addresses(server.resolver(), name)

    assert answer.found is found


async def test_a_nameserver_that_denies_the_root_is_not_believed() -> None:
    """Off the network some answer so to every name; then nothing is known of any, and that is asked once."""
    async with Nameserver({}, denies_root=True) as server:
        resolver = server.resolver()
        answers = await asyncio.gather(*(resolver.ask(f"d{n}.kr", Kind.MX) for n in range(5)))

    assert {answer.found for answer in answers} == {Found.UNKNOWN}
    assert answers[0].why == "the nameserver of this machine knows no names, not even the root of DNS"
