"""Thousands of spoilt replies, lists and letters: each is read or refused in words, and none costs much memory.

Run it: .venv/bin/python -m tests.reliability fuzz
"""

from __future__ import annotations

import datetime
import io
import random
import tempfile
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from outreach.contacts.options import ContactsOptions
from outreach.contacts.reader import read_contacts
from outreach.errors import OutreachError, Problem
from outreach.letter.source import parse_source
from outreach.letter.template import LetterTemplate
from outreach.model import Contact, Stage
from outreach.smtp.replies import MAX_REPLY_BYTES, MalformedReply, ReplyReader, build_reply
from tests.contacts.lists import workbook
from tests.reliability.figure import Figure, Scale
from tests.reliability.mutation import mutate, pieces

_SEED = 20231016
_MOST_MEMORY = 24 * 2**20  # by one input; the largest has some hundred kilobytes
_LARGEST_READ = 64 * 1024  # that a connection hands over at once
_READ, _REFUSED = "read", "refused"

_REPLIES: Sequence[bytes] = (
    b"220 mx.state.example ESMTP\r\n",
    b"250-mx.state.example\r\n250-SIZE 10240000\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    b"334 VXNlcm5hbWU6\r\n",
    b"235 2.7.0 Accepted\r\n",
    b"250 2.1.0 Sender ok\r\n",
    b"450 4.2.0 <a@state.example>: greylisted, try again in 300 seconds\r\n",
    b"550-5.1.1 The account\r\n550 5.1.1 does not exist\r\n",
    b"354 End data with <CR><LF>.<CR><LF>\r\n",
    b"250 2.0.0 Ok: queued as 4QW3rT5\r\n",
    b"421 4.7.0 Too many connections\r\n",
    b"221 2.0.0 Bye\r\n",
    b"250-" + b"x" * 60_000 + b"\r\n250 x\r\n",
)
_ROWS = [
    ["email", "name", "cc", "bcc", "lang", "id"],
    *(
        [
            f"office{n}@state.example",
            f'"Office {n}", Ministry',
            f"Chief <chief{n}@state.example>; b@c.example",
            "",
            "en",
            n,
        ]
        for n in map(str, range(4))
    ),
]
_LETTER = b"""\
+++
subject = "A call to {{ name | default('you') }}"
lang = '{{ lang or "en" }}'
attachments = ["a.pdf", "{{ id }}.pdf"]
+++
Dear **{{ name }}**,

{% if cc %}[we](https://x.example/{{ id }}) call{% else %}on{% endif %} you.
{% for row in signatories %}- {{ row.name }}
{% endfor %}
"""


@dataclass(slots=True)
class Fuzzed:
    """What became of the inputs of one kind."""

    kind: str
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    peak: int = 0  # bytes that one input took at most


def fuzz(kind: str, seeds: Sequence[bytes], take: Callable[[bytes], str], *, inputs: int) -> Fuzzed:
    """Mutants of the seeds, each taken once; whatever `take` raises is a fault. Traced, so about five times slower."""
    fuzzed, chance = Fuzzed(kind), random.Random(f"{_SEED} {kind}")
    for seed in seeds:
        assert take(seed) == _READ, f"a seed for {kind} is refused as it is: {seed[:80]!r}"
    traced_every = 20
    for number in range(inputs):
        data = mutate(chance.choice(seeds), chance)
        traced = number % traced_every == 0 or len(data) > 20_000
        if traced:
            tracemalloc.start()
        try:
            fuzzed.outcomes[take(data)] += 1
        except Exception as error:
            fuzzed.faults.append(f"{kind} {number}: {type(error).__name__}: {error}: {data[:300]!r}")
        if traced:
            fuzzed.peak = max(fuzzed.peak, tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    if fuzzed.peak > _MOST_MEMORY:
        fuzzed.faults.append(f"{kind}: one input took {fuzzed.peak / 2**20:.1f} MB")
    if not fuzzed.outcomes[_REFUSED]:  # that the seeds are read was seen above
        fuzzed.faults.append(f"{kind}: not one was refused, so nothing was spoilt")
    return fuzzed


def _take_reply(data: bytes) -> str:
    """A reply, in the pieces that its own bytes decide on; what the reader keeps is bounded all the while."""
    reader, chance = ReplyReader(), random.Random(data)
    outcome = _REFUSED
    for piece in pieces(data, chance):
        try:
            replies = list(reader.feed(piece))
        except MalformedReply as problem:
            _in_words(str(problem), "-")
            return _REFUSED
        finally:
            kept = reader.kept_bytes
            if kept > MAX_REPLY_BYTES + _LARGEST_READ:
                raise AssertionError(f"{kept} bytes are kept")
        for whole in replies:
            reply = build_reply(Stage.RCPT, whole.code, whole.lines)
            if not (200 <= reply.code < 600 and reply.text.isprintable()):
                raise AssertionError(f"a reply that can't be: {reply}")
            outcome = _READ
    return outcome


def _floods() -> Iterator[str]:
    """Replies without an end, of one line and of many: given up at the bound, and no more is kept than came with it."""
    for flood in (b"250-" + b"x" * 1020, b"250-x\r\n" * 128, b"\n" + b"x" * 1023):
        reader, fed = ReplyReader(), 0
        try:
            while fed <= 4 * MAX_REPLY_BYTES:
                list(reader.feed(flood if not fed or flood.endswith(b"\n") else b"x" * len(flood)))
                fed += len(flood)
        except MalformedReply:
            pass
        if fed > MAX_REPLY_BYTES:
            yield f"{fed} bytes of {flood[:20]!r}… were taken"


def _list_taker(folder: Path, name: str) -> Callable[[bytes], str]:
    """Reads a list of this name."""
    options = ContactsOptions(file=name)

    def take(data: bytes) -> str:
        (folder / name).write_bytes(data)
        return _judged(read_contacts(folder, options))

    return take


def _judged(found: Iterator[Contact | Problem]) -> str:
    outcome = _READ
    try:
        for one in found:
            if isinstance(one, Problem):
                _in_words(one.message, one.hint)
                outcome = _REFUSED
            else:
                _check_contact(one)
    except OutreachError as error:
        _in_words(error.what, error.remedy)
        return _REFUSED
    return outcome


def _check_contact(contact: Contact) -> None:
    """No name and no address can end a header or a command."""
    for mailbox in (*contact.to, *contact.cc, *contact.bcc):
        for text in (mailbox.name, mailbox.address, mailbox.wire):
            if any(c in text for c in "\r\n\0\x85\u2028\u2029"):
                raise AssertionError(f"a line end in {mailbox}")
    if not contact.to:
        raise AssertionError("a contact without an address")


def _take_letter(data: bytes) -> str:
    """The letter is taken apart, and its templates are compiled; nothing is rendered: it is the operator's own."""
    try:
        source = parse_source("letter.md", data)
        LetterTemplate(
            source,
            tables={"signatories": ({"name": "A"},)},
            sender={
                "name": "Coalition",
                "address": "letters@coalition.example",
                "organization": "",
                "postal_address": "",
            },
            campaign="fuzz",
            date=datetime.date(2023, 10, 16),
            default_lang="en",
            line_breaks="keep",
        )
    except OutreachError as error:
        _in_words(error.what, error.remedy)
        return _REFUSED
    return _READ


def _in_words(what: str, remedy: str) -> None:
    if not (what.strip() and remedy.strip()):
        raise AssertionError(f"refused without words: {what!r}, {remedy!r}")
    if len(what) > 2000:
        raise AssertionError(f"refused with {len(what)} characters: {what[:200]!r}")


def _spoilt_sheets(take: Callable[[bytes], str], book: bytes) -> tuple[bytes, Callable[[bytes], str]]:
    """The sheet of a workbook, and what reads a workbook with a spoilt one: a spoilt ZIP file is soon refused."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = next(name for name in members if name.startswith("xl/worksheets/"))

    def take_sheet(data: bytes) -> str:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, data if name == sheet else content)
        return take(packed.getvalue())

    return members[sheet], take_sheet


def fuzz_all(inputs: int) -> list[Fuzzed]:
    """So many replies, and fewer of what takes longer to read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        csv = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in _ROWS).encode()
        lines = "".join(f'{{"email": "{row[0]}", "name": "N", "cc": "{row[2]}", "n": {row[5]}}}\n' for row in _ROWS[1:])
        take_workbook = _list_taker(folder, "list.xlsx")
        book = workbook(("Sheet", _ROWS))
        sheet, take_sheet = _spoilt_sheets(take_workbook, book)
        return [
            fuzz("replies", _REPLIES, _take_reply, inputs=inputs),
            fuzz(
                "CSV",
                (csv, csv.replace(b",", b";").replace(b"\n", b"\r\n")),
                _list_taker(folder, "l.csv"),
                inputs=inputs // 3,
            ),
            fuzz("JSON Lines", (lines.encode(),), _list_taker(folder, "l.jsonl"), inputs=inputs // 10),
            fuzz("letters", (_LETTER,), _take_letter, inputs=inputs // 5),
            fuzz("sheets", (sheet,), take_sheet, inputs=inputs // 20),
            fuzz("workbooks", (book,), take_workbook, inputs=inputs // 20),
        ]


def run(scale: Scale) -> Figure:
    """Twenty thousand replies and thousands of lists and letters, or a few hundred."""
    results = fuzz_all(20_000 if scale is Scale.LONG else 1_000)
    told = ", ".join(
        f"{sum(one.outcomes.values()):,} {one.kind} ({one.outcomes[_REFUSED]:,} refused, {one.peak / 2**20:.1f} MB)"
        for one in results
    )
    return Figure(
        what="spoilt replies, lists, workbooks and letters: bits flipped, stretches lost, doubled, put elsewhere; "
        "replies without an end",
        asked=f"each is read or refused in words; a reply keeps at most {MAX_REPLY_BYTES // 1024} KB and what came "
        f"with it; no input takes more than {_MOST_MEMORY // 2**20} MB",
        measured=f"{told}; the memory is that of the worst one",
        faults=(*(fault for one in results for fault in one.faults), *_floods()),
    )
