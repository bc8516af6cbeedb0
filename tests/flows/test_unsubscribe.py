"""Who asks not to be written to any more is found by their token, and gets nothing from then on."""

from __future__ import annotations

import email
import email.policy
import re
import stat
import time
from collections import Counter
from collections.abc import Callable

import pytest

from outreach.sink.server import Sink
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink

pytestmark = pytest.mark.flow

SECTION = """
[unsubscribe]
url = "https://letters.coalition.example/u"
mailto = "off@coalition.example"
"""
KEY = ".outreach/unsubscribe.key"
# As RFC 8058, 3.1 has it, in the bytes that the relay took.
ONE_CLICK = re.compile(
    rb"^List-Unsubscribe: <https://letters\.coalition\.example/u/([\w-]{65})>,(?:\r\n)? "
    rb"<mailto:off@coalition\.example\?subject=unsubscribe%20\1>\r\n"
    rb"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
    re.MULTILINE,
)
ROWS = ["ann@state.example,Ann,Dear Ann", "bob@state.example,Bob,Dear Bob", "eve@state.example,Eve,Dear Eve"]


@pytest.fixture
def newsletter(campaign: Campaign) -> Campaign:
    """A campaign to subscribers."""
    campaign.edit("outreach.toml", "date = 2023-10-16", 'date = 2023-10-16\npurpose = "subscribed"')
    campaign.edit("outreach.toml", "[relay]", 'postal_address = "1 Long Road, Seoul"\n\n[relay]')
    campaign.write("outreach.toml", (campaign.folder / "outreach.toml").read_text() + SECTION)
    campaign.contacts(ROWS, header="email,name,salutation")
    return campaign


def tokens(sink: Sink) -> dict[str, str]:
    """The token of each letter that the relay took, by its recipient."""
    found: dict[str, str] = {}
    for letter in sink.messages:
        (token,) = ONE_CLICK.findall(letter.content)
        found[letter.addresses[0]] = token.decode()
    return found


def test_a_token_that_comes_back_takes_its_owner_off_the_list(newsletter: Campaign, start_sink: StartSink) -> None:
    """From the bytes that the relay took to the next campaign, which they do not get."""
    sink = start_sink()
    newsletter.use_port(sink.port)
    sent = newsletter.run("send", "--yes", "--json")
    found = tokens(sink)

    added = newsletter.run("suppress", "add", "--token", found["bob@state.example"], "--reason", "unsubscribed")
    again = newsletter.run("suppress", "add", "--token", found["bob@state.example"])
    newsletter.edit("outreach.toml", 'name = "repatriation"', 'name = "the next one"')
    newsletter.edit("templates/letter.md", "speak up", "speak up again")
    (newsletter.folder / "outreach.seal").unlink()
    next_one = newsletter.run("send", "--yes", "--json")

    assert (sent.code, added.code, again.code, next_one.code) == (0, 0, 0, 0)
    assert "1 added" in added.out
    assert 'bob@state.example had the letter of "repatriation"' in added.err
    assert "0 added, 1 on the list already" in again.out
    assert next_one.json["counts"]["suppressed"] == 1
    assert sink.accepted_by_recipient() == Counter(
        {"ann@state.example": 2, "bob@state.example": 1, "eve@state.example": 2}
    )
    assert "unsubscribed" in newsletter.run("suppress", "list").out


def test_the_message_reads_the_same_to_the_standard_library(newsletter: Campaign, start_sink: StartSink) -> None:
    """One of each header, and the link in both parts, whatever the text is encoded as."""
    sink = start_sink()
    newsletter.use_port(sink.port)
    newsletter.edit("templates/letter.md", "speak up", "speak up 자유")
    newsletter.run("send", "--yes")

    (letter,) = [one for one in sink.messages if one.addresses == ("ann@state.example",)]
    read = email.message_from_bytes(letter.content, policy=email.policy.default)
    link = f"https://letters.coalition.example/u/{tokens(sink)['ann@state.example']}"
    assert [read.get_all(name) for name in ("List-Unsubscribe-Post", "List-Id")] == [
        ["List-Unsubscribe=One-Click"],
        ["Coalition <subscribed.coalition.example>"],
    ]
    assert all(link in part.get_content() for part in read.iter_parts())
    assert not any("=?" in str(value) for name, value in read.raw_items() if name.startswith("List-"))


def test_a_purpose_that_needs_a_way_out_is_refused_without_one(newsletter: Campaign) -> None:
    """In two lines, by every command that would show or send the letter."""
    newsletter.edit("outreach.toml", SECTION, "")

    for command in (("check",), ("preview",), ("send", "--dry-run"), ("send", "--yes")):
        ran = newsletter.run(*command)
        assert ran.code == 2
        assert 'purpose = "subscribed": such letters need a way to unsubscribe' in " ".join(ran.err.split())
        assert "under [unsubscribe]" in " ".join(ran.err.split())
    assert not (newsletter.folder / KEY).exists()


def test_a_letter_with_the_link_and_a_purpose_without_one_is_told_how_to_have_it(newsletter: Campaign) -> None:
    """The remedy speaks of [unsubscribe], not of a column; a list that has such a column may use it."""
    newsletter.edit("outreach.toml", 'purpose = "subscribed"', 'purpose = "advocacy"')
    newsletter.edit("templates/letter.md", "speak up.", "speak up. {{ unsubscribe_url }}")

    lacking = newsletter.run("check")
    newsletter.contacts(
        ["a@b.example,A,D,https://b.example/off"], header="email,name,salutation,unsubscribe_url"
    )  # fmt: skip
    with_column = newsletter.run("check")

    assert lacking.code == 3
    assert 'would print "unsubscribe_url", and have no link to unsubscribe' in " ".join(lacking.out.split())
    assert "Set always = true and a url or mailto under [unsubscribe]" in " ".join(lacking.out.split())
    assert with_column.code == 0


def test_the_key_is_made_once_for_its_owner_and_kept(newsletter: Campaign, start_sink: StartSink) -> None:
    """A dry run makes none; no file of the ledger holds it; nor does anything that is printed."""
    sink = start_sink()
    newsletter.use_port(sink.port)
    dry = newsletter.run("send", "--dry-run", "--json")
    assert dry.code == 0
    assert not (newsletter.folder / ".outreach").exists()
    printed = newsletter.run("send", "--yes")
    path = newsletter.folder / KEY
    key = path.read_text().strip()
    newsletter.contacts([*ROWS, "new@state.example,New,Dear New"], header="email,name,salutation")
    newsletter.run("send", "--yes")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(key) == 64
    assert path.read_text().strip() == key
    assert len(tokens(sink)) == 4
    others = [file for file in newsletter.folder.rglob("*") if file.is_file() and file != path]
    assert others
    assert not any(key.encode() in file.read_bytes() for file in others)
    assert key not in printed.out + printed.err + newsletter.run("config").out


def test_a_key_that_is_lost_is_not_replaced_in_silence(newsletter: Campaign, start_sink: StartSink) -> None:
    """Links that have left would be dead: refused until it is back, or another place is named for a new one."""
    sink = start_sink()
    newsletter.use_port(sink.port)
    newsletter.run("send", "--yes")
    path = newsletter.folder / KEY
    kept = path.read_bytes()
    path.unlink()
    newsletter.contacts([*ROWS, "new@state.example,New,Dear New"], header="email,name,salutation")

    lost = newsletter.run("send", "--yes")
    path.write_bytes(kept)
    back = newsletter.run("send", "--yes", "--limit", "1")
    newsletter.write("new.key", "0123456789abcdef0123456789abcdef")
    (newsletter.folder / "new.key").chmod(0o600)
    newsletter.edit("outreach.toml", "[unsubscribe]", '[unsubscribe]\nkey = { file = "new.key" }')
    newsletter.contacts(
        [*ROWS, "new@state.example,New,Dear New", "o@state.example,O,O"], header="email,name,salutation"
    )
    meant = newsletter.run("send", "--yes", "--amend")

    assert lost.code == 3
    assert "is not the one that signed since" in " ".join(lost.err.split())
    assert (back.code, meant.code) == (0, 0)
    assert sink.count == 5


def test_tokens_that_are_not_ours_take_nobody_off(newsletter: Campaign, start_sink: StartSink) -> None:
    """Changed, cut, signed with another key, or of a test letter: two lines, and the list stays empty."""
    sink = start_sink()
    newsletter.use_port(sink.port)
    newsletter.run("send", "--yes")
    good = tokens_of(sink, "ann@state.example")
    newsletter.run("send", "--redirect", "you@coalition.example", "--yes")
    (rehearsed, *_) = re.findall(rb"/u/([\w-]{65})", sink.messages[-1].content)
    changed = good[:-1] + ("A" if good[-1] != "A" else "B")

    runs = [newsletter.run("suppress", "add", "--token", one) for one in (changed, good[:40], "", rehearsed.decode())]
    environ_key = "another key of enough length"
    newsletter.write(".env", f"UNSUBSCRIBE_KEY={environ_key}\n")
    newsletter.edit("outreach.toml", "[unsubscribe]", '[unsubscribe]\nkey = { env = "UNSUBSCRIBE_KEY" }')
    runs.append(newsletter.run("suppress", "add", "--token", good))

    assert [ran.code for ran in runs] == [2] * 5
    assert all(re.fullmatch(r"Error: .*\n\s*→ .*\n", ran.err) for ran in runs)
    assert ["no letter in this ledger" in ran.err for ran in runs] == [False, False, False, True, False]
    assert environ_key not in "".join(ran.out + ran.err for ran in runs)
    assert "is empty" in newsletter.run("suppress", "list").out


def tokens_of(sink: Sink, address: str) -> str:
    """The token of the letter to this address, wherever test letters stand among them."""
    (letter,) = [one for one in sink.messages if one.addresses == (address,)]
    return str(ONE_CLICK.findall(letter.content)[0], "ascii")


def test_many_letters_composed_beside_have_their_own_tokens(newsletter: Campaign, start_sink: StartSink) -> None:
    """Composing processes sign with the key that their parent gives them."""
    sink = start_sink()
    newsletter.use_port(sink.port)
    rows = [f"p{number}@state.example,P{number},Dear P{number}" for number in range(2500)]
    newsletter.contacts(rows, header="email,name,salutation")

    sent = newsletter.run("send", "--yes", "--json", "--set", "relay.rate=none")

    found = tokens(sink)
    assert sent.code == 0
    assert len(set(found.values())) == len(found) == 2500
    picked = [f"p{number}@state.example" for number in (0, 1250, 2499)]
    added = newsletter.run("suppress", "add", *(word for one in picked for word in ("--token", found[one])))
    assert "3 added" in added.out
    listed = newsletter.run("suppress", "list").out
    assert all(one in listed for one in picked)


def test_an_address_suppressed_while_the_run_is_on_gets_nothing(newsletter: Campaign, start_sink: StartSink) -> None:
    """Another process puts it on the list; what has not had its intent by then does not leave."""
    sink = start_sink("slow:dot:0.05")
    newsletter.use_port(sink.port)
    rows = [f"p{number}@state.example,P{number},Dear P{number}" for number in range(200)]
    newsletter.contacts(rows, header="email,name,salutation")
    running = newsletter.start("send", "--yes", "--json", "--set", "relay.connections=1")
    try:
        wait_until(lambda: len(sink.messages) >= 3)
        suppressed = [f"p{number}@state.example" for number in range(199, 0, -10)]
        added = newsletter.run("suppress", "add", *suppressed)
        left_by_then = {one.addresses[0] for one in list(sink.messages)}
        assert running.poll() is None
        out, _ = running.communicate(timeout=60)
    finally:
        running.kill()
        running.wait()

    got = sink.accepted_by_recipient()
    late = [one for one in suppressed if one not in left_by_then]
    assert added.code == 0
    assert len(late) >= 15
    # One may have had its intent already, and be on its way.
    assert sum(got[one] for one in late) <= 1
    assert f'"suppressed": {len(suppressed) - sum(got[one] for one in suppressed)}' in out
    assert got.total() == 200 - len(suppressed) + sum(got[one] for one in suppressed)


def wait_until(happened: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for something that another process does."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)
