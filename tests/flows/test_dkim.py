"""Signed letters, from the key to what arrives."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from outreach.message.dkim import without_signatures
from outreach.sink.server import Sink
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.flows.test_many_rows import on_cores
from tests.support.dkim_keys import BOTH, SETTINGS, signature_tags, signing_in, verdicts

pytestmark = pytest.mark.flow

_BOTH = [True, True]


@pytest.fixture
def signed(campaign: Campaign) -> Campaign:
    """A campaign that signs with two keys."""
    campaign.write("outreach.toml", (campaign.folder / "outreach.toml").read_text() + BOTH)
    assert campaign.run("dkim", "keygen").code == 0
    return campaign


def contents(sink: Sink) -> list[bytes]:
    """What arrived."""
    return [message.content for message in sink.messages]


def test_keygen_prints_the_record_last(campaign: Campaign) -> None:
    """Where it goes is said before; the record stands alone on stdout, and `show` prints it again."""
    campaign.write("outreach.toml", (campaign.folder / "outreach.toml").read_text() + SETTINGS)

    made = campaign.run("dkim", "keygen")
    shown = campaign.run("dkim", "show")

    assert (made.code, shown.code) == (0, 0)
    assert made.out == shown.out
    assert made.out.startswith('s1._domainkey.coalition.example. IN TXT "v=DKIM1; k=rsa; p=')
    assert made.out.count("\n") == 1
    told = made.err.splitlines()
    assert told[0] == f"Wrote a new private key to {campaign.folder}/dkim.pem; nobody else may read it."
    assert [line.split(" ")[0] for line in told[1:]] == ["Put", "A"]
    assert (campaign.folder / "dkim.pem").stat().st_mode & 0o777 == 0o600


def test_keygen_never_writes_over_a_key(signed: Campaign) -> None:
    """It ends with 2, and the key is what it was."""
    before = (signed.folder / "dkim.pem").read_bytes()

    again = signed.run("dkim", "keygen")

    assert again.code == 2
    assert "a key is there already, and none is written over" in again.err
    assert (signed.folder / "dkim.pem").read_bytes() == before


@pytest.mark.parametrize("command", ["keygen", "show"])
def test_keys_that_nobody_named_are_asked_for(campaign: Campaign, command: str) -> None:
    """In two lines, with what to write."""
    ran = campaign.run("dkim", command)

    assert ran.code == 2
    assert ran.err.count("\n") == 2
    assert 'key_file = "dkim.pem"' in ran.err


def test_all_that_composes_signs_alike(signed: Campaign, start_sink: StartSink, tmp_path: Path) -> None:
    """Preview, dry run and what arrives; all that differs comes from the time and the campaign's id."""
    sink = start_sink()
    signed.use_port(sink.port)

    signed.run("preview", "--eml", str(tmp_path / "first.eml"))
    checked = signed.run("check")
    signed.run("send", "--dry-run", "--eml", str(tmp_path / "eml"))
    sent = signed.run("send", "--yes", "--json")
    signed.run("preview", "minister@state.example", "--eml", str(tmp_path / "sent.eml"))

    written = [path.read_bytes() for path in sorted((tmp_path / "eml").iterdir())]
    assert sent.json["counts"]["accepted"] == 3
    assert (len(written), len(contents(sink))) == (3, 3)
    everything = [*written, *contents(sink), *((tmp_path / name).read_bytes() for name in ("first.eml", "sent.eml"))]
    assert [verdicts(content, signing_in(signed.folder)) for content in everything] == [_BOTH] * 8
    assert f"(the largest {max(map(len, written)) / 1024:.1f} kB)" in checked.out
    for content in everything:
        assert [tags["s"] for tags in signature_tags(content)] == ["s1", "e1"]


def test_letters_composed_beside_are_signed_too(
    signed: Campaign, start_sink: StartSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The children have the keys from their parent: the files may be gone once they run."""
    on_cores(monkeypatch, 2)
    sink = start_sink()
    signed.use_port(sink.port)
    signed.edit("outreach.toml", "[relay]", '[relay]\nrate = "none"\nconnections = 10')
    signed.contacts(f"p{number}@s.example,Person {number},Dear {number}," for number in range(2100))

    sent = signed.run("send", "--yes", "--json")

    assert sent.json["counts"]["accepted"] == 2100
    assert all(content.startswith(b"DKIM-Signature:") for content in contents(sink))
    assert [verdicts(content, signing_in(signed.folder)) for content in contents(sink)[::300]] == [_BOTH] * 7


def test_rehearsals_are_signed(signed: Campaign, start_sink: StartSink) -> None:
    """So that a rehearsal shows what receivers make of the signature."""
    sink = start_sink()
    signed.use_port(sink.port)

    assert signed.run("send", "--redirect", "you@home.example", "--yes").code == 0

    assert contents(sink)
    assert all(verdicts(content, signing_in(signed.folder)) == _BOTH for content in contents(sink))


@pytest.mark.parametrize("command", [("check",), ("preview",), ("send", "--dry-run"), ("send", "--yes")])
def test_missing_key_stops_all_that_composes(signed: Campaign, start_sink: StartSink, command: tuple[str, ...]) -> None:
    """Before anything leaves, and before anybody connects; what looks at the past needs no key."""
    sink = start_sink()
    signed.use_port(sink.port)
    (signed.folder / "dkim.pem").unlink()

    ran = signed.run(*command)

    assert ran.code == 2
    assert ran.err.splitlines() == [
        f"Error: {signed.folder}/dkim.pem: no such file",
        "  → Write the key with outreach dkim keygen, or correct key_file under [dkim].",
    ]
    assert sink.count == 0
    assert not sink.record
    assert signed.run("status").code == 0


def test_key_that_others_may_read_stops_the_send(signed: Campaign) -> None:
    """A key that was copied by others signs in our name."""
    (signed.folder / "dkim.pem").chmod(0o644)

    ran = signed.run("send", "--yes")

    assert ran.code == 2
    assert "others on this machine may use the private key" in ran.err


def test_other_key_under_the_same_selector_stops_the_send(signed: Campaign, start_sink: StartSink) -> None:
    """The record in the DNS is that of the key before; a new selector is the way to a new key."""
    sink = start_sink()
    signed.use_port(sink.port)
    signed.run("send", "--yes", "--limit", "1")
    (signed.folder / "dkim.pem").unlink()
    signed.run("dkim", "keygen")

    refused = [
        signed.run("send", *flags) for flags in (["--yes"], ["--dry-run"], ["--redirect", "you@x.test", "--yes"])
    ]
    arrived = sink.count
    signed.edit("outreach.toml", 'selector = "s1"', 'selector = "s2"')
    sent = signed.run("send", "--yes", "--json")

    assert [ran.code for ran in refused] == [3, 3, 3]
    assert "is not the one that letters were signed with since 20" in refused[0].err
    assert "as s1._domainkey.coalition.example." in refused[0].err
    assert arrived == 1
    assert sent.json["counts"]["accepted"] == 3
    assert [tags["s"] for tags in signature_tags(contents(sink)[-1])] == ["s2", "e1"]


@pytest.mark.parametrize("rotated", [False, True])
def test_letter_that_was_put_off_leaves_with_the_same_octets(
    signed: Campaign, start_sink: StartSink, rotated: bool
) -> None:
    """Its signatures included while the keys are the same; after a change of keys it is the same letter below them."""
    sink = start_sink("defer:rcpt:chief@state.example:times=1")
    signed.use_port(sink.port)
    signed.write("outreach.toml", (signed.folder / "outreach.toml").read_text() + '\n[retry]\nfirst_wait = "1s"\n')
    only = ("send", "--yes", "--only", "minister@state.example")

    signed.run(*only, "--wait", "0s")
    if rotated:
        signed.edit("outreach.toml", '"s1"\nkey_file = "dkim.pem"', '"s2"\nkey_file = "new.pem"')
        signed.run("dkim", "keygen")
    ended = signed.run(*only, "--wait", "10s", "--json")

    assert ended.json["counts"]["accepted"] == 1
    first, second = contents(sink)
    assert [message.addresses for message in sink.messages] == [("minister@state.example",), ("chief@state.example",)]
    assert without_signatures(first) == without_signatures(second)
    assert (first == second) is not rotated
    assert signature_tags(second)[0]["s"] == ("s2" if rotated else "s1")


def test_nothing_secret_is_kept_or_said(signed: Campaign, start_sink: StartSink) -> None:
    """No stretch of the keys is in the ledger, the seal, or anything that was printed."""
    sink = start_sink()
    signed.use_port(sink.port)
    said = "".join(
        ran.out + ran.err
        for ran in (
            signed.run("dkim", "show"),
            signed.run("check", "--json"),
            signed.run("send", "--yes", "--json", "-v"),
            signed.run("log", "--attempts", "--json"),
            signed.run("config"),
        )
    )

    kept = b"".join(path.read_bytes() for path in signed.folder.rglob("*") if path.is_file() and path.suffix != ".pem")
    assert len(kept) > 10_000
    for key in signing_in(signed.folder).keys:
        body = "".join((signed.folder / _FILES[key.algorithm]).read_text().splitlines()[1:-1])
        secret = base64.b64decode(body)
        assert secret == key.private
        for start in range(32 if key.algorithm.startswith("rsa") else 16, len(secret) - 16, 8):
            if base64.b64decode(key.public).find(secret[start : start + 16]) >= 0:
                continue  # the public part stands in the private key, too
            assert secret[start : start + 16] not in kept
            assert secret[start : start + 16].hex() not in said
        assert body[-60:-8] not in said


_FILES = {"rsa-sha256": "dkim.pem", "ed25519-sha256": "ed25519.pem"}


def test_ledger_keeps_the_digest_of_the_message_below_its_signatures(signed: Campaign, start_sink: StartSink) -> None:
    """So that it can be shown what a letter said when the key is long gone."""
    sink = start_sink()
    signed.use_port(sink.port)
    signed.run("send", "--yes")

    journal = sqlite3.connect(f"file:{signed.folder}/.outreach/ledger.db?mode=ro", uri=True)
    bodies = [json.loads(body) for (body,) in journal.execute("SELECT body FROM journal WHERE kind = 'intent'")]
    journal.close()

    assert {body["digest"] for body in bodies} == {
        hashlib.sha256(without_signatures(content)).hexdigest() for content in contents(sink)
    }


def test_key_is_not_sent_along(signed: Campaign) -> None:
    """It lies in the folder, where a row could name it as an attachment."""
    signed.contacts(["a@s.example,A,Dear A,dkim.pem"], header="email,name,salutation,attachments")

    checked = signed.run("check")

    assert checked.code == 3
    assert "holds a private key" in checked.out
