"""`outreach check --network`: what DNS says joins the other findings; without the flag DNS is not asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from outreach.assembly import relays
from outreach.clock import SystemClock
from outreach.resolver.memory import RememberingResolver
from tests.flows.campaign import Campaign
from tests.support.loops import entered_in_thread
from tests.support.nameserver import Nameserver

pytestmark = pytest.mark.flow

ZONE = {
    "coalition.org": ["MX 10 mail.coalition.org", 'TXT "v=spf1 a:mail.coalition.org -all"'],
    "mail.coalition.org": ["A 198.41.0.4"],
    "4.0.41.198.in-addr.arpa": ["PTR mail.coalition.org."],
    "_dmarc.coalition.org": ['TXT "v=DMARC1; p=none"'],
    "state.kr": ["MX 10 mail.state.kr"],
    "gone.kr": ["MX 0 ."],
}

StartNameserver = Callable[..., Nameserver]


@pytest.fixture
def start_nameserver(monkeypatch: pytest.MonkeyPatch) -> Iterator[StartNameserver]:
    """Start a nameserver with a zone, and let the command ask it instead of those of this machine."""
    with ExitStack() as stack:

        def start(zone: dict[str, list[str]], **misbehaviour: list[str]) -> Nameserver:
            server = stack.enter_context(entered_in_thread(Nameserver(zone, **misbehaviour), "nameserver"))  # type: ignore[arg-type]
            resolver = RememberingResolver(server.resolver(), SystemClock())
            monkeypatch.setattr(relays, "build_resolver", lambda: resolver)
            return server

        yield start


@pytest.fixture
def real_looking(campaign: Campaign) -> Campaign:
    """A campaign at domains that could be anybody's, with a relay that is not asked for anything."""
    campaign.edit("outreach.toml", "letters@coalition.example", "letters@coalition.org")
    campaign.edit("outreach.toml", "office@coalition.example", "office@coalition.org")
    campaign.edit("outreach.toml", 'host = "127.0.0.1"', 'host = "mail.coalition.org"')
    campaign.edit("outreach.toml", 'security = "none"', 'security = "tls"')
    campaign.contacts(["minister@state.kr,Minister,Excellency,", "chair@state.kr,Chair,Dear Chair,desk@state.kr"])
    return campaign


def test_a_campaign_with_its_records_in_order_has_no_error_and_no_warning(
    real_looking: Campaign, start_nameserver: StartNameserver
) -> None:
    """Only the info that DNS can't show who signs."""
    start_nameserver(ZONE)

    ran = real_looking.run("check", "--network", "--json")

    assert ran.code == 0
    assert ran.json["finding_counts"] == {"I06": 1}


def test_each_fault_stands_among_the_findings(real_looking: Campaign, start_nameserver: StartNameserver) -> None:
    """Level, code, place, message and remedy; an error ends with 3, rows that reach nobody are bad rows."""
    real_looking.contacts(["minister@state.kr,Minister,Excellency,", "a@gone.kr,A,Dear A,", "b@gone.kr,B,Dear B,"])
    start_nameserver({name: records for name, records in ZONE.items() if not name.startswith("_dmarc")})

    ran = real_looking.run("check", "--network", "--bad-rows", "bad.csv")
    as_json = real_looking.run("check", "--network", "--json")

    assert (ran.code, as_json.code) == (3, 3)
    assert "error E16 2 rows are at domains that take no mail: 3, 4" in ran.out
    assert 'Add this TXT record for _dmarc.coalition.org: "v=DMARC1; p=none;' in " ".join(ran.out.split())
    assert as_json.json["finding_counts"] == {"E16": 2, "W02": 1}
    assert as_json.json["findings"][1] == {
        "level": "error",
        "code": "E16",
        "where": "contacts/officials.csv:3",
        "address": "a@gone.kr",
        "message": "gone.kr says that it takes no mail (null MX)",
        "hint": "Correct the address, or take the row out.",
    }
    assert "3 rows read, 1 letter composed" in ran.out
    assert (real_looking.folder / "bad.csv").read_text().count("E16") == 2


def test_without_the_flag_dns_is_not_asked(real_looking: Campaign, start_nameserver: StartNameserver) -> None:
    """Neither by check nor by a dry run."""
    server = start_nameserver({})

    codes = [real_looking.run("check").code, real_looking.run("send", "--dry-run").code]

    assert codes == [0, 0]
    assert not server.asked


def test_a_nameserver_that_answers_nothing_is_no_error(
    real_looking: Campaign, start_nameserver: StartNameserver
) -> None:
    """All that could not be looked up is told, and the check ends with 0."""
    start_nameserver(ZONE, servfail=[*ZONE, "_dmarc.coalition.org", "_dmarc.org"])

    ran = real_looking.run("check", "--network", "--json")

    assert ran.code == 0
    assert set(ran.json["finding_counts"]) == {"I04"}


def test_the_sample_at_reserved_domains_asks_nothing(campaign: Campaign, start_nameserver: StartNameserver) -> None:
    """Its domains are in no DNS, and that is said once."""
    server = start_nameserver({})

    ran = campaign.run("check", "--network", "--json")

    assert ran.code == 0
    assert ran.json["finding_counts"] == {"I04": 1}
    assert not server.asked


def test_the_key_that_we_sign_with_is_compared_with_the_one_in_dns(
    real_looking: Campaign, start_nameserver: StartNameserver
) -> None:
    """Absent or another: an error with the record to add, and nothing of the private key; as printed by show: none."""
    real_looking.write(
        "outreach.toml",
        (real_looking.folder / "outreach.toml").read_text()
        + '\n[dkim]\ndomain = "coalition.org"\nselector = "s1"\nkey_file = "dkim.pem"\n',
    )
    real_looking.run("dkim", "keygen")
    record = real_looking.run("dkim", "show").out.strip()
    text = record.partition(" TXT ")[2]

    start_nameserver(ZONE)
    absent = real_looking.run("check", "--network", "--json")
    start_nameserver({**ZONE, "s1._domainkey.coalition.org": ['TXT "v=DKIM1; k=rsa; p=AAAA"']})
    another = real_looking.run("check", "--network", "--json")
    start_nameserver({**ZONE, "s1._domainkey.coalition.org": [f"TXT {text}"]})
    right = real_looking.run("check", "--network", "--json")

    assert [ran.code for ran in (absent, another, right)] == [3, 3, 0]
    assert [ran.json["finding_counts"] for ran in (absent, another, right)] == [{"E17": 1}, {"E17": 1}, {}]
    assert absent.json["findings"][0]["hint"] == f"Add this record: {record}"
    assert "s1._domainkey.coalition.org is not the key that we sign with" in another.out
