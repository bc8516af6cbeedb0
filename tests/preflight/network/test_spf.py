"""SPF records, read and walked as receivers do."""

from __future__ import annotations

import pytest

from outreach.preflight.network.spf import Spf, walk_spf
from outreach.preflight.network.spf_record import is_spf, parse_spf
from tests.support.nameserver import Nameserver

pytestmark = pytest.mark.wire


def spf(text: str) -> list[str]:
    """The records of a name that has this one."""
    return [f'TXT "v=spf1 {text}"']


async def walk(zone: dict[str, list[str]], domain: str = "own.kr", *, servfail: list[str] | None = None) -> Spf:
    """What the walk over a zone comes to."""
    async with Nameserver({"kr": [], **zone}, servfail=servfail or []) as server:
        return await walk_spf(server.resolver(), domain)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("v=spf1", True), ("V=SPF1 -all", True), ("v=spf10 -all", False), ("v=spf1-all", False), (" v=spf1", False)],
)
def test_a_record_is_known_by_its_first_word(text: str, is_one: bool) -> None:
    """RFC 7208, 4.5."""
    assert is_spf(text) is is_one


@pytest.mark.parametrize(
    ("text", "terms", "wrong"),
    [
        ("mx a:Mail.kr/24//64 -all", ["mx:", "a:Mail.kr", "all:"], []),
        ("a/24 mx//64", ["a:", "mx:"], []),
        ("-all include:late.kr redirect=late.kr", ["all:"], []),
        ("redirect=x.kr exp=why.kr unknown=x", ["redirect:x.kr"], []),
        ("redirect=x.kr redirect=y.kr", ["redirect:x.kr"], ["redirect=y.kr"]),
        ("ip4:192.0.2.0/24 ip6:2001:db8::/32", ["ip4:192.0.2.0/24", "ip6:2001:db8::/32"], []),
        ("ip4:192.0.2 ip6:1.2.3.4 ip4", [], ["ip4:192.0.2", "ip6:1.2.3.4", "ip4"]),
        ("include exists: include:", [], ["include", "exists:", "include:"]),
        ("all:x mx/x ipv4:1.2.3.4 +mx", ["mx:"], ["all:x", "mx/x", "ipv4:1.2.3.4"]),
        ("exists:%{i}._spf.%{d}", ["exists:%{i}._spf.%{d}"], []),
        ("\\xff\\xfe \x1b[31m", [], ["\\xff\\xfe", "\x1b[31m"]),
    ],
)
def test_terms_are_read_as_the_grammar_says(text: str, terms: list[str], wrong: list[str]) -> None:
    """RFC 7208, 12; what stands behind all does not count."""
    record = parse_spf(f"v=spf1 {text}")

    assert [f"{term.name}:{term.domain}" for term in record.terms] == terms
    assert list(record.wrong) == wrong


@pytest.mark.parametrize(
    ("text", "everybody"),
    [
        ("+all", "+all"),
        ("all", "all"),
        ("~all", ""),
        ("?all", ""),
        ("ip4:0.0.0.0/0 -all", "ip4:0.0.0.0/0"),
        ("ip6::: /0", ""),
        ("include:open.kr -all", "+all of open.kr"),
        ("?include:open.kr -all", ""),
        ("redirect=open.kr", "+all of open.kr"),
    ],
)
async def test_everybody_may_send_where_a_term_lets_everybody_in(text: str, everybody: str) -> None:
    """In the record itself, and in one that it includes or redirects to."""
    found = await walk({"own.kr": spf(text), "open.kr": spf("+all")})

    assert found.everybody == everybody


async def test_each_term_that_asks_counts_once_wherever_it_stands() -> None:
    """RFC 7208, 4.6.4: include, a, mx, ptr, exists and redirect, through all that is included; ip4 and all do not."""
    zone = {
        "own.kr": [*spf("a mx ptr exists:there.kr ip4:192.0.2.1 include:one.kr ?all"), "A 192.0.2.1", "MX 1 own.kr"],
        "one.kr": spf("a:there.kr include:two.kr"),
        "two.kr": spf("mx:own.kr redirect=three.kr"),
        "three.kr": spf("exists:%{i}.three.kr -all"),
        "there.kr": ["A 192.0.2.2"],
    }

    found = await walk(zone)

    assert (found.lookups, found.void, found.wrong, found.unknown) == (10, [], [], [])
    assert found.named == {"one.kr", "two.kr", "three.kr"}
    assert found.has_addresses


async def test_what_is_not_there_counts_as_void() -> None:
    """Names that do not exist, and names without such a record."""
    found = await walk({"own.kr": spf("a:no.kr mx exists:text.kr -all"), "text.kr": ['TXT "x"']})

    assert found.void == [
        "a:no.kr (no.kr does not exist)",
        "mx (own.kr has no such record)",
        "exists:text.kr (text.kr has no such record)",
    ]


@pytest.mark.parametrize(
    ("text", "zone", "wrong"),
    [
        ("include:own.kr", {}, "include:own.kr of own.kr leads in a circle"),
        ("include:b.kr", {"b.kr": spf("include:OWN.kr.")}, "include:OWN.kr. of b.kr leads in a circle"),
        ("redirect=own.kr", {}, "redirect=own.kr of own.kr leads in a circle"),
        ("include:no.kr", {}, "include:no.kr: no.kr has no SPF record"),
        ("include:b.kr", {"b.kr": [*spf("mx"), *spf("a")]}, "include:b.kr: b.kr has several SPF records"),
        ("ip5:1.2.3.4", {}, '"ip5:1.2.3.4" of own.kr is no term of SPF'),
        (
            "mx:b.kr",
            {"b.kr": [f"MX 1 m{n}.b.kr" for n in range(11)]},
            "mx:b.kr: b.kr has 11 mail servers; 10 are allowed",
        ),
    ],
)
async def test_what_makes_receivers_give_up_is_named(text: str, zone: dict[str, list[str]], wrong: str) -> None:
    """Circles, includes of nothing, words that are no terms, too many mail servers."""
    found = await walk({"own.kr": spf(text), **zone})

    assert found.wrong == [wrong]


async def test_a_tree_of_includes_is_walked_up_to_a_bound() -> None:
    """Forty levels and a thousand branches cost a bounded number of questions, and are said to be more."""
    zone = {f"{n}.kr": spf(" ".join([f"include:{n + 1}.kr"] * 5)) for n in range(60)}
    async with Nameserver({**zone, "own.kr": spf("include:0.kr")}) as server:
        found = await walk_spf(server.resolver(), "own.kr")

    assert found.cut
    assert found.lookups == 40
    assert server.asked.total() <= 41


async def test_a_huge_record_is_read_over_tcp() -> None:
    """Two thousand addresses are no lookups."""
    addresses = " ".join(f"ip4:10.0.{n // 250}.{n % 250}" for n in range(2000))
    async with Nameserver({"own.kr": [f"v=spf1 {addresses} -all".encode()]}) as server:
        found = await walk_spf(server.resolver(), "own.kr")

    assert (len(found.records), found.lookups, found.wrong) == (1, 0, [])
    assert server.by_tcp["own.kr"] == 1


async def test_no_answer_is_not_known_and_nothing_else() -> None:
    """SERVFAIL for the domain, or for what it includes, is neither void nor wrong."""
    own = await walk({}, servfail=["own.kr"])
    included = await walk({"own.kr": spf("include:b.kr a:b.kr -all")}, servfail=["b.kr"])

    assert (own.is_known, own.unknown) == (False, [("own.kr", "SERVFAIL")])
    assert included.is_known
    assert (included.void, included.wrong) == ([], [])
    assert [name for name, _ in included.unknown] == ["b.kr", "b.kr"]


@pytest.mark.parametrize(("records", "count"), [([], 0), (['TXT "google-site=1"'], 0), ([*spf("mx"), *spf("a")], 2)])
async def test_none_and_several_records_are_told_apart(records: list[str], count: int) -> None:
    """RFC 7208, 4.5: exactly one is right."""
    found = await walk({"own.kr": records})

    assert found.is_known
    assert len(found.records) == count
