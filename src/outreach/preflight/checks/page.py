"""What a page of HTML holds that matters to receivers: its text, links, images, styles, and the order of its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_UNSEEN = frozenset(("head", "title", "style", "script", "template"))
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_ACTIVE = frozenset(["script", "form", "iframe", "object", "embed", "applet", "base"])
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, and what it shows."""

    target: str
    text: str  # with the alternative texts of images in it
    line: int


@dataclass(frozen=True, slots=True)
class Image:
    """An image that the page names."""

    source: str
    alt: str | None  # None where it says nothing about it
    width: str
    height: str
    style: str


@dataclass(slots=True)
class Page:
    """What a page holds."""

    text: str = ""  # what can be seen, blanks squeezed
    hidden: list[str] = field(default_factory=list)  # how text is hidden, where it is
    links: list[Link] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    active: list[str] = field(default_factory=list)  # elements that a letter must not have
    outside: list[str] = field(default_factory=list)  # style sheets and the like that would be fetched
    headings: list[int] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    bare_tables: int = 0  # tables without heading cells that do not say that they are there for the layout
    lang: str | None = None


def read_page(html: str) -> Page:
    """The page; whatever it is, there is no error."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.finished()


@dataclass(slots=True)
class _Open:
    """An element under way."""

    tag: str
    hidden: bool
    colour: str
    background: str


@dataclass(slots=True)
class _Table:
    role: bool
    has_headings: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._page = Page()
        self._open: list[_Open] = []
        self._text: list[str] = []
        self._link: tuple[str, int, list[str]] | None = None
        self._tables: list[_Table] = []
        self._style: list[str] | None = None

    def finished(self) -> Page:
        """What was read."""
        self._page.text = _BLANKS.sub(" ", "".join(self._text)).strip()
        return self._page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in an element."""
        attributes = {name: value or "" for name, value in attrs}
        style = attributes.get("style", "")
        if style:
            self._page.styles.append(style)
        self._note_element(tag, attributes)
        if tag == "img":
            self._note_image(attributes, style)
        if tag == "a":
            self._end_link()
            self._link = (attributes.get("href", ""), self.getpos()[0], [])
        if tag == "style":
            self._style = []
        if tag not in _VOID:
            self._open.append(self._opened(tag, attributes, style))
        self._text.append(" " if tag in ("br", "p", "div", "li", "td", "tr") else "")

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and those inside it that were left open."""
        if tag == "a":
            self._end_link()
        if tag == "style" and self._style is not None:
            self._page.styles.append("".join(self._style))
            self._style = None
        if tag == "table" and self._tables:
            table = self._tables.pop()
            self._page.bare_tables += not (table.role or table.has_headings)
        for number in range(len(self._open) - 1, -1, -1):
            if self._open[number].tag == tag:
                del self._open[number:]
                break
        self._text.append(" " if tag in ("p", "div", "li", "td", "tr", "h1", "h2", "h3") else "")

    def handle_data(self, data: str) -> None:
        """Take in text, where it can be seen."""
        if self._style is not None:
            self._style.append(data)
        if any(element.tag in _UNSEEN for element in self._open):
            return
        inmost = self._open[-1] if self._open else _Open("", hidden=False, colour="", background="")
        if data.strip() and (inmost.hidden or (inmost.colour and inmost.colour == inmost.background)):
            self._page.hidden.append(_BLANKS.sub(" ", data).strip()[:40])
            return
        self._text.append(data)
        if self._link is not None:
            self._link[2].append(data)

    def _note_element(self, tag: str, attributes: dict[str, str]) -> None:
        page = self._page
        if tag in _ACTIVE:
            page.active.append(tag)
        if tag == "html":
            page.lang = attributes.get("lang", "")
        if tag == "link" and "stylesheet" in attributes.get("rel", "").lower():
            page.outside.append(attributes.get("href", ""))
        if tag == "script" and attributes.get("src"):
            page.outside.append(attributes["src"])
        if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            page.headings.append(int(tag[1]))
        if tag == "table":
            self._tables.append(_Table(attributes.get("role", "") in ("presentation", "none")))
        if tag == "th" and self._tables:
            self._tables[-1].has_headings = True

    def _note_image(self, attributes: dict[str, str], style: str) -> None:
        image = Image(
            attributes.get("src", ""),
            attributes.get("alt"),
            attributes.get("width", ""),
            attributes.get("height", ""),
            style,
        )
        self._page.images.append(image)
        if self._link is not None:
            self._link[2].append(image.alt or "")

    def _opened(self, tag: str, attributes: dict[str, str], style: str) -> _Open:
        around = self._open[-1] if self._open else _Open("", hidden=False, colour="", background="")
        rules = declarations(style)
        hidden = around.hidden or "hidden" in attributes or hides(rules)
        background = _colour(rules.get("background-color", rules.get("background", attributes.get("bgcolor", ""))))
        colour = _colour(rules.get("color", attributes.get("color", "")))
        return _Open(tag, hidden, colour or around.colour, background or around.background)

    def _end_link(self) -> None:
        if self._link is not None:
            target, line, text = self._link
            self._page.links.append(Link(target.strip(), _BLANKS.sub(" ", "".join(text)).strip(), line))
            self._link = None


def declarations(style: str) -> dict[str, str]:
    """The declarations of a style attribute, in lower case."""
    pairs = (part.partition(":") for part in style.lower().split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs if value.strip()}


def hides(rules: dict[str, str]) -> bool:
    """Whether what stands under these rules can't be seen."""
    return (
        rules.get("display") == "none"
        or rules.get("visibility") == "hidden"
        or re.fullmatch(r"0(?:\.0+)?", rules.get("opacity", "1")) is not None
        or re.fullmatch(r"(?:0(?:\.\d+)?|1)(?:px|pt|em|rem|%)?", _small(rules.get("font-size", ""))) is not None
    )


def _small(size: str) -> str:
    """A size in other units than these can't be judged, and 1em is the usual one."""
    return "" if re.fullmatch(r"(?:1|0\.[5-9]\d*)(?:em|rem)", size) else size


def _colour(value: str) -> str:
    """A colour in one form, as far as that is simple; empty for none."""
    word = value.split(" ", maxsplit=1)[0]
    if re.fullmatch(r"#[0-9a-f]{3}", word):
        return "#" + "".join(2 * digit for digit in word[1:])
    names = {"white": "#ffffff", "black": "#000000", "transparent": "", "inherit": ""}
    return names.get(word, word)
