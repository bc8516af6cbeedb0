"""Skeletons: text and HTML split at their marks once, to be filled with values many times."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, unquote

from outreach.letter.complaints import UnfitError
from outreach.letter.direction import escape_in_ltr, escape_in_rtl
from outreach.letter.links import Encoder, encode_image_source, encode_path, is_elsewhere, link_encoder
from outreach.letter.marks import Marks
from outreach.model import Stretches


@dataclass(frozen=True, slots=True)
class Gap:
    """A place in a skeleton where a value goes."""

    start: int
    end: int
    index: int  # of the value
    encode: Encoder | None = None  # how it is written there; None for as it is
    unless: int | None = None  # nothing is written where this value is the same

    def write(self, printed: Sequence[str]) -> str:
        """What stands here for these values. UnfitError where the value can't."""
        value = printed[self.index]
        if self.unless is not None and printed[self.unless] == value:
            return ""
        return value if self.encode is None else self.encode(value)


class UnfitValueError(Exception):
    """A value that can't stand in its gap."""

    def __init__(self, index: int, cause: UnfitError) -> None:
        super().__init__(cause.message)
        self.index = index
        self.cause = cause


class Skeleton:
    """A text cut at its gaps."""

    __slots__ = ("_always", "_fixed", "_gaps")

    def __init__(self, text: str, gaps: Sequence[Gap], known: Sequence[str] = ()) -> None:
        """`known` are the first of the values, where these are the same for everyone: their gaps are closed."""
        left: list[Gap] = []
        fixed = [""]
        position = 0
        for gap in gaps:
            fixed[-1] += text[position : gap.start]
            position = gap.end
            if max(gap.index, gap.unless or 0) < len(known):
                fixed[-1] += gap.write(known)
            else:
                left.append(gap)
                fixed.append("")
        fixed[-1] += text[position:]
        self._fixed = tuple(fixed)
        self._gaps = tuple(left)
        # Gaps whose values are always written, in a form that takes half the time to fill.
        depends = any(gap.unless is not None for gap in left)
        self._always = None if depends else [(gap.index, gap.encode) for gap in left]

    def fill(self, printed: Sequence[str]) -> Stretches:
        """The text with the values in it. UnfitValueError names the value that can't stand where it should."""
        try:
            if self._always is None:
                values = [gap.write(printed) for gap in self._gaps]
            else:
                values = [printed[i] if encode is None else encode(printed[i]) for i, encode in self._always]
        except UnfitError as error:
            raise UnfitValueError(_culprit(self._gaps, printed), error) from None
        return Stretches(self._fixed, values)


def _culprit(gaps: Sequence[Gap], printed: Sequence[str]) -> int:
    for gap in gaps:
        try:
            gap.write(printed)
        except UnfitError:
            return gap.index
    return 0


# --- text -------------------------------------------------------------------------------------------------------------

_LINE_BEGINNING = re.compile(r"(?:> |- |\d+\. | )*")


def plain_skeleton(marks: Marks, text: str, known: Sequence[str] = ()) -> Skeleton:
    """A text whose values are written as they are."""
    gaps = [Gap(found.start(), found.end(), int(found[1])) for found in marks.pattern.finditer(text)]
    return Skeleton(text, gaps, known)


def text_skeleton(marks: Marks, text: str, known: Sequence[str] = ()) -> Skeleton:
    """The text made of an HTML letter: links are encoded, lines of a value stay inside their list item or quotation."""
    return Skeleton(text, list(_text_gaps(marks, text)), known)


def _text_gaps(marks: Marks, text: str) -> Iterator[Gap]:
    for found in marks.pattern.finditer(text):
        gap = partial(Gap, found.start(), found.end(), int(found[1]))
        before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if found[3]:
            yield gap(" ({})".format, unless=int(found[3]))
        elif found[2] == "u":
            yield gap(link_encoder(re.split(r"[\s(]", before)[-1]))
        else:
            beginning = _LINE_BEGINNING.match(before)
            indent = re.sub(r"[^> ]", " ", beginning[0]) if beginning else ""
            yield gap(partial(_indent, indent) if indent else None)


def _indent(indent: str, value: str) -> str:
    return value.replace("\n", f"\n{indent}")


# --- HTML -------------------------------------------------------------------------------------------------------------

# CSS inlining writes the HTML anew, so that every attribute's value stands in double quotes.
_MARKUP = re.compile(
    r"<!--.*?-->|<(style|script)\b.*?</\1>|<[a-zA-Z](?:[^<>\"]|\"[^\"]*\")*>", re.DOTALL | re.IGNORECASE
)
_WITHOUT_TAGS = re.compile(r"<(?:title|textarea|option)\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'([^\s=<>"/]+)="([^"]*)"')
_IMAGE_SOURCE = re.compile(r'(<img\b(?:[^<>"]|"[^"]*")*?\bsrc=")([^"]*)(")', re.IGNORECASE)
_LINKS = {"href", "src", "cite", "background", "action"}
_TEXTS = {"alt", "title", "id", "class", "name", "lang", "dir", "width", "height", "align", "summary", "abbr", "start"}


def html_skeleton(marks: Marks, page: str, known: Sequence[str] = (), *, rtl: bool) -> Skeleton:
    """The page, with each value escaped for the text, attribute or link where it stands."""
    gaps: list[Gap] = []
    position = 0
    in_text = escape_in_rtl if rtl else escape_in_ltr
    escape = in_text
    for markup in _MARKUP.finditer(page):
        gaps += _gaps(marks, page, position, markup.start(), escape)
        gaps += _tag_gaps(marks, page, markup)
        escape = escape_in_ltr if _WITHOUT_TAGS.match(markup[0]) else in_text
        position = markup.end()
    gaps += _gaps(marks, page, position, len(page), escape)
    return Skeleton(page, gaps, known)


def _gaps(marks: Marks, page: str, start: int, end: int, encode: Encoder) -> Iterator[Gap]:
    for found in marks.pattern.finditer(page, start, end):
        yield Gap(found.start(), found.end(), int(found[1]), encode)


def _tag_gaps(marks: Marks, page: str, markup: re.Match[str]) -> Iterator[Gap]:
    if marks.nonce not in markup[0]:
        return
    if markup[0].startswith("<!--"):
        yield from _gaps(marks, page, markup.start(), markup.end(), html.escape)
        return
    found = 0
    for attribute in _ATTRIBUTE.finditer(page, markup.start(), markup.end()):
        name = attribute[1].lower()
        for mark in marks.pattern.finditer(page, *attribute.span(2)):
            before = html.unescape(page[attribute.start(2) : mark.start()])
            encode = _attribute_encoder(name, before, is_image=page.startswith("<img", markup.start()))
            yield Gap(mark.start(), mark.end(), int(mark[1]), encode)
            found += 1
    if markup[1] or found < len(marks.pattern.findall(markup[0])):
        where = f"inside <{markup[1]}>" if markup[1] else "as the name of a tag or an attribute"
        raise UnfitError("E20", f"a value can't be printed {where}", "Print it in the text of the letter.")


def _attribute_encoder(name: str, before: str, *, is_image: bool) -> Encoder:
    if is_image and name == "src" and before == "":
        return _then_escape(encode_image_source)
    if is_image and name == "src" and before.startswith("cid:"):
        return _then_escape(encode_path)
    if name in _LINKS:
        return _then_escape(link_encoder(before))
    if name in _TEXTS or name.startswith(("data-", "aria-")):
        return html.escape
    hint = "Print it in the text of the letter, or choose between fixed ones with {% if %}."
    raise UnfitError("E20", f'a value can\'t be printed in the attribute "{name}"', hint)


def _then_escape(encode: Encoder) -> Encoder:
    return lambda value: html.escape(encode(value))


# --- images -----------------------------------------------------------------------------------------------------------


def name_images(marks: Marks, page: str) -> tuple[str, tuple[str, ...]]:
    """The page with its images from the campaign's folder as cid: references, and their paths, with marks."""
    paths: dict[str, None] = {}

    def refer(found: re.Match[str]) -> str:
        source = html.unescape(found[2])
        if not source or is_elsewhere(source):
            return found[0]
        path = unquote(source)
        paths[path] = None
        # What begins with a value is a path or a link: its encoder decides.
        reference = source if marks.pattern.match(source) else f"cid:{quote(path, safe='/')}"
        return f"{found[1]}{html.escape(reference)}{found[3]}"

    return _IMAGE_SOURCE.sub(refer, page), tuple(paths)


def fill_paths(marks: Marks, paths: Sequence[str], printed: Sequence[str]) -> tuple[str, ...]:
    """The paths of the images of one letter; those that turn out to be links are left out."""
    filled = (marks.fill(path, printed) for path in paths)
    return tuple(dict.fromkeys(path for path in filled if not is_elsewhere(path)))
