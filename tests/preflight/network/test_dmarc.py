"""DMARC records and organisations by the tree walk of RFC 9989."""

from __future__ import annotations

import pytest

from outreach.preflight.network.dmarc import TreeWalk, walk_tree
from outreach.preflight.network.tags import parse_tags
from tests.support.nameserver import Nameserver

pytestmark = pytest.mark.wire

NONE = ['TXT "v=DMARC1; p=none"']


async def walk(zone: dict[str, list[str]], domain: str, *, servfail: list[str] | None = None) -> TreeWalk:
    """The walk over a zone."""
    async with Nameserver({"kr": [], **zone}, servfail=servfail or []) as server:
        return await walk_tree(server.resolver(), domain)


@pytest.mark.parametrize(
    ("zone", "domain", "organizational", "applied"),
    [
        ({}, "a.kr", "a.kr", None),
        ({"_dmarc.a.kr": NONE}, "a.kr", "a.kr", "a.kr"),
        ({"_dmarc.a.kr": NONE}, "x.mail.a.kr", "a.kr", "a.kr"),
        ({"_dmarc.a.kr": NONE, "_dmarc.mail.a.kr": NONE}, "mail.a.kr", "a.kr", "mail.a.kr"),
        (
            {"_dmarc.a.or.kr": NONE, "_dmarc.or.kr": ['TXT "v=DMARC1; p=none; psd=y"']},
            "b.a.or.kr",
            "a.or.kr",
            "a.or.kr",
        ),
        ({"_dmarc.or.kr": ['TXT "v=DMARC1; p=reject; psd=y"']}, "b.a.or.kr", "a.or.kr", "or.kr"),
        ({"_dmarc.or.kr": ['TXT "v=DMARC1; p=reject; psd=y"']}, "or.kr", "or.kr", "or.kr"),
        ({"_dmarc.a.kr": NONE, "_dmarc.b.a.kr": ['TXT "v=DMARC1; p=none; psd=n"']}, "c.b.a.kr", "b.a.kr", "b.a.kr"),
        ({"_dmarc.a.kr": [*NONE, *NONE]}, "b.a.kr", "a.kr", "a.kr"),
        ({"_dmarc.a.kr": ['TXT "v=spf1 -all"', 'TXT "p=none; v=DMARC1"', *NONE]}, "a.kr", "a.kr", "a.kr"),
        ({"_dmarc.a.kr": ['TXT "v=DMARC1; p=none"', 'TXT "v=DMARC1; p=reject"']}, "a.kr", "a.kr", None),
    ],
)
async def test_record_and_organisation_are_those_of_the_rfc(
    zone: dict[str, list[str]], domain: str, organizational: str, applied: str | None
) -> None:
    """RFC 9989, 4.10.1 and 4.10.2."""
    found = await walk(zone, domain)

    assert found.organizational == organizational
    assert (found.applied.domain if found.applied else None) == applied


async def test_a_long_name_takes_no_more_than_eight_questions() -> None:
    """RFC 9989, 4.10: from the name itself straight to the seven labels at its end."""
    async with Nameserver({"kr": []}) as server:
        await walk_tree(server.resolver(), ".".join([*"abcdefghijkl", "kr"]))

    assert [name for name, _ in server.asked] == [
        "_dmarc.a.b.c.d.e.f.g.h.i.j.k.l.kr",
        *(f"_dmarc.{'.'.join([*'ghijkl'[start:], 'kr'])}" for start in range(7)),
    ]


async def test_the_walk_ends_where_a_record_says_so() -> None:
    """Above a record with psd nothing is asked."""
    async with Nameserver({"kr": [], "_dmarc.b.a.kr": ['TXT "v=DMARC1; p=none; psd=n"']}) as server:
        await walk_tree(server.resolver(), "c.b.a.kr")

    assert [name for name, _ in server.asked] == ["_dmarc.c.b.a.kr", "_dmarc.b.a.kr"]


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("v=DMARC1; p=none", "none"),
        ("v=DMARC1;p=Quarantine;", "quarantine"),
        ("v=DMARC1; rua=mailto:d@a.kr", "none"),
        ("v=DMARC1; p=maybe; rua=mailto:d@a.kr", "none"),
        ("v=DMARC1; p=maybe", ""),
        ("v=DMARC1", ""),
    ],
)
async def test_a_policy_is_what_receivers_make_of_it(text: str, policy: str) -> None:
    """RFC 9989, 4.7: without a valid p, whoever takes reports asks for none."""
    found = await walk({"_dmarc.a.kr": [f'TXT "{text}"']}, "a.kr")

    assert found.applied is not None
    assert found.applied.policy == policy


async def test_no_answer_is_remembered_as_not_known() -> None:
    """A name that SERVFAIL is said for might have a record."""
    found = await walk({"_dmarc.kr": []}, "a.kr", servfail=["_dmarc.a.kr"])

    assert found.unknown == (("_dmarc.a.kr", "SERVFAIL"),)
    assert found.applied is None


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("v=DMARC1 ; p = none ;", {"v": "DMARC1", "p": "none"}),
        ("p=a=b", {"p": "a=b"}),
        ("", {}),
        ("v=DMARC1; p=none; p=none", None),
        ("just words", None),
        ("=x", None),
    ],
)
def test_tags_are_read_or_refused_as_a_whole(text: str, tags: dict[str, str] | None) -> None:
    """RFC 6376, 3.2: a tag that repeats, or is none, spoils the list."""
    assert parse_tags(text) == tags
