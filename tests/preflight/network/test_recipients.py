"""The domains of a list: each asked about once, and the rows at those that take no mail told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from outreach.contacts.address import parse_mailbox
from outreach.contacts.options import ContactsOptions
from outreach.errors import Problem
from outreach.ledger.record_values import Suppression
from outreach.ledger.sqlite import open_ledger
from outreach.model import Contact
from outreach.preflight.network.recipients import examine_recipients
from outreach.resolver.bounded import BoundedResolver
from outreach.resolver.memory import RememberingResolver
from tests.support.clock import FakeClock
from tests.support.nameserver import Nameserver

pytestmark = pytest.mark.wire

ZONE = {
    "good.kr": ["MX 10 mail.good.kr"],
    "address.kr": ["A 192.0.2.1"],
    "null.kr": ["MX 0 ."],
    "nothing.kr": ["TXT x"],
    "circle.kr": ["CNAME circle.kr"],
    "xn--3e0b707e.kr": ["MX 0 ."],
}


def contact(row: int, to: str, *copies: str) -> Contact:
    """A row of the list."""
    return Contact(f"{row}", row, (parse_mailbox(to),), cc=tuple(parse_mailbox(copy) for copy in copies))


async def examine(
    path: Path,
    server: Nameserver,
    contacts: list[Contact],
    suppressed: tuple[str, ...] = (),
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> list[Problem]:
    """The findings on a list."""
    ledger = open_ledger(path / "ledger.db")
    resolver = BoundedResolver(RememberingResolver(server.resolver(), FakeClock()), FakeClock())
    try:
        await ledger.suppress([Suppression(key, key, "asked", "test", 0.0) for key in suppressed])
        async with ledger.roster() as roster:
            await roster.add(contacts)
            found = examine_recipients(
                resolver, roster, ledger, ContactsOptions(file="list.csv"), on_progress=on_progress
            )
            return [problem async for problem in found]
    finally:
        await ledger.close()


async def test_rows_whom_no_mail_can_reach_are_errors_at_their_place(tmp_path: Path) -> None:
    """Null MX, no record, no such domain; of To and of copies; a mere address is enough (RFC 5321, 5.1)."""
    contacts = [
        contact(2, "a@good.kr", "b@null.kr"),
        contact(3, "a@address.kr"),
        contact(4, "a@nothing.kr"),
        contact(5, "a@nowhere.kr"),
        contact(6, "a@한국.kr"),
    ]
    async with Nameserver(ZONE) as server:
        problems = await examine(tmp_path, server, contacts)

    assert [(p.level, p.code, p.where, p.address, p.message) for p in problems] == [
        ("error", "E16", "list.csv:2", "b@null.kr", "null.kr says that it takes no mail (null MX)"),
        ("error", "E16", "list.csv:4", "a@nothing.kr", "nothing.kr has no mail server: neither MX nor address records"),
        ("error", "E16", "list.csv:5", "a@nowhere.kr", "nowhere.kr does not exist"),
        ("error", "E16", "list.csv:6", "a@한국.kr", "한국.kr says that it takes no mail (null MX)"),
    ]
    assert {p.several for p in problems} == {"are at domains that take no mail", "are at domains that do not exist"}


async def test_reserved_domains_and_suppressed_addresses_are_left_alone(tmp_path: Path) -> None:
    """The first have nothing in DNS; the second get no letter."""
    contacts = [contact(2, "a@state.example"), contact(3, "a@null.kr"), contact(4, "b@null.kr")]
    async with Nameserver(ZONE) as server:
        problems = await examine(tmp_path, server, contacts, suppressed=("a@null.kr",))

    assert [problem.where for problem in problems] == ["list.csv:4"]
    assert {name for name, _ in server.asked} == {"null.kr"}


async def test_domains_that_dns_does_not_answer_for_are_one_info(tmp_path: Path) -> None:
    """However many they are; and never an error."""
    contacts = [contact(row, f"a@d{row}.kr") for row in range(2, 12)] + [contact(12, "a@circle.kr")]
    async with Nameserver(ZONE, servfail=[f"d{row}.kr" for row in range(2, 12)]) as server:
        (problem,) = await examine(tmp_path, server, contacts)

    assert (problem.level, problem.code, problem.where) == ("info", "I04", "list.csv")
    assert problem.message.startswith("of 11 domains of recipients 11 could not be looked up: d")
    assert problem.message.endswith(" and 8 more")


@pytest.mark.parametrize("kind", ["MX", "A", "AAAA"])
async def test_half_an_answer_is_not_known_either(tmp_path: Path, kind: str) -> None:
    """Nothing is said to be missing where any of the questions was not answered."""
    async with Nameserver(ZONE, servfail=[f"nothing.kr {kind}"]) as server:
        (problem,) = await examine(tmp_path, server, [contact(2, "a@nothing.kr")])

    assert problem.code == "I04"


async def test_each_domain_is_asked_about_once_and_some_at_a_time(tmp_path: Path) -> None:
    """Two thousand rows at a hundred domains are a hundred questions."""
    zone = {f"d{n}.kr": ["MX 10 mail.good.kr"] for n in range(100)}
    contacts = [contact(row, f"a{row}@d{row % 100}.kr") for row in range(2, 2002)]
    told: list[tuple[int, ...]] = []
    async with Nameserver(zone, delay=0.005) as server:
        problems = await examine(tmp_path, server, contacts, on_progress=lambda *done: told.append(done))

    assert problems == []
    assert told == [(n + 1, 100) for n in range(100)]
    assert server.asked == {(f"d{n}.kr", "MX"): 1 for n in range(100)}
    assert 10 < server.together <= 50
