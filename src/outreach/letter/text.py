"""The text part, taken from HTML: paragraphs, lists, quotations and tables as people write them in plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from outreach.letter.marks import Marks

_BLANKS = re.compile(r"[ \t\n\r\f]+")
_BLOCKS = {
    "address", "article", "aside", "body", "center", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "form",
    "header", "html", "main", "nav", "section", "tbody", "tfoot", "thead",
}  # fmt: skip
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "table"}  # a blank line around
_UNSEEN = {"head", "title", "style", "script", "template"}


def text_from_html(marks: Marks, page: str) -> str:
    """The text of a well-formed page with marks; it ends with a line end."""
    writer = _Writer(marks)
    writer.feed(page)
    writer.close()
    return writer.text()


@dataclass(slots=True)
class _Indent:
    """What the lines of a list item or a quotation begin with."""

    first: str
    rest: str
    used: bool = False

    def take(self) -> str:
        """The beginning of the next line."""
        beginning = self.rest if self.used else self.first
        self.used = True
        return beginning


@dataclass(slots=True)
class _Table:
    """A table under way. One without heading cells only lays out the page: its cells are paragraphs."""

    is_data: bool = False
    cells: list[str] = field(default_factory=list)
    in_cell: bool = False


class _Writer(HTMLParser):
    """Collects the text of one block at a time and writes it when the block ends."""

    def __init__(self, marks: Marks) -> None:
        super().__init__(convert_charrefs=True)
        self._marks = marks
        self._lines: list[str] = []
        self._pending: list[str] = []  # the text of the block under way
        self._indents: list[_Indent] = []
        self._blank_line_due = False
        self._counters: list[int | None] = []  # of the lists under way; None for bullets
        self._links: list[tuple[str, int]] = []  # target, and where its label begins in the pending text
        self._tables: list[_Table] = []
        self._unseen = 0
        self._verbatim = 0

    def text(self) -> str:
        """All that was written."""
        self._end_block()
        return "\n".join(self._lines).strip("\n") + "\n"

    # --- what the parser calls

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        if not self._unseen:
            self._pending.append(data if self._verbatim else _BLANKS.sub(" ", data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """The beginning of an element."""
        attributes = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _SPACED:
            self._end_block(spaced=not (tag in ("ul", "ol") and self._counters))
            self._begin_spaced(tag, attributes)
        elif tag in _BLOCKS:
            self._end_block()
        elif tag in ("li", "tr", "th", "td", "hr"):
            self._begin_part(tag)
        elif tag == "br":
            self._pending.append(" " if self._in_data_cell else "\n")
        elif tag == "img":
            self._pending.append(_BLANKS.sub(" ", attributes.get("alt", "")))
        elif tag == "a":
            self._links.append((attributes.get("href", ""), len(self._pending)))

    def handle_endtag(self, tag: str) -> None:
        """The end of an element."""
        if tag in _UNSEEN:
            self._unseen -= 1
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in _SPACED:
            self._end_spaced(tag)
        elif tag in _BLOCKS:
            self._end_block()
        elif tag in ("li", "tr", "th", "td"):
            self._end_part(tag)

    # --- elements

    def _begin_spaced(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "blockquote":
            self._indents.append(_Indent("> ", "> "))
        elif tag == "pre":
            self._verbatim += 1
        elif tag == "ul":
            self._counters.append(None)
        elif tag == "ol":
            start = attributes.get("start", "1")
            self._counters.append(int(start) if start.isdecimal() else 1)
        elif tag == "table":
            self._tables.append(_Table())

    def _end_spaced(self, tag: str) -> None:
        if tag in ("ul", "ol") and self._counters:
            self._end_block()
            self._counters.pop()
            self._blank_line_due = self._blank_line_due or not self._counters
            return
        self._end_block(spaced=True)
        if tag == "blockquote" and self._indents:
            self._indents.pop()
        elif tag == "pre":
            self._verbatim = max(0, self._verbatim - 1)
        elif tag == "table" and self._tables:
            self._tables.pop()

    def _begin_part(self, tag: str) -> None:
        if tag == "li":
            self._end_block()
            self._indents.append(self._next_item())
        elif tag == "hr":
            self._end_block(spaced=True)
            self._pending.append("---")
            self._end_block(spaced=True)
        elif tag in ("th", "td") and self._tables:
            table = self._tables[-1]
            table.is_data = table.is_data or tag == "th"
            if not table.is_data:
                self._end_block()
            table.in_cell = table.is_data

    def _end_part(self, tag: str) -> None:
        if tag == "li":
            self._end_item()
        elif self._tables:
            self._end_table_part(tag, self._tables[-1])

    def _end_item(self) -> None:
        self._end_block()
        if self._indents and not self._indents[-1].used:
            # An empty item still has its number: 10. may be what is left of a date.
            self._write("")
        if self._indents:
            self._indents.pop()

    def _end_table_part(self, tag: str, table: _Table) -> None:
        if not table.is_data:
            self._end_block()
        elif tag == "tr":
            self._pending = [" | ".join(table.cells)]
            table.cells.clear()
            self._end_block()
        else:
            table.cells.append(_BLANKS.sub(" ", "".join(self._pending)).strip())
            self._pending.clear()
            table.in_cell = False

    def _next_item(self) -> _Indent:
        """The bullet or number of the next list item."""
        number = self._counters[-1] if self._counters else None
        if number is None:
            return _Indent("- ", "  ")
        self._counters[-1] = number + 1
        return _Indent(f"{number}. ", " " * len(f"{number}. "))

    def _end_link(self, target: str, start: int) -> None:
        """Write where a link leads, unless its label says so."""
        label = "".join(self._pending[start:])
        shown = target.removeprefix("mailto:").removeprefix("tel:")
        if not shown or shown.startswith(("#", "cid:")):
            return
        link = shown if shown != target else self._marks.as_link(shown)
        same_value = (self._marks.index_of(shown), self._marks.index_of(label.strip()))
        if _bare(label) == _bare(shown) or not label.strip():
            self._pending[start:] = [link]
        elif same_value[0] is not None and same_value[1] is not None:
            self._pending.append(self._marks.link_note(same_value[0], same_value[1]))
        else:
            self._pending.append(f" ({link})")

    # --- lines

    @property
    def _in_data_cell(self) -> bool:
        return bool(self._tables) and self._tables[-1].in_cell

    def _end_block(self, *, spaced: bool = False) -> None:
        """Write what is pending as lines of their own."""
        if self._in_data_cell:
            self._pending.append(" ")
            return
        text = self._pending_text()
        self._pending.clear()
        self._blank_line_due = self._blank_line_due or (spaced and not text)
        if text:
            self._write(text)
            self._blank_line_due = spaced

    def _write(self, text: str) -> None:
        if self._blank_line_due and self._lines:
            self._lines.append("".join(indent.rest for indent in self._indents if indent.used).rstrip())
        self._blank_line_due = False
        for line in text.split("\n"):
            beginning = "".join([indent.take() for indent in self._indents])
            self._lines.append(beginning + line if line else beginning.rstrip())

    def _pending_text(self) -> str:
        text = "".join(self._pending)
        if self._verbatim:
            return text.strip("\n")
        # No strip(): it would take the no-break spaces too.
        return re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", text)).strip(" \n")


def _bare(link: str) -> str:
    """A link without what people leave out when they write it."""
    link = link.strip().removeprefix("https://").removeprefix("http://")
    return link.removeprefix("mailto:").removeprefix("tel:").rstrip("/")
