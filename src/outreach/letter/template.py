"""The letter's template: a contact goes in, a letter comes out.

The template is rendered once for both parts, with a numbered mark for each printed value. What comes out, the
skeleton, is the same for nearly all contacts, so turning it into HTML and text is done once per skeleton and kept.
Then each value goes into its place, escaped for where it stands. No value is ever parsed as anything.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from outreach.errors import ContentError, Problem
from outreach.letter.complaints import UnfitError, shorten, source_error
from outreach.letter.environment import LetterEnvironment
from outreach.letter.folding import NOTHING_FOLDED, Folded
from outreach.letter.footer import APPENDED, PLACED, Footer, FooterTerms, Link, append_footer
from outreach.letter.language import canonical_tag, find_locale, is_right_to_left
from outreach.letter.layout import inline_css, lay_out, lay_out_html
from outreach.letter.markdown import LetterMarkdown
from outreach.letter.marks import Marks
from outreach.letter.options import LINK
from outreach.letter.passage import PassageTemplate
from outreach.letter.skeleton import (
    Skeleton,
    UnfitValueError,
    fill_paths,
    html_skeleton,
    name_images,
    plain_skeleton,
    text_skeleton,
)
from outreach.letter.source import Kind, LetterSource, Passage
from outreach.letter.text import text_from_html
from outreach.letter.values import Row
from outreach.model import Contact, Letter, LetterInStretches, Stretches

_SKELETONS = 256
# All that ends a line somewhere (RFC 5322 knows CR and LF only), and control characters; a tab becomes a blank.
_UNFIT_FOR_HEADERS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one skeleton turns into."""

    text: Skeleton
    html: Skeleton | None = None
    images: tuple[str, ...] = ()  # paths, with marks


class LetterTemplate:
    """A letter, ready to be rendered for one contact after another."""

    def __init__(
        self,
        source: LetterSource,
        *,
        tables: Mapping[str, Sequence[Mapping[str, str]]],
        sender: Mapping[str, str],
        campaign: str,
        date: datetime.date,
        default_lang: str,
        line_breaks: Literal["keep", "join"],
        footer: FooterTerms | None = None,
        link: Callable[[Contact], Link] | None = None,
    ) -> None:
        """`tables` are the rows under [data] by name; ContentError (E20) where a template does not parse.

        `link` gives the contact's own to unsubscribe; None where nobody need.
        """
        self._footer = footer
        self._link = link
        self._marks = Marks(passage.text for passage in source.passages)
        self._markdown = LetterMarkdown(self._marks, keep_line_breaks=line_breaks == "keep")
        self._default_lang = default_lang
        self._common: dict[str, Any] = {
            **{name: tuple(Row(row) for row in rows) for name, rows in tables.items()},
            "date": date,
            "sender": Row(sender),
            "campaign": campaign,
        }
        environment = LetterEnvironment(self._marks)
        self._source = source = _with_footer(source, environment, footer)
        self._subject = PassageTemplate(environment, source.subject)
        self._body = PassageTemplate(environment, source.body, common=self._common.keys())
        self._attachments = [PassageTemplate(environment, passage) for passage in source.attachments]
        self._lang = PassageTemplate(environment, source.lang) if source.lang else None
        self._beside = PassageTemplate(environment, source.beside) if source.beside else None
        if source.lang is not None and self._lang is not None and self._lang.is_constant:
            self._refuse_other_language(source.lang.text.strip() or source.only_lang, source.lang)
        self._known_lines: dict[str, str] = {}  # those that are the same for everyone, by what the letter says
        names = self._names()
        offered = {PLACED if footer is not None else "", LINK if link is not None else ""}
        self._common_names = names & (self._common.keys() | offered)
        self._offered = names & {PLACED, LINK, APPENDED}
        self.prints_date = "date" in names
        self._parts = lru_cache(maxsize=_SKELETONS)(self._build_parts)
        self._plain = lru_cache(maxsize=_SKELETONS)(lambda marked: plain_skeleton(self._marks, marked))

    def render(self, contact: Contact) -> Letter:
        """The letter for this contact; ContentError (E08, E09, E18, E20, E22, E25) at the letter's line."""
        return self.render_stretches(contact).letter

    def render_stretches(self, contact: Contact) -> LetterInStretches:
        """The same, not put together yet."""
        names, lang = self._names_for(contact)
        pieces, printed, folded = self._body.render_folded(names, lang)
        try:
            text, html, images = self._fill(pieces, printed, folded, names, lang)
        except (ContentError, UnfitValueError):
            # The whole letter, with nothing folded, tells where it is.
            marked, printed = self._body.render(names, lang)
            try:
                text, html, images = self._fill((marked,), printed, NOTHING_FOLDED, names, lang)
            except UnfitValueError as error:
                where = self._body.where(error.index, names, lang)
                raise ContentError(error.cause.problem(where)) from None
        return LetterInStretches(
            subject=self._render_subject(names, lang),
            text=text,
            html=html,
            lang=lang,
            attachments=self._render_attachments(names, lang, contact),
            images=images,
        )

    def _fill(
        self, pieces: tuple[str, ...], printed: list[str], folded: Folded, names: Mapping[str, Any], lang: str
    ) -> tuple[Stretches, Stretches | None, tuple[str, ...]]:
        """Text, HTML and the paths of images. UnfitValueError for a value that can't stand where it should."""
        parts = self._parts(pieces, lang, folded)
        if isinstance(parts, Problem):
            raise ContentError(parts)
        return (
            parts.text.fill(printed) if self._beside is None else self._fill_beside(names, lang),
            parts.html.fill(printed) if parts.html is not None else None,
            fill_paths(self._marks, parts.images, printed) if parts.images else (),
        )

    def named_images(self) -> tuple[str, ...]:
        """The paths of the images that the letter names, apart from those whose path depends on a value."""
        body = self._source.body.text
        try:
            match self._source.kind:
                case Kind.TEXT:
                    return ()
                case Kind.HTML:
                    page = inline_css(body)
                case Kind.MARKDOWN:
                    page = self._markdown.parse(body).body
        except UnfitError:
            return ()  # told when the letter is rendered
        return tuple(path for path in name_images(self._marks, page)[1] if "{" not in path)

    # --- names and language

    def _names(self) -> set[str]:
        """All names that the letter takes from outside."""
        single = [template for template in (self._lang, self._beside) if template]
        templates = [self._subject, self._body, *self._attachments, *single]
        return set[str]().union(*(template.names for template in templates))

    def _names_for(self, contact: Contact) -> tuple[dict[str, Any], str]:
        """What the letter sees, and the language it is in."""
        if not self._common_names.isdisjoint(contact.fields):
            raise ContentError(self._ambiguous(sorted(self._common_names & contact.fields.keys())[0]))
        lang = self._source.only_lang or contact.lang or self._default_lang
        names = {**self._common, **contact.fields, "lang": lang}
        passage = self._source.subject
        if self._lang is not None and self._source.lang is not None:
            passage = self._source.lang
            lang = self._marks.fill(*self._lang.render(names, lang)).strip() or lang
        lang = lang.replace("_", "-")
        try:
            find_locale(lang)
        except UnfitError as error:
            raise ContentError(error.problem(passage.where())) from None
        self._refuse_other_language(lang, passage)
        names["lang"] = lang
        if self._offered:
            self._offer(names, contact, lang)
        return names, lang

    def _offer(self, names: dict[str, Any], contact: Contact, lang: str) -> None:
        """Add the footer and the link to what the letter sees, where it asks for them."""
        link = self._link(contact) if self._link is not None else None
        if link is not None:
            names[LINK] = str(link)
        if self._footer is not None:
            footer = self._footer.footer(lang, self._source.kind, link)
            names[PLACED], names[APPENDED] = footer, footer.at_end()

    def _refuse_other_language(self, lang: str, passage: Passage) -> None:
        """ContentError where the front matter says another language than the name of the file."""
        only = self._source.only_lang
        if only and canonical_tag(lang) != only:
            message = f'the letter says lang = "{shorten(lang)}", and its file is the one for "{only}"'
            raise source_error(passage.where(), message, "Take lang out of it, or rename the file.")

    def _ambiguous(self, name: str) -> Problem:
        place = self._body.place_of(name)
        message = f'"{name}" is a column of the list, and also something every letter sees'
        return Problem("E20", place, message, "Rename the column, or the table under [data].")

    # --- the body

    def _build_parts(self, pieces: tuple[str, ...], lang: str, folded: Folded) -> _Parts | Problem:
        """The parts of a skeleton; a problem is kept like them, since it is the same for all who share it."""
        marked = "".join(pieces)
        try:
            match self._source.kind:
                case Kind.TEXT:
                    return _Parts(plain_skeleton(self._marks, marked, folded.values))
                case Kind.HTML:
                    page = lay_out_html(marked, lang)
                    return self._both_parts(page, lang, folded, text_page=page)
                case Kind.MARKDOWN:
                    return self._build_markdown(marked, lang, folded)
        except UnfitError as error:
            return error.problem(self._source.body.where())

    def _build_markdown(self, marked: str, lang: str, folded: Folded) -> _Parts | Problem:
        parsed = self._markdown.parse(marked)
        if parsed.left_over:
            return self._left_over(parsed.left_over)
        return self._both_parts(lay_out(parsed.body, lang), lang, folded, text_page=parsed.body)

    def _both_parts(self, page: str, lang: str, folded: Folded, *, text_page: str) -> _Parts:
        page, images = name_images(self._marks, page)
        text = text_skeleton(self._marks, text_from_html(self._marks, text_page), folded.values)
        html = html_skeleton(self._marks, page, folded.values, rtl=is_right_to_left(lang))
        return _Parts(text, html, images)

    def _left_over(self, stretch: str) -> Problem:
        where = self._body.place_of(self._marks.blank(stretch).partition("…")[0])
        message = f'Markdown that is not understood stays in the letter: "{shorten(self._marks.blank(stretch))}"'
        hint = "Close it, take the blanks inside it away, or put \\ before each character that is meant literally."
        return Problem("E22", where, message, hint)

    def _fill_beside(self, names: Mapping[str, Any], lang: str) -> Stretches:
        assert self._beside is not None  # noqa: S101 - the caller has looked; this tells the types
        footers = {
            name: replace(names[name], kind=Kind.TEXT) for name in (PLACED, APPENDED) if type(names.get(name)) is Footer
        }
        marked, printed = self._beside.render({**names, **footers} if footers else names, lang)
        return self._plain(marked).fill(printed)

    # --- headers

    def _render_subject(self, names: Mapping[str, Any], lang: str) -> str:
        passage = self._source.subject
        subject = self._fill_line(self._subject, passage, names, lang, what="the subject")
        if not subject:
            hint = "Let it say something for every row."
            problem = Problem("E18", passage.where(), "the subject is empty", hint, several="get an empty subject")
            raise ContentError(problem)
        return subject

    def _render_attachments(self, names: Mapping[str, Any], lang: str, contact: Contact) -> tuple[str, ...]:
        if not self._attachments:
            return contact.attachments
        paths = [
            self._fill_line(template, passage, names, lang, what="the path of an attachment")
            for template, passage in zip(self._attachments, self._source.attachments, strict=True)
        ]
        return tuple(dict.fromkeys([*filter(None, paths), *contact.attachments]))

    def _fill_line(
        self, template: PassageTemplate, passage: Passage, names: Mapping[str, Any], lang: str, *, what: str
    ) -> str:
        """One line with its values; what would end the line is refused."""
        if template.is_constant and (known := self._known_lines.get(passage.text)) is not None:
            return known
        marked, printed = template.render(names, lang)
        # Only the letter's own line ends may go from around it: one that comes with a value is a mistake, or worse.
        line = self._marks.fill(marked.strip(), printed).replace("\t", " ").strip(" ")
        if _UNFIT_FOR_HEADERS.search(line):
            shown = _UNFIT_FOR_HEADERS.sub("?", shorten(line))
            message = f'{what} would hold a line break or a control character: "{shown}"'
            hint = "Take it out of the field that is printed there."
            several = f"would put a line break or a control character into {what}"
            raise ContentError(Problem("E08", passage.where(), message, hint, several=several))
        if template.is_constant:
            self._known_lines[passage.text] = line
        return line


def _with_footer(source: LetterSource, environment: LetterEnvironment, footer: FooterTerms | None) -> LetterSource:
    """The letter with the footer at the end of each part that needs one and neither places it nor the link."""
    if footer is None or not footer.is_appended:
        return source

    def ended(passage: Passage, kind: Kind) -> Passage:
        placed = PassageTemplate(environment, passage).names & {PLACED, LINK}
        return passage if placed else append_footer(passage, kind)

    beside = source.beside
    return replace(
        source,
        body=ended(source.body, source.kind),
        beside=None if beside is None else ended(beside, Kind.TEXT),
    )
