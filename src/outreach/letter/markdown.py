"""Markdown as letters use it: emphasis beside Chinese, Japanese and Korean, line breaks, and no mark left over."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_block import StateBlock, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from outreach.letter.marks import Marks

_TAGS = (
    "a|b|big|blockquote|br|center|code|div|em|font|h[1-6]|hr|i|img|li|ol|p|pre|script|small|span|strong|style|sub|sup"
    "|table|tbody|td|th|thead|tr|u|ul"
)
# Underscores only where they open or close a word: ______ is a line to sign on, snake__case a name.
_LEFT_OVER = re.compile(
    r"\*\*|~~|\]\(|<!--|\|\s*:?-{3,}"
    r"|(?<!\w)__(?=[^\s_])|(?<=[^\s_])__(?!\w)"
    r"|^={3,}\s*$"
    rf"|</?(?:{_TAGS})(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)

_YEAR = re.compile(r"\d{4}[.)]\s")


@dataclass(frozen=True, slots=True)
class Parsed:
    """Markdown turned into HTML."""

    body: str
    left_over: str  # the text around the first mark that was not understood, from that mark on; empty where all were


class LetterMarkdown:
    """CommonMark with tables, without HTML."""

    def __init__(self, marks: Marks, *, keep_line_breaks: bool) -> None:
        self._marks = marks
        self._parser = MarkdownIt("commonmark", {"html": False, "breaks": keep_line_breaks}).enable("table")
        # What stands indented inside {% if %} is a paragraph, not code, and what stands above the -- of a signature
        # is no heading; ``` and # still make both.
        self._parser.disable(["code", "lheading"])
        self._parser.block.ruler.at("list", _read_list, {"alt": ["paragraph", "reference", "blockquote"]})
        self._parser.inline.ruler.at("emphasis", self._read_emphasis)
        # Before escapes are joined with the text around: what was escaped is meant literally.
        self._parser.core.ruler.before("text_join", "left_over", _find_left_over)

    def parse(self, text: str) -> Parsed:
        """The HTML of a text with marks."""
        found: dict[str, str] = {}
        body = self._parser.render(text, found)
        return Parsed(body, found.get("left_over", ""))

    def _read_emphasis(self, state: StateInline, silent: bool) -> bool:
        """Put a run of * or _ aside as possible ends of emphasis."""
        marker = state.src[state.pos]
        if silent or marker not in "*_":
            return False
        end = state.pos
        while end < state.posMax and state.src[end] == marker:
            end += 1
        opens, closes = self._flanks(state, state.pos, end)
        for _ in range(end - state.pos):
            state.push("text", "", 0).content = marker
            state.delimiters.append(
                Delimiter(ord(marker), end - state.pos, len(state.tokens) - 1, end=-1, open=opens, close=closes)
            )
        state.pos = end
        return True

    def _flanks(self, state: StateInline, start: int, end: int) -> tuple[bool, bool]:
        """Whether a run of markers can open and close emphasis.

        CommonMark 0.31 (6.2), except that beside punctuation a CJK character or a printed value is as good as a
        blank: particles follow a closing bracket without one, and a value may end in anything.
        """
        before = state.src[start - 1] if start else " "
        after = state.src[end] if end < state.posMax else " "
        value_before, value_after = self._marks.touches(state.src, start, end)
        frees_before = _is_blank(before) or _is_punctuation(before) or _is_cjk(before) or value_before
        frees_after = _is_blank(after) or _is_punctuation(after) or _is_cjk(after) or value_after
        left = not _is_blank(after) and (not _is_punctuation(after) or frees_before)
        right = not _is_blank(before) and (not _is_punctuation(before) or frees_after)
        if state.src[start] == "*":
            return left, right
        # An underscore inside a word is part of it.
        return left and (not right or _is_punctuation(before)), right and (not left or _is_punctuation(after))


def _read_list(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """Read a list, unless it would begin with a year: 2023. 10. 16. is a date in Korean."""
    start = state.bMarks[line] + state.tShift[line]
    if _YEAR.match(state.src, start, state.eMarks[line]):
        return False
    return list_block(state, line, end_line, silent)


def _is_blank(character: str) -> bool:
    return isWhiteSpace(ord(character))


def _is_punctuation(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


def _is_cjk(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WFH"


def _find_left_over(state: StateCore) -> None:
    """Note the first mark that stayed text, with what follows it."""
    for token in state.tokens:
        for text in _texts(token.children or ()):
            if found := _LEFT_OVER.search(text):
                state.env["left_over"] = text[found.start() :]
                return


def _texts(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "text":
            yield token.content
        yield from _texts(token.children or ())
