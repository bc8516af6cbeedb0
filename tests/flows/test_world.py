"""Names, addresses and files of the world, from the list to what arrives: at the sink, and behind a real Postfix."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import time
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import EmailMessage

import pytest

from outreach.sink.house import EXTENSIONS, SINK_KEYWORD
from outreach.sink.server import Sink
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.message.reading import decode_text, headers, lines, read_mailboxes, without_blanks
from tests.support.postfix import postfix_lacks, postfix_relay

pytestmark = [pytest.mark.flow, pytest.mark.wire]

WITHOUT = [extension for extension in EXTENSIONS if extension not in (SINK_KEYWORD, "SMTPUTF8")]


@dataclass(frozen=True)
class Row:
    """One contact; the file is its own attachment."""

    address: str
    wire: str  # as it travels
    name: str
    cc: str = ""
    copies: tuple[tuple[str, str], ...] = ()  # the copies' names and addresses as they travel
    file: str = ""


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


HANGUL = "대한민국 외교부 장관 홍길동 귀하"
TABLE = [
    Row("minister@state.example", "minister@state.example", "홍길동", file="강제송환 중단 결의안.txt"),
    Row("office@외교부.example", "office@xn--9d0b002a0wg.example", HANGUL, file=nfd("강제송환") + ".txt"),
    Row("nfd@state.example", "nfd@state.example", nfd(HANGUL)),
    Row("info@Bücher.example", "info@xn--bcher-kva.example", "Bücher, GmbH & Co. „KG“", file="Übersicht “A”.txt"),
    Row("faß@state.example".replace("ß", "ss"), "fass@state.example", 'Sir "Quote" O\'Neil \\ Sons; Ltd.'),
    Row("wazir@state.example", "wazir@state.example", "معالي وزير الخارجية, د. عبد الرحمن", file="قرار رقم ١٢.txt"),
    Row("sar@state.example", "sar@state.example", "השר Cohen (ירושלים) 12", file="החלטה.txt"),
    Row("mantri@state.example", "mantri@state.example", "माननीय मंत्री श्री क्षितिज", file="निर्णय क्षि.txt"),
    Row("thai@state.example", "thai@state.example", "ท่านรัฐมนตรีว่าการกระทรวงการต่างประเทศ น้ำใจ", file="มติที่ประชุม.txt"),
    Row("family@state.example", "family@state.example", "👨‍👩‍👧‍👦 Family 🇰🇷 👍🏽 ❤️", file="👨‍👩‍👧.txt"),
    Row("long@state.example", "long@state.example", "사무총장 " * 60 + "끝", file="가" * 60 + "나.txt"),
    Row("marks@state.example", "marks@state.example", "Z" + "\u0301\u0323" * 20 + "algo"),
    Row("encoded@state.example", "encoded@state.example", "=?utf-8?b?7ZmN6ri464+Z?="),
    Row(
        "chair@state.example",
        "chair@state.example",
        "의장",
        cc="김철수 <chief@외교부.example>; Naïve, Zoë <zoe@b.example>; plain@c.example",
        copies=(("김철수", "chief@xn--9d0b002a0wg.example"), ("Naïve, Zoë", "zoe@b.example"), ("", "plain@c.example")),
    ),
]  # fmt: skip

# What needs SMTPUTF8, and what the others of the same letter get without it.
UTF8_TO = [
    Row("홍길동@외교부.example", "홍길동@xn--9d0b002a0wg.example", "홍길동 장관", file="결의안.txt"),
    Row("وزير@state.example", "وزير@state.example", "وزير"),
    Row("मंत्री@state.example", "मंत्री@state.example", "मंत्री", "aide@state.example", (("", "aide@state.example"),)),
]  # fmt: skip
UTF8_COPY = Row(
    "with-copy@state.example",
    "with-copy@state.example",
    "Minister of State",
    cc="이순신 <이순신@외교부.example>; aide2@state.example; ทูต@state.example",
    copies=(
        ("이순신", "이순신@xn--9d0b002a0wg.example"),
        ("", "aide2@state.example"),
        ("", "ทูต@state.example"),
    ),
)

LETTER = """\
+++
subject = "Call to {{ name }} 중단하라 🕊"
+++
{{ salutation }}

**{{ name }}** — 강제송환을 중단하라.
"""


def prepare(campaign: Campaign, rows: list[Row], port: int) -> None:
    """The campaign with these rows."""
    campaign.use_port(port)
    campaign.write("templates/letter.md", LETTER)
    text = io.StringIO()
    written = csv.writer(text)
    written.writerow(["email", "name", "salutation", "cc", "attachments"])
    for row in rows:
        written.writerow([row.address, row.name, "Dear " + row.name, row.cc, row.file])
        if row.file:
            campaign.write(row.file, f"{row.file}\n")
    campaign.write("contacts/officials.csv", text.getvalue())


def check_message(content: bytes, row: Row, *, shown: bool = False) -> None:
    """What arrived is what was meant: by a strict reader of our own, and by the standard library's parser.

    `shown`: copies that need SMTPUTF8 are named in groups without anybody.
    """
    raw = any(not address.isascii() for address in (row.wire, *(copy for _, copy in row.copies))) and not shown
    assert raw or content.isascii()
    assert max(map(len, lines(content))) <= 998
    assert all(len(word) <= 75 for word in content.split() if word.startswith(b"=?"))
    found = headers(content)
    assert decode_text(found["Subject"]) == f"Call to {row.name} 중단하라 🕊"
    assert read_mailboxes(found["To"]) == [(row.name, row.wire)]
    if row.copies and not shown:
        assert read_mailboxes(found["Cc"]) == list(row.copies)

    message = email.message_from_string(content.decode(), policy=email.policy.SMTPUTF8)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk() if part.defects] == []
    assert without_blanks(message["Subject"]) == without_blanks(f"Call to {row.name} 중단하라 🕊")
    [to] = message["To"].addresses
    assert without_blanks(to.display_name) == without_blanks(row.name)
    assert to.addr_spec == row.wire
    body = message.get_body(("plain",))
    assert body is not None
    assert f"Dear {row.name}" in body.get_content()
    files = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    assert files == ({row.file: f"{row.file}\n"} if row.file else {})


@dataclass(frozen=True)
class Arrived:
    """One message, however a relay has cut its recipients into several."""

    recipients: set[str]
    content: bytes  # as we sent it
    asked_utf8: bool


def arrived(sink: Sink) -> dict[str, Arrived]:
    """What the sink has, by whom it is written to; fails for whatever arrived twice."""
    found: dict[str, Arrived] = {}
    for message in sink.messages:
        content = b"From: " + message.content.partition(b"From: ")[2]  # relays put their own above ours
        to = read_mailboxes(headers(content)["To"])[0][1]
        recipients = {one.address for one in message.recipients}
        if to in found:
            assert found[to].content == content
            assert not recipients & found[to].recipients
            recipients |= found[to].recipients
        found[to] = Arrived(recipients, content, "SMTPUTF8" in message.parameters)
    return found


def check_all(messages: dict[str, Arrived], rows: list[Row]) -> None:
    """Each row's message arrived once, to it and to its copies."""
    assert messages.keys() == {row.wire for row in rows}
    for row in rows:
        assert messages[row.wire].recipients == {row.wire, *(copy for _, copy in row.copies)}
        check_message(messages[row.wire].content, row)


def check_shown(message: Arrived) -> None:
    """The letter whose copies could not all be written to: the others have it, and it names those that were meant."""
    assert message.recipients == {"with-copy@state.example", "aide2@state.example"}
    assert not message.asked_utf8
    check_message(message.content, UTF8_COPY, shown=True)
    cc = email.message_from_bytes(message.content, policy=email.policy.default)["Cc"]
    assert [one.addr_spec for one in cc.addresses] == ["aide2@state.example"]
    assert [group.display_name for group in cc.groups] == [
        "이순신 <이순신@외교부.example>", None, "<ทูต@state.example>",
    ]  # fmt: skip


def states(campaign: Campaign) -> dict[str, list[tuple[str, str, str]]]:
    """What the log says of each recipient, by the address of the letter."""
    return {
        entry["address"]: [(one["address"], one["state"], one["reply"]) for one in entry["recipients"]]
        for entry in campaign.run("log", "--json").json_lines
    }


def test_all_arrives_as_it_was_meant(campaign: Campaign, start_sink: StartSink) -> None:
    """With SMTPUTF8 offered every address is written to, and raw UTF-8 stands only where it must."""
    sink = start_sink()
    rows = [*TABLE, *UTF8_TO, UTF8_COPY]
    prepare(campaign, rows, sink.port)

    sent = campaign.run("send", "--yes", "--json")

    assert sent.code == 0, sent.err
    messages = arrived(sink)
    check_all(messages, rows)
    assert {to for to, message in messages.items() if message.asked_utf8} == {row.wire for row in [*UTF8_TO, UTF8_COPY]}


@pytest.mark.parametrize("pipelining", ["true", "false"])
def test_without_smtputf8_only_those_who_need_it_fail(
    campaign: Campaign, start_sink: StartSink, pipelining: str
) -> None:
    """A copy fails by itself, a To with its letter; each says why, nothing raw leaves, nothing is tried again."""
    sink = start_sink(extensions=WITHOUT)
    prepare(campaign, [*TABLE, *UTF8_TO, UTF8_COPY], sink.port)
    campaign.edit("outreach.toml", 'security = "none"\n', f'security = "none"\npipelining = {pipelining}\n')

    sent = campaign.run("send", "--yes", "--json")

    assert sent.code == 1
    assert sent.json["counts"]["accepted"] == len(TABLE) + 1
    assert sent.json["counts"]["failed"] == len(UTF8_TO)
    assert (sent.json["copies_refused"], sent.json["ended"], sent.json["balanced"]) == (2, "complete", True)
    messages = arrived(sink)
    check_shown(messages.pop(UTF8_COPY.wire))
    check_all(messages, TABLE)
    logged = states(campaign)
    taken = logged["with-copy@state.example"][0][2]
    why = "can only be written to with SMTPUTF8, which the relay does not offer"
    assert logged["with-copy@state.example"] == [
        ("with-copy@state.example", "accepted", taken),
        ("이순신@외교부.example", "failed", f"이순신@외교부.example {why}"),
        ("aide2@state.example", "accepted", taken),
        ("ทูต@state.example", "failed", f"ทูต@state.example {why}"),
    ]
    for row in UTF8_TO:
        assert {state for _, state, _ in logged[row.address]} == {"failed"}
        assert logged[row.address][0][2].startswith(f"{row.address} can only be written with SMTPUTF8")


@pytest.mark.parametrize(
    ("put_off", "left"), [(["이순신@*", "aide2@*"], [["aide2@state.example"]]), (["이순신@*"], [])]
)
def test_a_copy_that_was_put_off_fails_where_it_can_not_be_asked_for(
    campaign: Campaign, start_sink: StartSink, put_off: list[str], left: list[list[str]]
) -> None:
    """Put off by one server and met by another that lacks SMTPUTF8, it fails without another message to anybody."""
    first = start_sink(*(f"defer:rcpt:{pattern}" for pattern in put_off))
    prepare(campaign, [UTF8_COPY], first.port)
    campaign.edit("outreach.toml", "[ledger]", '[retry]\nfirst_wait = "1s"\n\n[ledger]')
    before = campaign.run("send", "--yes", "--wait", "0s", "--json")
    second = start_sink(extensions=WITHOUT)
    campaign.edit("outreach.toml", f"port = {first.port}\n", f"port = {second.port}\n")
    time.sleep(1.5)  # until it is due

    sent = campaign.run("send", "--yes", "--wait", "5s", "--json")

    assert before.json["counts"]["deferred"] == 1, before.err
    assert sent.json["counts"]["accepted"] == 1, sent.err
    assert [[one.address for one in message.recipients] for message in second.messages] == left
    assert all(message.content.isascii() for message in second.messages)
    assert [state for _, state, _ in states(campaign)["with-copy@state.example"]] == [
        "accepted", "failed", "accepted", "accepted",
    ]  # fmt: skip


@pytest.mark.parametrize(("script", "to", "other"), [("defer", "deferred", "deferred"), ("reject", "failed", "failed")])
def test_what_can_not_be_asked_for_keeps_its_own_reason(
    campaign: Campaign, start_sink: StartSink, script: str, to: str, other: str
) -> None:
    """Where the To is put off or refused, a copy that needs SMTPUTF8 has failed, for that and for good."""
    sink = start_sink(f"{script}:rcpt:with-copy@*", extensions=WITHOUT)
    prepare(campaign, [UTF8_COPY], sink.port)

    campaign.run("send", "--yes", "--wait", "0s")

    logged = states(campaign)["with-copy@state.example"]
    assert [state for _, state, _ in logged] == [to, "failed", other, "failed"]
    assert all("SMTPUTF8" in logged[index][2] for index in (1, 3))
    assert "SMTPUTF8" not in logged[0][2]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def wait_for(sink: Sink, count: int) -> None:
    """Postfix hands on what it took when it likes: there is nothing to wait on but time."""
    until = time.monotonic() + 60.0
    while sink.count < count:
        assert time.monotonic() < until, f"{sink.count} of {count} messages have come"
        time.sleep(0.05)


@pytest.mark.skipif(postfix_lacks() != "", reason=postfix_lacks() or "it is there")
def test_all_arrives_through_postfix(campaign: Campaign, start_sink: StartSink, stack: ExitStack) -> None:
    """A relay of others takes it all, and hands on what it was given."""
    sink = start_sink()
    rows = [*TABLE, *UTF8_TO, UTF8_COPY]
    prepare(campaign, rows, stack.enter_context(postfix_relay(sink.port, smtputf8=True)))

    sent = campaign.run("send", "--yes", "--json")
    wait_for(sink, len(rows))

    assert sent.code == 0, sent.err
    messages = arrived(sink)
    check_all(messages, rows)


@pytest.mark.skipif(postfix_lacks() != "", reason=postfix_lacks() or "it is there")
def test_postfix_without_smtputf8_gets_none_of_it(campaign: Campaign, start_sink: StartSink, stack: ExitStack) -> None:
    """It refuses nothing, because it is asked for nothing that it can't carry."""
    sink = start_sink()
    prepare(campaign, [*TABLE, *UTF8_TO, UTF8_COPY], stack.enter_context(postfix_relay(sink.port, smtputf8=False)))

    sent = campaign.run("send", "--yes", "--json")
    wait_for(sink, len(TABLE) + 1)

    assert sent.code == 1
    assert sent.json["counts"]["failed"] == len(UTF8_TO)
    messages = arrived(sink)
    check_shown(messages.pop(UTF8_COPY.wire))
    check_all(messages, TABLE)


def test_quoted_local_part_with_a_blank(campaign: Campaign, start_sink: StartSink) -> None:
    """It is an address like any other (RFC 5321, 4.1.2): its letter leaves, and stops nobody else's."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.edit("outreach.toml", "[relay]", "[relay]\nconnections = 1")
    rows = [f"p{number}@state.example,P,Dear P," for number in range(3)]
    campaign.contacts([*rows, '"""john doe""@state.example",J,Dear J,', '"""a<b>c""@state.example",A,Dear A,'])

    sent = campaign.run("send", "--yes", "--json")
    status = campaign.run("status", "--json").json["counts"]

    assert sent.code == 0, (sent.err, {state: count for state, count in status.items() if count})
    assert status["accepted"] == 5
    assert sorted(sink.accepted_by_recipient().values()) == [1] * 5
