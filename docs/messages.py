"""Writes docs/messages.md: every error message of the project with its remedy. Run it: make messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from docs.reading.package import Package
from docs.reading.readings import Piece

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "messages.md"

_HEAD = """\
# Messages

Every error message of `outreach`, with what to do about it.
The program says both, each on a line of its own: `Error: what happened`, `→ what to do`.
What stands in *italics* is known when the program runs: *reason* is what the system or the mail server said.
The first column is the [exit code](how-to.md#exit-codes); where there is none, the message stops nothing.
A code such as `E09` stands before what is found in the list or the letter, with its place; see [Findings](findings.md).

This file is written by `make messages` from the source, and a test compares them.
"""

# Where messages come from, by the beginnings of their modules, and what they are about; the longest beginning counts.
_SECTIONS = {
    "Beginning": ("beginning", "cli.first_questions", "cli.init"),
    "The command line": ("cli",),
    "Settings": ("config", "preflight.sources", "assembly"),
    "The list": ("contacts", "preflight.check"),
    "The letter": ("letter", "composing", "preflight.letters"),
    "The message and its files": ("message",),
    "The checks": ("preflight",),
    "The mail server": ("smtp", "preflight.relay", "preflight.advice", "policy"),
    "DNS": ("preflight.network", "resolver"),
    "The ledger": ("ledger",),
    "Sending": ("sending", "cli.ask", "cli.send", "cli.start_time"),
    "Rehearsing": ("cli.rehearsal", "sending.rehearsal", "sending.choosing", "sending.telling"),
    "The suppression list": (
        "report.suppression_file",
        "cli.suppression_files",
        "cli.unsubscribe",
        "sending.unsubscribe",
    ),
    "What is left": ("sending.decide", "cli.decide", "cli.suppress"),
}

# What holes are called, where the name in the source says too little to a reader.
_NAMES = {
    "error": "reason",
    "strerror": "reason",
    "why": "reason",
    "msg": "reason",
    "said": "reply",
    "stated": "the encoding",
    "shown": "file",
    "filename": "file",
    "target": "file",
    "output": "file",
    "config": "file",
    "seal_path": "seal file",
    "canonical": "language",
    "tag": "language",
    "renamed": "name",
    "matches": "name",
    "listed": "names",
    "places": "place",
    "origins": "place",
    "clock_time": "time",
    "local_time": "time",
    "local_iso": "time",
    "moment": "time",
    "tomorrow": "time",
    "as_toml": "value",
    "text_digest": "seal",
    "standing": "name",
    "record": "name",
    "request": "name",
    "folder_of": "folder",
    "missing_only": "address",
    "reply_to": "address",
    "pair": "text",
    "quoted": "name",
    "tb_lineno": "line",
    "co_filename": "file",
    "reference": "place",
    "words": "program",
    "returncode": "number",
    "mailboxes": "number",
    "most_recipients": "number",
    "smallest": "number",
    "repeated": "number",
    "keys": "number",
    "removed": "number",
    "moved": "number",
    "field_size_limit": "number",
    "LONGEST_LINE": "number",
    "limit_bytes": "number",
    "late_seconds": "number",
    "colno": "number",
    "ord": "character",
    "in_words": "languages",
    "braces": "number",
    "missing": "name",
    "what": "thing",
    "tls_mismatch": "reason",
    "message": "reason",
    "counted": "number of letters",
    "meant": "setting",
    "title": "provider",
    "wrong": "text",
    "fmt": "text",
    "blank": "text",
    "since": "text",
    "misread": "reason",
    "strays": "value",
    "theirs": "column",
    "ours": "field",
    "guess": "column",
    "email": "column",
    "first_row": "number",
    "letters_words": "number",
    "found": "number",
    "known": "names",
    "with_suffix": "file",
    "start": "number",
    "late": "number",
    "constant": "value",
    "parent": "folder",
    "letters": "number",
    "count": "number",
    "changed": "number",
}
# The same, for some modules only.
_NAMES_IN = {
    "contacts": {"what": "the list"},
    "contacts.encoding": {"shown": "how it may be read"},
    "contacts.xlsx_rows": {"letters": "column", "names": "column"},
    "contacts.xlsx_notes": {"letters": "column", "names": "column"},
    "letter": {"shown": "value", "said": "reason"},
    "letter.variants": {"found": "file"},
    "message": {"what": "the file"},
    "letter.template": {"what": "the subject"},
    "preflight.check": {"what": "address"},
    "preflight.relay": {"shown": "host:port"},
    "preflight.letters": {"above": "folder"},
    "config.loading": {"error": "what it may be"},
    "cli.unsubscribe": {"campaign_id": "id"},
    "config.secret": {"what": "password or key"},
    "cli.start_time": {"shown": "hours"},
    "cli.app": {"error": "reason"},
    "preflight.checks.counts": {"said": "text", "what": "the list", "length": "number"},
    "preflight.checks.dates": {"said": "text", "right": "day", "isoformat": "date"},
    "preflight.checks.domains": {"meant": "domain"},
    "preflight.checks.headers": {"decode": "name"},
    "preflight.checks.links": {"shown": "link", "differs": "host"},
    "preflight.checks.markup": {"tag": "name", "what": "CSS", "hidden": "text", "other": "link", "source": "link"},
    "preflight.checks.signature": {"decode": "header", "_LEAST_BITS": "number", "_GOOD_BITS": "number"},
    "preflight.checks.wording": {"found": "text", "draft": "text", "empty": "text", "shown": "text"},
    "preflight.codes": {"said_in": "setting"},
    "preflight.spamassassin": {"_MOST_SECONDS": "number"},
}


def main() -> None:
    """Write the file."""
    text, unread = written()
    for place in unread:
        print(f"not readable: {place}")
    DOCUMENT.write_text(text, encoding="utf-8")


def written(package: Path = ROOT / "src" / "outreach") -> tuple[str, list[str]]:
    """The document, and the places in the source whose messages can't be read."""
    messages, unread = Package(package).messages()
    tables: dict[str, dict[tuple[str, str, str], set[str]]] = {}
    for message in messages:
        module = message.module.partition(".")[2]
        what, remedy = (_markdown(pieces, module) for pieces in (message.what, message.remedy))
        rows = tables.setdefault(_section(module), {})
        rows.setdefault((message.exit_code, message.code, what), set()).add(remedy)
    order = [*_SECTIONS, *sorted(tables.keys() - _SECTIONS.keys())]
    return "\n".join([_HEAD, *(_table(title, tables[title]) for title in order if title in tables)]), unread


def _section(module: str) -> str:
    """What the messages of a module are about; a part of the package that is new here has its own name."""
    beginnings = {beginning: title for title, some in _SECTIONS.items() for beginning in some}
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        title = beginnings.get(".".join(parts[:length]))
        if title is not None:
            return title
    return parts[0].capitalize()


def _table(title: str, rows: dict[tuple[str, str, str], set[str]]) -> str:
    lines = [f"## {title}", "", "| exit | code | what happened | what to do |", "| --- | --- | --- | --- |"]
    for exit_code, code, what in sorted(rows, key=lambda row: (int(row[0] or 999), row[1], row[2].lower(), row[2])):
        remedies = _one_cell(sorted(rows[exit_code, code, what]))
        lines.append(f"| {exit_code or '–'} | {f'`{code}`' if code else ''} | {what} | {remedies} |")
    return "\n".join([*lines, ""])


def _one_cell(remedies: Sequence[str]) -> str:
    """The remedies for one message below each other; what all of them begin with is said once."""
    first = remedies[0].partition(". ")[0] + ". "
    if len(remedies) == 1 or not all(remedy.startswith(first) for remedy in remedies):
        return "<br>".join(remedies)
    return "<br>".join([first.rstrip(), *(remedy.removeprefix(first) for remedy in remedies)])


def _markdown(pieces: Sequence[Piece], module: str) -> str:
    return "".join(
        _escaped(piece) if isinstance(piece, str) else f"*{_called(piece.name, module)}*" for piece in pieces
    )


def _called(name: str, module: str) -> str:
    for beginning in (module, module.partition(".")[0]):
        if name in _NAMES_IN.get(beginning, {}):
            return _NAMES_IN[beginning][name]
    return _NAMES.get(name, name).replace("_", " ")


def _escaped(text: str) -> str:
    """The text as Markdown shows it in a table; what stands in backticks is code already."""
    pieces: Iterable[str] = re.split(r"(`[^`]*`)", text)
    shown = (piece if piece.startswith("`") else re.sub(r"([\\*<>])", r"\\\1", piece) for piece in pieces)
    return "".join(shown).replace("|", "\\|").strip("\n")


if __name__ == "__main__":
    main()
