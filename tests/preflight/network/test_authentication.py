"""What is said of DKIM and DMARC: each planted fault with its place and what to do."""

from __future__ import annotations

import dataclasses

import pytest

from outreach.preflight.network.request import PublishedKey
from tests.preflight.network.examining import GOOD, KEY, Zone, examine, without

pytestmark = pytest.mark.wire


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (None, "does not exist: no receiver can check our signatures"),
        (["A 192.0.2.1"], "has no TXT record: no receiver can check our signatures"),
        (['TXT "v=DKIM1; p=AAAA"'], "is not the key that we sign with"),
        (['TXT "v=DKIM1; p="'], "is revoked: its p= is empty"),
        (['TXT "v=DKIM1; k=ed25519; p=MIIBIjANBg=="'], "is of type ed25519, and our key of type rsa"),
        (['TXT "v=DKIM1; h=sha1; p=MIIBIjANBg=="'], "does not allow sha256 (h=)"),
        (['TXT "v=DKIM1; s=tlsrpt; p=MIIBIjANBg=="'], "does not allow e-mail (s=)"),
        (['TXT "v=DKIM2; p=MIIBIjANBg=="'], "is no DKIM key"),
        (['TXT "v=DKIM1; p=MIIBIjANBg==; p=x"'], "is no DKIM key"),
        (['TXT "p=MIIBIjANBg=="', 'TXT "p=AAAA"'], "has several TXT records; receivers take any one of them, or none"),
    ],
)
async def test_each_fault_of_the_public_key_is_an_error(records: list[str] | None, message: str) -> None:
    """Absent, another, revoked, of another type, not for us, no key, several: with the record to add."""
    zone = without(KEY.name) if records is None else {**GOOD, KEY.name: records}
    if records is None:
        zone["x._domainkey.own.kr"] = ["A 192.0.2.1"]
    (problem,) = await examine(zone)

    assert (problem.level, problem.code, problem.where) == ("error", "E17", "[dkim]")
    assert problem.message.startswith(KEY.name)
    assert problem.message.endswith(message)
    assert problem.hint.endswith(KEY.record)


@pytest.mark.parametrize(
    ("record", "message", "hint"),
    [
        (None, "own.kr has no DMARC record", 'for _dmarc.own.kr: "v=DMARC1; p=none; rua=mailto:dmarc@own.kr"'),
        (['TXT "v=DMARC1; p=x"'], "the DMARC record at _dmarc.own.kr has no valid policy (p=)", "Correct that TXT"),
        (
            ['TXT "v=DMARC1; p=none"', 'TXT "v=DMARC1; p=reject"'],
            "_dmarc.own.kr has several DMARC records, and receivers then use none",
            "Keep one",
        ),
    ],
)
async def test_a_missing_or_useless_dmarc_record_is_a_warning(
    record: list[str] | None, message: str, hint: str
) -> None:
    """With the record to add, and where."""
    zone = without("_dmarc.own.kr") if record is None else {**GOOD, "_dmarc.own.kr": record}
    (problem,) = await examine(zone)

    assert (problem.level, problem.code, problem.where) == ("warning", "W02", "[sender] from")
    assert problem.message == message
    assert hint in problem.hint


@pytest.mark.parametrize(
    "text",
    [
        "p=MIIBIjANBg",
        "v=DKIM1; h=sha1:sha256; s=tlsrpt : email; t=y:s; n=a note; p=MIIB IjAN Bg==",
        "k=RSA; p=MIIBIjANBg==",
    ],
)
async def test_every_form_of_the_right_key_is_right(text: str) -> None:
    """Without what is optional, with all of it, with blanks in the key (RFC 6376, 3.6.1)."""
    assert await examine({**GOOD, KEY.name: [f'TXT "{text}"', 'TXT "no tags"']}) == []


ELSEWHERE: Zone = {
    **GOOD,
    "bounces.own.kr": ["MX 10 mail.own.kr", 'TXT "v=spf1 mx -all"'],
    "mailer.kr": ["MX 10 mail.own.kr", 'TXT "v=spf1 mx -all"'],
    "_dmarc.mailer.kr": ['TXT "v=DMARC1; p=none"'],
    "s1._domainkey.mailer.kr": GOOD[KEY.name],
}
THEIRS = dataclasses.replace(KEY, name="s1._domainkey.mailer.kr")
STRICT: Zone = {**ELSEWHERE, "_dmarc.own.kr": ['TXT "v=DMARC1; p=none; aspf=s; adkim=s"']}


@pytest.mark.parametrize(
    ("zone", "envelope", "key", "signing", "codes"),
    [
        (ELSEWHERE, "b@bounces.own.kr", None, "", ["I06"]),
        (ELSEWHERE, "b@mailer.kr", KEY, "own.kr", []),
        (ELSEWHERE, "b@bounces.own.kr", THEIRS, "mailer.kr", []),
        (ELSEWHERE, "b@mailer.kr", THEIRS, "mailer.kr", ["W02"]),
        (ELSEWHERE, "b@mailer.kr", None, "", ["W02"]),
        (STRICT, "b@bounces.own.kr", None, "", ["W02"]),
        (STRICT, "b@bounces.own.kr", KEY, "own.kr", []),
    ],
)
async def test_dmarc_needs_spf_or_dkim_to_speak_for_from(
    zone: Zone, envelope: str, key: PublishedKey | None, signing: str, codes: list[str]
) -> None:
    """Relaxed: the same organisation; strict: the same domain. Either of the two is enough."""
    problems = await examine(zone, envelope_from=envelope, key=key, signing_domain=signing)

    assert [problem.code for problem in problems] == codes
    if codes == ["W02"]:
        assert "envelope_from under [sender] to an address at own.kr" in problems[0].hint


async def test_where_dns_does_not_tell_the_organisation_nothing_follows() -> None:
    """The record that did not come might say that the envelope sender's domain stands for itself."""
    problems = await examine(ELSEWHERE, envelope_from="b@bounces.own.kr", key=None, servfail=["_dmarc.bounces.own.kr"])

    assert [(problem.level, problem.code) for problem in problems] == [("info", "I04")]
