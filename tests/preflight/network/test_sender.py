"""What is said of the sender's mail servers, of the relay's name, and of what DNS does not answer for."""

from __future__ import annotations

import pytest

from tests.preflight.network.examining import GOOD, KEY, Zone, examine, said, with_spf, without

pytestmark = pytest.mark.wire


async def test_a_domain_that_has_all_it_needs_gives_no_finding() -> None:
    """SPF, DKIM, DMARC, mail servers and a name that leads back: nothing is said."""
    assert await examine(GOOD) == []


@pytest.mark.parametrize(
    ("records", "code", "message"),
    [
        (None, "E16", "own.kr does not exist, so bounces have nowhere to go, and receivers refuse the letters"),
        (["MX 0 ."], "E16", "own.kr says that it takes no mail (null MX), so bounces have nowhere to go"),
        (["TXT x"], "E16", "own.kr has no mail server: neither MX nor address records, so bounces"),
        (["A 198.41.0.4"], "W15", "own.kr has no MX record, but an address, so answers may not arrive"),
    ],
)
async def test_a_sender_that_takes_no_mail_is_told(records: list[str] | None, code: str, message: str) -> None:
    """An error where bounces have nowhere to go, a warning where there is only an address."""
    zone = {name: list(texts) for name, texts in GOOD.items() if name.endswith(".arpa") or name == "office.kr"}
    if records is not None:
        zone["own.kr"] = [*records, 'TXT "v=spf1 mx -all"']
        zone |= {name: GOOD[name] for name in ("_dmarc.own.kr", "s1._domainkey.own.kr", "mail.own.kr")}
    problems = await examine(zone)

    first = problems[0]
    assert (first.code, first.where) == (code, "[sender] from")
    assert first.message.startswith(message)
    assert "Add an MX record for own.kr" in first.hint


async def test_each_address_of_the_sender_is_told_at_its_setting() -> None:
    """Envelope sender, From and Reply-To at three domains."""
    zone = {
        **without("office.kr"),
        "bounces.own.kr": ['TXT "v=spf1 mx -all"', "MX 0 ."],
        "office.kr": ["MX 0 ."],
        "own.kr": ["TXT x"],
    }
    problems = await examine(zone, envelope_from="b@bounces.own.kr")

    assert [(problem.code, problem.where) for problem in problems] == [
        ("E16", "[sender] envelope_from"),
        ("W15", "[sender] from"),
        ("W15", "[sender] reply_to"),
    ]


async def test_a_from_domain_that_does_not_exist_is_an_error() -> None:
    """Also where bounces go elsewhere."""
    problems = await examine(GOOD, from_="a@nowhere.kr", envelope_from="b@own.kr")

    assert said(problems)[0] == (
        "error",
        "E16",
        "[sender] from",
        "nowhere.kr does not exist, and receivers refuse letters from it",
    )


@pytest.mark.parametrize(
    ("relay", "zone", "message"),
    [
        ("mail.own.kr", without("4.0.41.198.in-addr.arpa"), "198.41.0.4, an address of mail.own.kr, has no name"),
        (
            "mail.own.kr",
            {**GOOD, "4.0.41.198.in-addr.arpa": ["PTR other.kr."]},
            "the name of 198.41.0.4, other.kr (PTR), does not lead back",
        ),
        ("198.41.0.5", GOOD, "198.41.0.5, an address of 198.41.0.5, has no name"),
    ],
)
async def test_the_name_of_the_relays_address_is_told(relay: str, zone: Zone, message: str) -> None:
    """An info: whether letters leave from there is not known here."""
    (problem,) = await examine(zone, relay=relay)

    assert (problem.level, problem.code, problem.where) == ("info", "I05", "[relay] host")
    assert problem.message.startswith(message)


@pytest.mark.parametrize("relay", ["localhost", "10.1.2.3", "smtp.office365.com", "smtp.coalition.example"])
async def test_private_addresses_and_known_providers_are_not_asked_about(relay: str) -> None:
    """Nobody outside sees the first; the second care for theirs; the last is an example."""
    zone = {
        **with_spf("include:spf.protection.outlook.com -all"),
        "spf.protection.outlook.com": ['TXT "v=spf1 ip4:192.0.2.1 -all"'],
    }
    problems = await examine(zone, relay=relay)

    assert problems == []


@pytest.mark.parametrize("name", ["own.kr", KEY.name, "_dmarc.own.kr", "office.kr", "4.0.41.198.in-addr.arpa"])
async def test_what_dns_does_not_answer_for_is_never_an_error(name: str) -> None:
    """SERVFAIL for any of the names: infos that say it is not known, and nothing else."""
    problems = await examine(GOOD, servfail=[name])

    assert {(problem.level, problem.code) for problem in problems} <= {("info", "I04")}
    assert bool(problems) is (not name.endswith(".arpa"))
    assert all("SERVFAIL" in problem.message for problem in problems)


async def test_without_any_answer_all_is_infos() -> None:
    """As on a machine without a network."""
    names = [*GOOD, "_dmarc.kr", "kr"]
    problems = await examine(GOOD, servfail=names)

    assert {problem.code for problem in problems} == {"I04"}


async def test_a_sender_at_a_reserved_domain_is_not_asked_about() -> None:
    """The sample campaign's sender has nothing in DNS, and that is no fault."""
    own, office = "letters@coalition.example", "office@coalition.example"
    problems = await examine(GOOD, from_=own, reply_to=office, relay="localhost")

    assert [(problem.level, problem.code) for problem in problems] == [("info", "I04")]


async def test_hostile_records_reach_no_further_than_a_message() -> None:
    """Escapes, control characters and megabytes in records: each finding stays one short line."""
    zone = {
        **GOOD,
        "own.kr": [
            "MX 10 mail.own.kr",
            b"v=spf1 "
            + b"\x1b[31m\xff" * 5000
            + b" a:"
            + b"x" * 9000
            + b" include:"
            + b"y." * 9000
            + b" a:z..kr mx:-.-",
        ],
        "_dmarc.own.kr": [b"v=DMARC1; p=\xff\x00" + b"\x1b" * 20_000],
        KEY.name: [b"v=DKIM1; k=" + b"\x07" * 9000 + b"; p=x"],
    }
    problems = await examine(zone)  # type: ignore[arg-type]

    assert {problem.code for problem in problems} == {"W01", "E17", "W02"}
    assert all(len(problem.message) < 700 and len(problem.hint) < 700 for problem in problems)
