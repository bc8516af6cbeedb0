"""Checks one letter after another: what letters share once, and of each the bytes and the values that are its own.

What is found in the words that letters share is told once, for the letter; what is found in a row is told for the row.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from outreach.errors import Problem
from outreach.message.sender import Sender
from outreach.model import Contact, LetterInStretches, Message
from outreach.preflight.checks.alike import alike
from outreach.preflight.checks.attachments import check_attachment
from outreach.preflight.checks.copies import check_copies, names_copies
from outreach.preflight.checks.counts import check_counts
from outreach.preflight.checks.dates import check_dates
from outreach.preflight.checks.domains import check_recipient, is_doubtful
from outreach.preflight.checks.fields import read_fields
from outreach.preflight.checks.footer import check_footer
from outreach.preflight.checks.headers import (
    CHECKED,
    check_ascii,
    check_field,
    check_lines,
    check_names,
    is_ordinary,
    lines_seem_fine,
)
from outreach.preflight.checks.links import GAP, check_links, check_target, check_watching, has_own_links
from outreach.preflight.checks.markup import (
    check_access,
    check_hidden,
    check_parts,
    check_sizes,
    check_support,
    is_small,
)
from outreach.preflight.checks.names import find_name, is_persons
from outreach.preflight.checks.opened import open_message
from outreach.preflight.checks.page import read_page
from outreach.preflight.checks.signature import check_signatures
from outreach.preflight.checks.subject import check_label, check_subject
from outreach.preflight.checks.unsubscribing import check_one_click, check_way_out
from outreach.preflight.checks.wording import ODD_VALUES, check_greeting, check_left_over, check_values
from outreach.preflight.codes import level_for

_SHAPES = 256
_OWN_FIELDS = frozenset((b"to", b"cc", b"message-id"))  # of each letter
_SUSPECT = re.compile(r"[\[{%<|$?\ufffd]|TODO|TBD|FIXME|XXXX|[Ll]orem")  # begins what a draft may leave behind
_URL = re.compile(r"https?://[^\s\"'<>]+")
_DOUBTFUL_LINK = "have a link that receivers distrust"


@dataclass(frozen=True, slots=True)
class CheckTerms:
    """What the checks go by."""

    now: float  # seconds since the epoch
    date: datetime.date  # the day the text prints
    purpose: str
    sender: Sender
    postal_address: str
    tables: Mapping[str, Sequence[Mapping[str, str]]]
    sources: Mapping[str, bytes]  # the letters as they are written, by path


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is known of the letters that share their words."""

    words: str  # with GAP for what differs
    names_copies: bool
    names_addresses: bool  # in the line that names copies
    own_links: bool


class LetterChecks:
    """Checks the letters of one campaign."""

    def __init__(self, terms: CheckTerms) -> None:
        self._terms = terms
        self._level = level_for(terms.purpose)
        self._is_commercial = terms.purpose == "commercial"
        self._shapes: dict[object, _Shape] = {}
        self._known_names = frozenset(
            [terms.sender.from_.name, terms.sender.organization]
            + [cell for rows in terms.tables.values() for row in rows for cell in row.values()]
        )
        self._names = _kept(check_names)
        self._fields = _kept(lambda name, value: check_field(name, value, now=terms.now))
        self._subjects = _kept(self._check_subject)
        self._seen: set[tuple[bytes, ...]] = set()  # names of headers
        self._good: dict[bool, re.Pattern[bytes]] = {}  # headers that are good, with and without Cc
        self.shared: dict[Problem, None] = {}  # found in what letters share, each once; whoever takes them empties it
        self.named: list[Problem] = []  # names of recipients in the words that all get

    def check(self, letter: LetterInStretches, message: Message, contact: Contact, path: str) -> list[Problem]:
        """What is wrong with this letter alone. `path` is where it is written."""
        content = message.content
        header_bytes = content.find(b"\r\n\r\n") + 2
        block = content[:header_bytes]
        problems: list[Problem] = []
        if not lines_seem_fine(content):
            problems += check_lines(content)
        if not block.isascii():
            problems += check_ascii(block, smtputf8=message.needs_smtputf8)
        good = self._good.get(bool(contact.cc))
        if good is None or good.fullmatch(block) is None:
            self._check_headers(block, path, problems, has_cc=bool(contact.cc))
        if not is_small(len(content)):
            problems += check_sizes(html_bytes=0, total_bytes=len(content), header_bytes=header_bytes)
        shape = self._shape(letter, message, path)
        self._check_values(letter, shape, problems)
        self._check_contact(letter, contact, shape, problems)
        is_korean = self._is_commercial and (letter.lang[:2] == "ko" or contact.to[0].domain.endswith(".kr"))
        for problem in self._subjects(letter.subject, is_korean):
            if problem.where and any(problem.where in cell for cell in contact.fields.values()):
                own = check_values((problem.where,), problem.where, letter.lang)
                problems += [one for one in own if one not in problems]
            else:
                self._share([problem], path)
        for file in letter.attachments:
            self._share(check_attachment(file), file)
        return problems

    def _check_headers(self, block: bytes, path: str, problems: list[Problem], *, has_cc: bool) -> None:
        """The headers; what is the same for everyone is shared. The first good ones are a pattern for the others."""
        fields = read_fields(block)
        before = len(problems)
        problems += self._names(fields.names)
        for name, value in zip(fields.names, fields.values, strict=True):
            if name not in CHECKED or (name in _OWN_FIELDS and is_ordinary(name, value)):
                continue
            if found := self._fields(name, value):
                if name in _OWN_FIELDS:
                    problems += found
                else:
                    self._share(found, "[sender] from" if name == b"from" else path)
        if b"list-unsubscribe" in fields.names or b"list-unsubscribe-post" in fields.names:
            problems += check_one_click(fields)
        if fields.names not in self._seen:
            self._seen.add(fields.names)
            self._share(check_signatures(fields), path)
            if len(problems) == before:
                self._good[has_cc] = alike(fields)

    def _check_values(self, letter: LetterInStretches, shape: _Shape, problems: list[Problem]) -> None:
        """What the row puts into the words."""
        values, joined = letter.text.values, letter.text.joined_values
        if not ODD_VALUES.isdisjoint(values) or _SUSPECT.search(joined):
            problems += check_values(values, joined, letter.lang)
        if "" in values or " " in values:
            problems += check_greeting(str(letter.text))
        if letter.html is None:
            return
        linked = letter.html.joined_values
        if "://" in linked:
            found = [problem for url in _URL.findall(linked) for problem in check_target(url)]
            if shape.own_links:
                found = list(check_links(read_page(str(letter.html))))
            problems += dict.fromkeys(replace(problem, several=_DOUBTFUL_LINK) for problem in found)

    def _check_contact(
        self, letter: LetterInStretches, contact: Contact, shape: _Shape, problems: list[Problem]
    ) -> None:
        """The row beside the letter that it gets."""
        for mailbox in (*contact.to, *contact.cc, *contact.bcc) if contact.cc or contact.bcc else contact.to:
            if is_doubtful(mailbox):
                problems += check_recipient(mailbox, self._level)
        if shape.names_copies and (not contact.cc or shape.names_addresses or "@" in letter.text.joined_values):
            problems += check_copies(str(letter.text), contact)
        name = contact.fields.get("name") or contact.to[0].name
        if (
            len(name) > 2
            and name in shape.words
            and is_persons(name, self._known_names)
            and find_name(name, shape.words)
        ):
            self.named.append(_named(name))

    def _shape(self, letter: LetterInStretches, message: Message, path: str) -> _Shape:
        """What is known of letters like this; found out at the first of them."""
        key = (letter.text.fixed, letter.html and letter.html.fixed, letter.lang, path)
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= _SHAPES:
                self._shapes.clear()
            shape = self._shapes[key] = self._look_closely(letter, message, path)
        return shape

    def _look_closely(self, letter: LetterInStretches, message: Message, path: str) -> _Shape:
        """All checks of what letters share, on the bytes of the first."""
        words = GAP.join(letter.text.fixed)
        opened = open_message(message.content)
        text = opened.text or ""
        own_links = False
        self._share(check_lines(message.content), path)
        if opened.html is not None:
            page, pattern = read_page(opened.html), read_page(GAP.join(letter.html.fixed if letter.html else ()))
            own_links = has_own_links(pattern)
            for check in (check_hidden, check_links, check_support, check_access):
                self._share(check(page), path)
            self._share(check_parts(opened.text, page), path)
            self._share(check_watching(pattern), path)
            self._share(check_sizes(html_bytes=opened.html_bytes, total_bytes=0, header_bytes=0), path)
            self._share_words(check_left_over(pattern.text, letter.lang), path)
            text = text or page.text
        self._share_words(check_left_over(words, letter.lang), path)
        self._share_words(check_greeting(words), path)
        self._share_words(check_dates(text, letter.lang, self._terms.date), path)
        self._share_words(check_counts(text, self._terms.tables), path)
        self._share(check_footer(text, self._terms.sender, self._terms.postal_address, self._level), path)
        fields = read_fields(message.content[: message.content.find(b"\r\n\r\n") + 2])
        self._share(check_way_out(fields, text, self._level), path)
        copies = names_copies(words)
        return _Shape(words, copies, copies and "@" in words, own_links)

    def _check_subject(self, subject: str, is_korean: bool) -> Iterator[Problem]:
        yield from check_subject(subject)
        yield from check_label(subject, purpose=self._terms.purpose, is_korean=is_korean)
        yield from check_left_over(subject, "")

    def _share(self, problems: Iterable[Problem], where: str) -> None:
        for problem in problems:
            self.shared.setdefault(replace(problem, where=where))

    def _share_words(self, problems: Iterable[Problem], path: str) -> None:
        """Problems whose `where` holds the words that they are about: these have a line in the letter."""
        for problem in problems:
            source = self._terms.sources.get(path, b"").decode("utf-8", errors="replace")
            offset = source.find(problem.where.strip().partition("\n")[0]) if problem.where else -1
            where = path if offset < 0 else f"{path}:{source.count(chr(10), 0, offset) + 1}"
            self._share([problem], where)


def _kept(check: Callable[..., Iterator[Problem]]) -> Callable[..., tuple[Problem, ...]]:
    """The check, which remembers what it found: most letters have most headers in common."""

    @lru_cache(maxsize=512)
    def found(*arguments: object) -> tuple[Problem, ...]:
        return tuple(check(*arguments))

    return found


def _named(name: str) -> Problem:
    message = f'the letter itself holds the name "{name}": others get it too'
    hint = "Write {{ name }} in its place, or accept it if the letter speaks of them."
    return Problem("W22", "", message, hint, level="warning", several="are named in the words that all get")
