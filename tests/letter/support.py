"""Letters and contacts to try things with, and what a browser would show of a page."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Literal

import pytest

from outreach.errors import ContentError, Problem
from outreach.letter.source import parse_source
from outreach.letter.template import LetterTemplate
from outreach.model import Contact, Letter, Mailbox

SIGNATORIES = (
    {"name": "Freedom & Light", "url": "https://light.example/", "items": "3"},
    {"name": "Open *Borders*", "url": "https://open.example/", "items": "4"},
)
BODY_LINE = 5  # where the body begins in the letters made here


def make_template(
    body: str,
    *,
    subject: str = "Hello",
    front: str = "",
    ending: str = ".md",
    line_breaks: Literal["keep", "join"] = "keep",
    default_lang: str = "en",
    text_beside: str | None = None,
    signatories: Sequence[Mapping[str, str]] = SIGNATORIES,
) -> LetterTemplate:
    """A template whose body begins on line 5; `front` is one line of front matter."""
    content = f"+++\nsubject = '{subject}'\n{front}\n+++\n{body}"
    source = parse_source(
        f"templates/letter{ending}",
        content.encode(),
        text_beside=None if text_beside is None else text_beside.encode(),
    )
    return LetterTemplate(
        source,
        tables={"signatories": signatories},
        sender={
            "name": "Coalition",
            "address": "letters@coalition.example",
            "organization": "",
            "postal_address": "1 A",
        },
        campaign="spring",
        date=datetime.date(2023, 10, 16),
        default_lang=default_lang,
        line_breaks=line_breaks,
    )


def make_contact(*, lang: str = "", attachments: tuple[str, ...] = (), **fields: str) -> Contact:
    """A contact with these columns besides `email`."""
    return _contact(lang, attachments, fields)


def _contact(lang: str, attachments: tuple[str, ...], fields: Mapping[str, str]) -> Contact:
    mailbox = Mailbox("", "kim@example.org", "kim@example.org")
    columns = {"email": "kim@example.org", **fields}
    return Contact("kim", 2, (mailbox,), lang=lang, attachments=attachments, fields=columns)


def render(body: str, *, ending: str = ".md", subject: str = "Hello", lang: str = "", **fields: str) -> Letter:
    """The letter with this body for a contact with these columns."""
    return make_template(body, ending=ending, subject=subject).render(_contact(lang, (), fields))


def problem_of(body: str, *, ending: str = ".md", subject: str = "Hello", lang: str = "", **fields: str) -> Problem:
    """What is wrong with such a letter."""
    with pytest.raises(ContentError) as caught:
        make_template(body, ending=ending, subject=subject).render(_contact(lang, (), fields))
    return caught.value.problem


def html_of(letter: Letter) -> str:
    """The HTML part, which must be there."""
    assert letter.html is not None
    return letter.html


class _Browser(HTMLParser):
    """Collects the text that a page shows and the tags it has."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(f"{tag}.{name}", value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


def shown_text(letter: Letter) -> str:
    """What a browser shows of the HTML part."""
    return "".join(_browse(letter).shown)


def tags_of(letter: Letter) -> list[str]:
    """The tags of the HTML part in their order."""
    return _browse(letter).tags


def attributes_of(letter: Letter, name: str) -> list[str]:
    """The values of an attribute such as `a.href`."""
    return [value for attribute, value in _browse(letter).attributes if attribute == name]


def inside(letter: Letter, tag: str) -> list[str]:
    """The source between each opening and closing tag of this name."""
    pieces = html_of(letter).split(f"</{tag}>")[:-1]
    return [piece.rpartition(f"<{tag}")[2].partition(">")[2] for piece in pieces]


def _browse(letter: Letter) -> _Browser:
    browser = _Browser()
    browser.feed(html_of(letter))
    browser.close()
    return browser
