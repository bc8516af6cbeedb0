"""From us over one real Postfix (TLS, login) to another: what was signed arrives as it was, whoever looks at it."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach.message.dkim import without_signatures
from tests.flows.campaign import Campaign
from tests.message.reading import headers, parse
from tests.support.dkim_keys import BOTH, signing_in, verdicts
from tests.support.opendkim import opendkim_lacks, opendkim_results
from tests.support.postfix import PASSWORD, USER, PostfixPair, postfix_lacks, postfix_pair

_LACKS = postfix_lacks("saslpasswd2") or opendkim_lacks()

pytestmark = [pytest.mark.flow, pytest.mark.skipif(bool(_LACKS), reason=_LACKS)]

_DOMAIN = "gov.example"
_PASS = {"s1": "pass", "e1": "pass"}

_LETTER = """\
+++
subject = "강제송환 중단을 촉구합니다: a call to {{ name }} to stop the forcible repatriation of escapees"
+++
{{ salutation }},

we  call on **{{ name }}** to speak up. 강제송환을 멈춰 주십시오.
From the border we hear this:

| when | who |
| --- | --- |
| 9 October | 600 people |

.

![Our seal](seal.png) <https://coalition.example/{{ name }}>
"""

_TOKEN = 65  # characters
_COPIES = f"chief@{_DOMAIN}; 비서실 <desk@{_DOMAIN}>"
_ROWS = [
    f"minister@{_DOMAIN},홍길동 장관,Excellency,{_COPIES},archive@{_DOMAIN}",
    f"홍길동@{_DOMAIN},Minister of State,각하께,,",
    f"long@{_DOMAIN},{'이름 ' * 60}x,{'Dear ' * 190}x,,",
    f'"tabs@{_DOMAIN}","a\tb  c","Dear ""Sir"", or \tMadam ",,',
]


@pytest.fixture
def pair() -> Iterator[PostfixPair]:
    """The two servers."""
    with postfix_pair(_DOMAIN) as pair:
        yield pair


@pytest.fixture
def sending(campaign: Campaign, pair: PostfixPair, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """A campaign with everything that a letter can have, which goes through them."""
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    campaign.use_port(pair.port)
    login = f'username = "{USER}"\npassword = {{ env = "SMTP_PASSWORD" }}\nca_file = "{pair.ca_file}"'
    campaign.edit("outreach.toml", 'security = "none"', f'security = "starttls"\n{login}')
    campaign.edit("outreach.toml", "date = 2023-10-16", 'date = 2023-10-16\nattachments = ["서한.pdf"]')
    campaign.edit("outreach.toml", "[relay]", 'organization = "연합 Coalition"\n\n[relay]')
    campaign.write("outreach.toml", (campaign.folder / "outreach.toml").read_text() + BOTH)
    campaign.write("서한.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 200)
    campaign.write("seal.png", b"\x89PNG\r\n\x1a\n" + bytes(999))
    campaign.write("templates/letter.md", _LETTER)
    campaign.contacts(_ROWS, header="email,name,salutation,cc,bcc")
    assert campaign.run("dkim", "keygen").code == 0
    return campaign


def as_sent(arrived: bytes) -> bytes:
    """The message without what the servers have put in front of it."""
    return arrived[arrived.index(b"DKIM-Signature:") :]


def digests_of(campaign: Campaign) -> set[str]:
    """What the ledger knows of the messages: SHA-256 over all but the signatures."""
    journal = sqlite3.connect(f"file:{campaign.folder}/.outreach/ledger.db?mode=ro", uri=True)
    try:
        bodies = [json.loads(body) for (body,) in journal.execute("SELECT body FROM journal WHERE kind = 'intent'")]
    finally:
        journal.close()
    return {body["digest"] for body in bodies}


def test_letters_arrive_as_they_were_signed(sending: Campaign, pair: PostfixPair, tmp_path: Path) -> None:
    """Octet for octet below what the servers add, and two verifiers find both signatures of each good."""
    sent = sending.run("send", "--yes", "--json")
    assert sent.code == 0, sent.out + sent.err
    arrived = pair.messages(7)  # four letters; the first of them to three more recipients

    assert sent.json["counts"]["accepted"] == 4
    assert {hashlib.sha256(without_signatures(as_sent(one))).hexdigest() for one in arrived} == digests_of(sending)
    keys = signing_in(sending.folder)
    assert [verdicts(one, keys) for one in arrived] == [[True, True]] * 7
    assert [opendkim_results(one, keys, tmp_path) for one in arrived] == [_PASS] * 7
    changed = arrived[0].replace(b"Content-Type: text/plain", b"Content-Type: text/plaid", 1)
    assert verdicts(changed, keys) == [False, False]
    assert opendkim_results(changed, keys, tmp_path) == {"s1": "fail", "e1": "fail"}


def test_long_unsubscribe_address_arrives_as_it_is(sending: Campaign, pair: PostfixPair, tmp_path: Path) -> None:
    """A URL of 300 characters and its partner for one click, signed, neither folded inside nor encoded (RFC 8058)."""
    url = "https://letters.coalition.example/".ljust(300 - 1 - _TOKEN, "u")
    sending.edit("outreach.toml", "date = 2023-10-16", 'date = 2023-10-16\npurpose = "subscribed"')
    sending.edit("outreach.toml", "organization", 'postal_address = "1 Long Road, Seoul"\norganization')
    section = f'\n[unsubscribe]\nurl = "{url}"\nmailto = "off@coalition.example"\n'
    sending.write("outreach.toml", (sending.folder / "outreach.toml").read_text() + section)
    sending.contacts([row.replace(_COPIES, "") for row in _ROWS], header="email,name,salutation,cc,bcc")

    sent = sending.run("send", "--yes", "--json")
    assert sent.code == 0, sent.out + sent.err
    arrived = pair.messages(5)  # the first of four also to its Bcc

    assert {hashlib.sha256(without_signatures(as_sent(one))).hexdigest() for one in arrived} == digests_of(sending)
    for one in arrived:
        [link] = re.findall(rb"\nList-Unsubscribe: <(https://[^>]+)>,\s", one)
        assert len(link) == 300
        assert link.startswith(url.encode() + b"/")
        assert parse(one)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        raw = headers(bytes(without_signatures(as_sent(one))))
        assert raw["List-Unsubscribe"].startswith(f"<{link.decode()}>, <mailto:off@coalition.example")
    keys = signing_in(sending.folder)
    assert [verdicts(one, keys) for one in arrived] == [[True, True]] * 5
    assert [opendkim_results(one, keys, tmp_path) for one in arrived] == [_PASS] * 5
