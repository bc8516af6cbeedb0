"""The footer of a letter: who writes, from where, how to reach them, why, and how to get off the list.

`{{ footer }}` places it; a letter that needs one and places none has it at its end.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from outreach.letter.footer_words import footer_words
from outreach.letter.language import canonical_tag
from outreach.letter.source import Kind, Passage

PLACED = "footer"  # what the letter calls it
APPENDED = "_footer"  # what we call it at the end, where the letter may have a `footer` of its own

_END = re.compile(r"</(body|html)\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is the recipient's own; only a part of it differs from the others'."""

    before: str  # each part is as it may stand in a URL (RFC 3986)
    own: str
    after: str

    def __str__(self) -> str:
        """The whole of it."""
        return f"{self.before}{self.own}{self.after}"


@dataclass(frozen=True, slots=True)
class FooterTerms:
    """What the footers of a campaign say."""

    name: str
    postal_address: str  # may have several lines; empty for none
    contact: str
    purpose: str
    reasons: Mapping[str, str]  # in the sender's own words, by language; "" for any
    is_appended: bool = False  # where the letter places neither it nor the link

    def footer(self, lang: str, kind: Kind, link: Link | None) -> Footer:
        """The footer of a letter in this language; without a `link` where nobody need get off."""
        words = footer_words(lang)
        lines = (self._reason(lang), self.name, *self.postal_address.splitlines(), words.contact.format(self.contact))
        return Footer(kind, tuple(line for line in map(str.strip, lines) if line), words.unsubscribe, link)

    def _reason(self, lang: str) -> str:
        given = {canonical_tag(tag) if tag else "": reason for tag, reason in self.reasons.items()}
        canonical = canonical_tag(lang)
        for tag in (canonical, canonical.partition("-")[0], ""):
            if tag in given:
                return given[tag]
        return footer_words(lang).reasons[self.purpose]


@dataclass(frozen=True, slots=True)
class Footer:
    """What `{{ footer }}` prints in one letter: values, and around them the marks of the language it stands in."""

    kind: Kind
    lines: tuple[str, ...]
    label: str
    link: Link | None
    is_appended: bool = False  # at the end, set off from the letter

    def at_end(self) -> Footer:
        """The same, set off from what stands before it."""
        return replace(self, is_appended=True)

    def write(self, print_value: Callable[[str], str]) -> str:
        """The footer; `print_value` gives what stands for a value, which is then escaped for its place."""
        lines = [print_value(line) for line in self.lines]
        match self.kind:
            case Kind.MARKDOWN:
                before, text = "\n\n---\n\n", "\\\n".join(lines)
            case Kind.HTML:
                before, text = "<hr>", f"<p>{'<br>'.join(lines)}</p>"
            case Kind.TEXT:
                before, text = "\n\n---\n\n", "\n".join(lines)
        return f"{before if self.is_appended else ''}{text}{self._write_link(print_value)}"

    def _write_link(self, print_value: Callable[[str], str]) -> str:
        if self.link is None:
            return ""
        label = print_value(self.label)
        # What is the same for everyone stands there as it is, so that it is escaped only once.
        link = f"{self.link.before}{print_value(self.link.own)}{self.link.after}"
        match self.kind:
            case Kind.MARKDOWN:
                return f"\n\n[{label}](<{html.escape(link)}>)"
            case Kind.HTML:
                return f'<p><a href="{html.escape(link)}">{label}</a></p>'
            case Kind.TEXT:
                return f"\n\n{label}: {link}"

    def __str__(self) -> str:
        """The footer as text, for filters."""
        return replace(self, kind=Kind.TEXT, is_appended=False).write(str)


def append_footer(passage: Passage, kind: Kind) -> Passage:
    """The passage with the footer at its end: in a page before its end. No line of it moves."""
    text, printed = passage.text, f"{{{{ {APPENDED} }}}}"
    ends = {found[1].lower(): found.start() for found in _END.finditer(text)} if kind is Kind.HTML else {}
    end = ends.get("body", ends.get("html", len(text)))
    return replace(passage, text=f"{text[:end]}{printed}{text[end:]}")
