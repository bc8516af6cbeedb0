"""The letter as the peers have it: taken from a message of ours, with the places to fill in put back."""

from __future__ import annotations

import csv
import email
import email.policy
import html
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.campaign import COLUMNS, ROOT, write_campaign
from tests.benchmarks.watching import outreach

_PERSONAL = {"name": "Marked Name", "office": "Marked Office", "salutation": "Marked Salutation"}


@dataclass(frozen=True, slots=True)
class Passage:
    """One part of the letter: what stands before the signatories, the line of each, and what stands behind."""

    before: str
    item: str
    after: str

    def jinja(self) -> str:
        """As a template of Jinja with a loop."""
        parts = [self.before, "{% for signatory in signatories %}", self.item, "{% endfor %}", self.after]
        text = "".join(parts)
        for field, mark in _PERSONAL.items():
            text = text.replace(mark, f"{{{{ {field} }}}}")
        return text.replace("\0number", "{{ loop.index }}").replace("\0signatory", "{{ signatory }}")

    def literal(self) -> str:
        """As a function of JavaScript that fills in a template literal."""
        inner = _escaped(self.item).replace("\0number", "${index + 1}").replace("\0signatory", "${signatory}")
        loop = f"${{signatories.map((signatory, index) => `{inner}`).join('')}}"
        text = _escaped(self.before) + loop + _escaped(self.after)
        for field, mark in _PERSONAL.items():
            text = text.replace(mark, f"${{contact.{field}}}")
        return f"(contact, signatories) => `{text}`"


@dataclass(frozen=True, slots=True)
class PeerLetter:
    """Both parts, and the size of the whole message as we compose it, in bytes."""

    text: Passage
    html: Passage
    size: int


def signatories() -> list[str]:
    """The names under the letter."""
    with (ROOT / "contacts/signatories.csv").open(newline="", encoding="utf-8") as file:
        return [row["name"] for row in csv.DictReader(file)]


def read_letter() -> PeerLetter:
    """Compose one message with marks in the place of names, and take it apart."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "campaign"
        write_campaign(folder, 0)
        with (folder / "contacts.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="")
            writer.writeheader()
            writer.writerow({"email": "somebody@host.example", **_PERSONAL})
        outreach(folder, "send", "--dry-run", "-q", "--eml", "out")
        content = next((folder / "out").iterdir()).read_bytes()
    message = email.message_from_bytes(content, policy=email.policy.default)
    parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    names = signatories()
    text = _passage(
        parts["text/plain"], [f"{number}. {name}\n" for number, name in enumerate(names, 1)], "\0number. \0signatory\n"
    )
    escaped = [f"<li>{html.escape(name)}</li>\n" for name in names]
    return PeerLetter(text, _passage(parts["text/html"], escaped, "<li>\0signatory</li>\n"), len(content))


def _passage(text: str, lines: list[str], item: str) -> Passage:
    """The text with the lines taken out; ValueError where they are not in it."""
    before, listed, after = text.replace("\r\n", "\n").partition("".join(lines))
    if not listed:
        raise ValueError(f"the signatories are not listed as expected: {lines[0]!r}")
    return Passage(before, item, after)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")


def as_json(letter: PeerLetter) -> str:
    """What the Python peer reads: both templates of Jinja, and the names."""
    parts = {"text": letter.text.jinja(), "html": letter.html.jinja(), "signatories": signatories()}
    return json.dumps(parts)
