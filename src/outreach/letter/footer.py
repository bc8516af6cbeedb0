"""The footer of a letter: who writes, from where, how to reach them, why, and how to get off the list.

`{{ footer }}` places it; a letter that needs one and places none has it at its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from outreach.letter.footer_words import footer_words
from outreach.letter.language import canonical_tag
from outreach.letter.source import Kind, Passage

PLACED = "footer"  # what the letter calls it
LINK = "unsubscribe_url"  # what the letter calls the link alone
APPENDED = "_footer"  # what we call it at the end, where the letter may have a `footer` of its own

_END = re.compile(r"</(body|html)\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FooterTerms:
    """What the footers of a campaign say."""

    name: str
    postal_address: str  # may have several lines; empty for none
    contact: str
    purpose: str
    reasons: Mapping[str, str]  # in the sender's own words, by language; "" for any
    is_appended: bool = False  # where the letter places neither it nor the link

    def footer(self, lang: str, kind: Kind, link: str) -> Footer:
        """The footer of a letter in this language; `link` is empty where nobody need get off."""
        words = footer_words(lang)
        lines = (self._reason(lang), self.name, self.postal_address, words.contact.format(self.contact))
        return Footer(kind, tuple(line for line in lines if line), words.unsubscribe, link)

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
    link: str
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
                link = f"\n\n[{print_value(self.label)}]({print_value(self.link)})" if self.link else ""
            case Kind.HTML:
                before, text = "<hr>", f"<p>{'<br>'.join(lines)}</p>"
                link = f'<p><a href="{print_value(self.link)}">{print_value(self.label)}</a></p>' if self.link else ""
            case Kind.TEXT:
                before, text = "\n\n---\n\n", "\n".join(lines)
                link = f"\n\n{print_value(self.label)}: {print_value(self.link)}" if self.link else ""
        return f"{before if self.is_appended else ''}{text}{link}"

    def __str__(self) -> str:
        """The footer as text, for filters."""
        return replace(self, kind=Kind.TEXT, is_appended=False).write(str)


def append_footer(passage: Passage, kind: Kind) -> Passage:
    """The passage with the footer at its end: in a page before its end. No line of it moves."""
    text, printed = passage.text, f"{{{{ {APPENDED} }}}}"
    ends = {found[1].lower(): found.start() for found in _END.finditer(text)} if kind is Kind.HTML else {}
    end = ends.get("body", ends.get("html", len(text)))
    return replace(passage, text=f"{text[:end]}{printed}{text[end:]}")
