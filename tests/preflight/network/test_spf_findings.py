"""What is said of SPF: each planted fault with its place and what to do."""

from __future__ import annotations

import pytest

from tests.preflight.network.examining import Zone, examine, with_spf

pytestmark = pytest.mark.wire


MANY = with_spf(
    "include:i0.own.kr include:i1.own.kr -all",
    **{f"i{n}.own.kr": ['TXT "v=spf1 include:j0.own.kr include:j1.own.kr include:j2.own.kr"'] for n in range(2)},
    **{f"j{n}.own.kr": [f'TXT "v=spf1 {" ".join(["a:mail.own.kr"] * 9)}"'] for n in range(3)},
)


@pytest.mark.parametrize(
    ("zone", "message", "hint"),
    [
        (with_spf(), "own.kr has no SPF record", 'Add this TXT record for own.kr: "v=spf1 a:mail.own.kr ~all".'),
        (
            with_spf("mx ip4:192.0.2.1 -all", "include:x.kr mx ~all"),
            "own.kr has 2 SPF records, and receivers then use none",
            "into one TXT record for own.kr: ",
        ),
        (with_spf("+all"), "the SPF record of own.kr lets everybody send in its name (+all)", '"~all" or "-all"'),
        (
            with_spf(*[" ".join(f"a:mail.own.kr/{n}" for n in range(11))]),
            "the SPF record of own.kr takes 11 DNS lookups; receivers give up after 10",
            "Take out each include",
        ),
        (
            MANY,
            "the SPF record of own.kr takes more than 40 DNS lookups",
            "Take out each include",
        ),
        (
            with_spf("a:x.own.kr a:y.own.kr a:z.own.kr -all"),
            "the SPF record of own.kr names what is not there, and receivers give up after 2 such: a:x.own.kr (",
            "Take these terms out",
        ),
        (
            with_spf("include:own.kr -all"),
            "receivers give up on the SPF record of own.kr: include:own.kr of own.kr leads in a circle",
            "Correct or take out",
        ),
    ],
)
async def test_each_fault_of_spf_is_a_warning(zone: Zone, message: str, hint: str) -> None:
    """None, several, everybody, too many lookups, too many void ones, and what makes receivers give up."""
    (problem,) = await examine(zone)

    assert (problem.level, problem.code, problem.where) == ("warning", "W01", "[sender] from")
    assert problem.message.startswith(message)
    assert hint in problem.hint


async def test_ten_lookups_and_two_void_ones_are_fine() -> None:
    """The limits are those of RFC 7208, 4.6.4, not one less."""
    terms = " ".join([*(f"a:mail.own.kr/{n}" for n in range(8)), "a:x.own.kr", "a:y.own.kr"])

    assert await examine(with_spf(f"{terms} -all")) == []


async def test_several_spf_records_are_joined_in_the_remedy() -> None:
    """The terms of all, once each, with one end."""
    (problem,) = await examine(with_spf("mx ip4:192.0.2.1 -all", "include:x.kr mx ~all"))

    texts = ('"v=spf1 mx ip4:192.0.2.1 include:x.kr ~all"', '"v=spf1 include:x.kr mx ip4:192.0.2.1 ~all"')
    assert problem.hint.endswith(texts)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mx -all", True),
        ("include:_spf.google.com -all", False),
        ("include:spf.own.kr -all", False),
        ("ip4:192.0.2.1 -all", False),
    ],
)
async def test_a_record_that_leaves_out_the_provider_is_told(text: str, told: bool) -> None:
    """Google's include, directly or below another; addresses in the record might be Google's, so nothing is said."""
    google = {
        "_spf.google.com": ['TXT "v=spf1 ip4:192.0.2.9 ~all"'],
        "spf.own.kr": ['TXT "v=spf1 redirect=_spf.google.com"'],
    }
    problems = await examine({**with_spf(text), **google}, relay="smtp.gmail.com")

    assert [problem.code for problem in problems] == ["W01"] * told
    assert all("include:_spf.google.com" in problem.hint for problem in problems)
