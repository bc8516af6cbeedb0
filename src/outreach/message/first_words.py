"""The words that a list of mails shows behind the subject: the first that the message holds, seen or hidden."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from outreach.message.opened import OpenedMessage

_LONGEST = 160  # characters; no client shows more
_SILENT = frozenset({"head", "script", "style", "title", "template"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "code", "em", "i", "s", "small", "span", "strong", "sub", "sup", "u"}
)
# Senders fill the line up with what has no width, so that nothing else of the letter shows in it.
_PADDING = re.compile("(?:[\u00ad\u034f\u200b-\u200d\u2007\u2060\ufeff]\\s*){2,}")


def first_words(opened: OpenedMessage) -> str:
    """Up to 160 characters on one line: of the HTML part, where there is one, as clients take them."""
    if opened.html is None:
        return _one_line((opened.text or "")[: _LONGEST * 10])
    reader = _Reader()
    for start in range(0, len(opened.html), 4096):
        reader.feed(opened.html[start : start + 4096])
        if len(reader.words) > _LONGEST * 10:
            break
    return _one_line(reader.words)


def _one_line(text: str) -> str:
    return " ".join(_PADDING.sub(" ", text).split())[:_LONGEST].rstrip()


class _Reader(HTMLParser):
    """Collects what a page says."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent += tag in _SILENT
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words += data

    def _part(self, tag: str) -> None:
        if tag not in _INLINE:
            self.words += " "
