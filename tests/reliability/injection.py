"""Forty payloads in every field of a list, of the settings and of a letter: refused in words, or one message each.

Run it: .venv/bin/python -m tests.reliability injection
"""

from __future__ import annotations

import email
import email.policy
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

from outreach.sink.mailbox import Received
from outreach.sink.record import Kind
from outreach.sink.server import Sink
from tests.flows.conftest import sink_in_thread
from tests.reliability.figure import Figure, Scale
from tests.reliability.payloads import MEMBERS, PAYLOADS, PRODUCT
from tests.reliability.small_campaign import Ran, SmallCampaign

_LIST = "contacts.jsonl"  # JSON holds every character; CSV can't hold all of them
_ADDRESS_FIELDS = ("email", "cc", "bcc")
_FIELDS = (*_ADDRESS_FIELDS, "name", "salutation", "id", "lang", "attachments", "topic", "note")
_SINGULAR = ("from", "to", "cc", "subject", "date", "message-id", "mime-version", "reply-to", "sender", "content-type")
_COMMAND = re.compile(r"(EHLO \S+|MAIL FROM:<\S+>.*|RCPT TO:<.+>.*|DATA|RSET|NOOP|QUIT)\Z")
_BARE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_LONGEST_FINDING = 1000
_MARK = re.compile(r"mark(\d+)mark")

_SETTINGS = """\
[campaign]
name = "injection"
letter = "{letter}"
date = 2023-10-16

[contacts]
file = "contacts.jsonl"

[sender]
from = {sender}

[relay]
host = "127.0.0.1"
port = {port}
security = "none"
connections = 1

[ledger]
url = "sqlite:///ledger.db"

[preflight]
accept = [{warnings}]
"""
_WARNINGS = ", ".join(f'"W{number:02}"' for number in range(1, 26))  # payloads look odd; that is not what is tried
_LETTERS = {
    "letter.md": "+++\nsubject = {subject}\n+++\n{{{{ salutation }}}} {{{{ name }}}},\n\n"
    "**{{{{ note }}}}** and [{{{{ note }}}}](https://x.example/)\n\nmark{{{{ mark }}}}mark\n",
    "letter.html": '+++\nsubject = {subject}\n+++\n<p title="{{{{ note }}}}">{{{{ salutation }}}} {{{{ name }}}},</p>'
    "<p><b>{{{{ note }}}}</b></p><p>mark{{{{ mark }}}}mark</p>\n",
}
_SUBJECT = "A call on {{ topic }}"
_SENDER = "Coalition <letters@coalition.example>"


@dataclass(frozen=True, slots=True)
class Shape:
    """What no value may change in a message: its headers, its parts, the tags of its HTML."""

    headers: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    tags: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """How the payloads fared."""

    tried: int = 0
    refused: int = 0
    arrived: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Case:
    """One row: its field holds a payload, or nothing special where it is the control."""

    number: int  # the row's, counted from 1
    payload: str
    row: Mapping[str, str]


def cases_of(injected: str, scale: Scale) -> list[Case]:
    """The control, then each payload in the field, in each form that the field gives it, or the worst one."""
    cases = [Case(1, "", _innocent(1, injected))]
    for payload in PAYLOADS.values():
        for form in _forms(injected, len(cases) + 1)[: None if scale is Scale.LONG else 1]:
            number = len(cases) + 1
            cases.append(Case(number, payload, {**_innocent(number, injected), injected: form.replace("*", payload)}))
    return cases


def _innocent(number: int, injected: str) -> dict[str, str]:
    row = {"email": _office(number), "name": "Office", "salutation": "Dear", "topic": "peace", "note": "speak up"}
    if injected == "cc":
        row["cc"] = f"chief{number}@state.example"
    return {**row, "mark": str(number)}


def _office(number: int) -> str:
    return f"office{number}@state.example"


def _forms(injected: str, number: int) -> Sequence[str]:
    if injected in _ADDRESS_FIELDS:
        return (f"new{number}@state.example*", "*", f"* <new{number + 2}@state.example>")
    return {"lang": ("en*", "*"), "attachments": ("*",), "id": ("*",)}.get(injected, ("before * after",))


def try_field(injected: str, letter: str, tally: Tally, scale: Scale) -> None:
    """Check a list with the payloads in this field, send what is not refused, and compare what arrived."""
    cases = cases_of(injected, scale)
    at = f"{injected} in {letter}"
    with tempfile.TemporaryDirectory() as name, sink_in_thread(record_limit=None) as sink:
        campaign = SmallCampaign(Path(name))
        _write(campaign.folder, sink, letter)
        (campaign.folder / _LIST).write_text("".join(json.dumps(case.row) + "\n" for case in cases))
        refused = _check(campaign, tally, at)
        tally.tried += len(cases) - 1
        tally.refused += len(refused)
        if 1 in refused:
            tally.faults.append(f"{at}: the control is refused")
        _send(campaign, sink, [case for case in cases if case.number not in refused], tally, at)
        tally.faults += [f"{at}, {fault}" for fault in _compare(injected, cases, refused, sink)]
        tally.arrived += len(sink.messages) - 1


def try_text(where: str, tally: Tally) -> None:
    """Each payload as the sender's name in the settings, or as the subject in the letter: one row each."""
    with tempfile.TemporaryDirectory() as name, sink_in_thread(record_limit=None) as sink:
        shape = None
        for number, payload in enumerate(["", *PAYLOADS.values()], 1):
            literal = payload.replace("{", "(").replace("}", ")")  # the letter is a template: that is what it is for
            text = f"before {literal if where == 'subject' else payload} after"
            subject, sender = (text, _SENDER) if where == "subject" else (_SUBJECT, f"{text} <letters@x.example>")
            campaign = SmallCampaign(Path(name) / str(number))
            campaign.folder.mkdir()
            _write(campaign.folder, sink, "letter.md", subject=subject, sender=sender)
            case = Case(number, payload, _innocent(number, where))
            (campaign.folder / _LIST).write_text(json.dumps(case.row) + "\n")
            before, at = len(sink.messages), f"{where}, {payload[:40]!r}"
            ran = campaign.run("send", "--yes", "--json")
            tally.tried += payload != ""
            if _crashed(ran) or ran.code not in (0, 2, 3):
                tally.faults.append(f"{at}: ended with {ran.code}: {ran.err[-300:]}")
            new = sink.messages[before:]
            if len(new) != (ran.code == 0) or (ran.code and not ran.err.strip()):
                tally.faults.append(
                    f"{at}: {len(new)} messages after a run that ended with {ran.code}: {ran.err[-300:]}"
                )
            for message in new:
                shape = shape or shape_of(message.content)
                tally.faults += [f"{at}: {fault}" for fault in _differs(case, where, message, shape)]
            if payload:
                tally.arrived += len(new)
                tally.refused += not new
        tally.faults += [] if shape else [f"{where}: the control did not arrive"]
        tally.faults += _commands(sink)


def _write(folder: Path, sink: Sink, letter: str, *, subject: str = _SUBJECT, sender: str = _SENDER) -> None:
    settings = _SETTINGS.format(letter=letter, sender=_toml(sender), port=sink.port, warnings=_WARNINGS)
    (folder / "outreach.toml").write_bytes(_bytes(settings))
    (folder / letter).write_bytes(_bytes(_LETTERS[letter].format(subject=_toml(subject))))


def _toml(text: str) -> str:
    """A string of TOML; what must be escaped there is, but halves of characters, which it has no way to write."""
    return '"' + "".join(f"\\u{ord(c):04X}" if ord(c) < 32 or c in '"\\\x7f' else c for c in text) + '"'


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _crashed(ran: Ran) -> bool:
    """Whether the command ended by an error that nobody foresaw; its exit code alone does not tell."""
    return any(words in ran.out + ran.err for words in ("Traceback", "A fault in outreach itself"))


def _check(campaign: SmallCampaign, tally: Tally, at: str) -> frozenset[int]:
    """The rows that `check` refuses, in words."""
    ran = campaign.run("check", "--json")
    if _crashed(ran) or ran.code not in (0, 3):
        tally.faults.append(f"{at}: check ended with {ran.code}: {ran.err[-300:]}")
        return frozenset()
    refused = set()
    for finding in ran.json["findings"]:
        file, _, row = finding["where"].rpartition(":")
        if finding["level"] == "error":
            if file != _LIST or not (finding["message"].strip() and finding["hint"].strip()):
                tally.faults.append(f"{at}: not refused in words, or not the row: {finding}")
            refused.add(int(row) if row.isdecimal() else 0)
        text = finding["message"] + finding["hint"] + finding["address"]
        if len(text.splitlines()) > 1 or len(text) > _LONGEST_FINDING:
            tally.faults.append(
                f"{at}: {row} is told in more than one line of {_LONGEST_FINDING} characters: {text[:80]!r}"
            )
    return frozenset(refused)


def _send(campaign: SmallCampaign, sink: Sink, expected: Sequence[Case], tally: Tally, at: str) -> None:
    ran = campaign.run("send", "--yes", "--json", "--skip-bad-rows")
    if _crashed(ran) or ran.code != 0:
        tally.faults.append(f"{at}: send ended with {ran.code}: {ran.err[-500:]}")
    elif ran.json["counts"].get("accepted") != len(expected) or not ran.json["balanced"]:
        tally.faults.append(f"{at}: {ran.json['counts']} of {len(expected)} rows")
    if len(sink.messages) != len(expected):
        tally.faults.append(f"{at}: {len(sink.messages)} messages of {len(expected)} rows")


def _compare(injected: str, cases: Sequence[Case], refused: frozenset[int], sink: Sink) -> Iterator[str]:
    """What is wrong with the messages of one run: each belongs to one row, and has the shape of the control's."""
    by_number = {case.number: case for case in cases if case.number not in refused}
    messages: dict[int, Received] = {}
    for message in sink.messages:
        marks = {int(mark) for part in _texts(message.content) for mark in _MARK.findall(part)}
        if len(marks) != 1 or not marks <= by_number.keys() or marks <= messages.keys():
            yield f"a message is of the rows {marks}: {message.content[:300]!r}"
        else:
            messages[marks.pop()] = message
    yield from (f"row {number}: no message" for number in by_number.keys() - messages.keys())
    if 1 in messages:
        shape = shape_of(messages[1].content)
        for number, message in messages.items():
            case = by_number[number]
            at = f"row {number} {case.payload[:40]!r}"
            yield from (f"{at}: {fault}" for fault in _differs(case, injected, message, shape))
    yield from _commands(sink)


def _commands(sink: Sink) -> Iterator[str]:
    """The commands are those of the messages, and no others."""
    said = [event.detail for event in sink.record if event.kind is Kind.COMMAND]
    yield from (f"a command of its own: {command!r}" for command in said if not _COMMAND.match(command))
    for verb, due in (
        ("MAIL", len(sink.messages)),
        ("RCPT", sum(len(message.recipients) for message in sink.messages)),
        ("DATA", len(sink.messages)),
    ):
        if (count := sum(command.startswith(verb) for command in said)) != due:
            yield f"{count} {verb} for {due}"


def _differs(case: Case, injected: str, message: Received, control: Shape) -> Iterator[str]:
    """What is wrong with one message."""
    content = message.content
    if found := _BARE_LINE_END.search(content):
        yield f"a bare line end: {content[max(0, found.start() - 40) : found.end() + 40]!r}"
    if b"\0" in content or max(map(len, content.split(b"\r\n"))) > 998:
        yield "a NUL, or a line that is too long"
    shape = shape_of(content)
    if shape != control:
        yield f"its shape is {shape} in place of {control}"
    names = [name.lower() for name in shape.headers]
    yield from (f"{names.count(name)} headers {name}" for name in _SINGULAR if names.count(name) > 1)
    if PRODUCT.encode() in content or MEMBERS.encode() in content or b"root:" in content:
        yield "a value was taken for a template"
    yield from _wrong_envelope(case, injected, message)
    yield from _wrong_value(case, injected, content)


def _wrong_envelope(case: Case, injected: str, message: Received) -> Iterator[str]:
    """One To, and each copy as the row says; nobody else."""
    if injected not in _ADDRESS_FIELDS or not case.payload:
        due = {case.row["email"], *([case.row["cc"]] if "cc" in case.row else [])}
        if set(message.addresses) != due or len(message.addresses) != len(due):
            yield f"it went to {message.addresses}"
        return
    cells = " ".join(case.row.get(name, "") for name in _ADDRESS_FIELDS).casefold()
    yield from (f"it went to {one}, whom the row does not name" for one in message.addresses if one not in cells)
    named = [one.addr_spec for name in ("to", "cc") for one in _addresses(message.content, name)]
    if injected != "bcc" and [*named] != [*message.addresses]:
        yield f"its headers name {named}, it went to {message.addresses}"
    if injected != "email" and message.addresses[0] != _office(case.number):
        yield f"its To is {message.addresses[0]}"
    if injected == "email" and len(message.addresses) != 1:
        yield f"it went to {message.addresses}"


def _addresses(content: bytes, name: str) -> Sequence[Address]:
    header = _parse(content)[name]
    return header.addresses if header is not None else ()


def _wrong_value(case: Case, injected: str, content: bytes) -> Iterator[str]:
    """Where the value can be shown, it is there as it was written."""
    value = case.row.get(injected, "")
    if not value.isprintable() or not case.payload:
        return
    message = _parse(content)
    if injected == "topic" and str(message["subject"]) != f"A call on {value}":
        yield f"its subject is {str(message['subject'])[:200]!r}"
    if injected == "name" and value not in (_addresses(content, "to")[0].display_name, _decoded_name(content)):
        yield f"its To is {_decoded_name(content)[:200]!r}"
    if injected in ("name", "salutation", "note"):
        yield from (f"the value is not in it: {text[:300]!r}" for text in _texts(content) if value not in text)


def _decoded_name(content: bytes) -> str:
    """The name before the address of To. The parser of `email` puts blanks between neighbouring encoded-words."""
    raw = str(email.message_from_bytes(content)["to"])
    return str(make_header(decode_header(raw.rpartition(" <")[0])))


def shape_of(content: bytes) -> Shape:
    """The shape of a message as it came."""
    head = content.partition(b"\r\n\r\n")[0].decode("ascii", "backslashreplace")
    lines = head.split("\r\n")
    headers = tuple(line.partition(":")[0] for line in lines if line[:1] not in (" ", "\t"))
    parts = tuple((part.get_content_type(), *part.keys()) for part in _parse(content).walk())
    html = [part.get_content() for part in _parse(content).walk() if part.get_content_type() == "text/html"]
    return Shape(headers, parts, tuple(tag for page in html for tag in _Page.read(page).tags))


def _texts(content: bytes) -> list[str]:
    """The text of each part as a reader sees it."""
    texts = []
    for part in _parse(content).walk():
        if part.get_content_type() == "text/plain":
            texts.append(part.get_content())
        elif part.get_content_type() == "text/html":
            texts.append("".join(_Page.read(part.get_content()).shown))
    return texts


@lru_cache(maxsize=8)
def _parse(content: bytes) -> EmailMessage:
    parsed: EmailMessage = BytesParser(policy=email.policy.default).parsebytes(content)
    return parsed


class _Page(HTMLParser):
    """Tags with the names of their attributes, and what is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.shown: list[str] = []

    @classmethod
    def read(cls, page: str) -> _Page:
        """The page, read to its end."""
        read = cls()
        read.feed(page)
        read.close()
        return read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One tag, and where it leads. A line break in a value may be one on the page."""
        if tag == "br":
            return
        self.tags.append(" ".join([tag, *(f"{name}={value}" if name == "href" else name for name, value in attrs)]))

    def handle_comment(self, data: str) -> None:
        """A comment hides text: it counts as a tag."""
        self.tags.append(f"comment {data[:40]}")

    def handle_data(self, data: str) -> None:
        """What a reader sees."""
        self.shown.append(data)


def run(scale: Scale) -> Figure:
    """Every field of a list in a letter in Markdown; in the long form also in HTML, the sender and the subject."""
    tally = Tally()
    for injected in _FIELDS:
        try_field(injected, "letter.md", tally, scale)
    fields = len(_FIELDS)
    if scale is Scale.LONG:
        for injected in _FIELDS:
            try_field(injected, "letter.html", tally, scale)
        for where in ("sender", "subject"):
            try_text(where, tally)
        fields += 2
    if tally.tried != tally.refused + tally.arrived or min(tally.refused, tally.arrived) < tally.tried // 5:
        tally.faults.append(f"{tally.tried} tried, {tally.refused} refused, {tally.arrived} arrived")
    return Figure(
        what=f"{len(PAYLOADS)} payloads in each of {fields} fields: line ends, headers, commands, addresses, "
        "templates, markup, sizes",
        asked="each is refused in words or arrives as one message, to nobody else and with no header, part or tag more",
        measured=f"{tally.tried} rows: {tally.refused} refused in words, {tally.arrived} arrived as one message each",
        faults=tuple(tally.faults),
    )
