"""The HTML part of a message as a document for a sandboxed frame: its own images in it, and nothing from elsewhere.

The frame's sandbox and the policy keep scripts and requests away. What is taken out here is what no policy covers
(hints to connect ahead of need), and what would only be refused with a complaint.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote

from outreach.message.opened import OpenedFile
from outreach.report.page import POLICY

_TOKEN = re.compile(
    r"<!--.*?-->"
    r"|<(?P<raw>script|style|noscript|template|iframe|object)\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>.*?</(?P=raw)\s*>"
    r"|<(?P<tag>[a-z][^\s/>]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>",
    re.IGNORECASE | re.DOTALL,
)
_DROPPED = frozenset({"link", "base", "meta", "script", "iframe", "frame", "object", "embed", "template", "noscript"})
_LOADED = re.compile(r"""(\s(?:src|background|poster|data)\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_SEVERAL = re.compile(r"""\s(?:srcset|ping|imagesrcset)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_IN_CSS = re.compile(r"""url\(\s*((?:&quot;|["'])?)(.*?)\1\s*\)""", re.IGNORECASE | re.DOTALL)
_IMPORT = re.compile(r"@import\b[^;]*;?", re.IGNORECASE)

_UNSEEN = re.compile(r"<(style|script|title)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<(?:p|div|br|li|tr|h[1-6]|blockquote|pre|hr|table|ul|ol)\b[^<>]*>", re.IGNORECASE)
_GAP = re.compile(r"<(?:p|h[1-6]|blockquote|pre|hr|table|tr|ul|ol)\b", re.IGNORECASE)
_PICTURE = re.compile(r"<img\b", re.IGNORECASE)

_LINE = 76  # columns of a line of the letter on a wide screen, and
_NARROW_LINE = 31  # on a phone
_GAP_LINES = 0.65  # between two paragraphs
_PICTURE_LINES = 14
_MARGIN_LINES = 3
_MOST_LINES = 4000


@dataclass(frozen=True, slots=True)
class Framed:
    """What goes into a frame."""

    document: str  # for srcdoc, not yet escaped
    elsewhere: tuple[str, ...]  # what a mail program might load and the frame does not, in its order
    lines: int  # about how high it is, on a wide screen
    narrow_lines: int  # and on a phone


def frame(html_part: str, images: Mapping[str, OpenedFile]) -> Framed:
    """The part as a document; `images` by Content-ID."""
    elsewhere: dict[str, None] = {}
    body = _TOKEN.sub(partial(_token, images=images, elsewhere=elsewhere), html_part)
    head = f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    links = (
        '<meta http-equiv="x-dns-prefetch-control" content="off"><base target="_blank">'  # the sandbox opens nothing
    )
    # Tags of the page's own that come after these add to them. Without something to focus no key would scroll it.
    beginning = '<meta name="viewport" content="width=device-width"><body tabindex="0">'
    return Framed(f"{head}{links}{beginning}{body}", tuple(elsewhere), *_heights(html_part))


def _token(found: re.Match[str], *, images: Mapping[str, OpenedFile], elsewhere: dict[str, None]) -> str:
    """A tag without what it would load, or nothing where it is there for nothing else."""
    if found["raw"]:
        return _css(found[0], images, elsewhere) if found["raw"].lower() == "style" else ""
    if not found["tag"] or found["tag"].lower() in _DROPPED:
        return ""
    tag = _SEVERAL.sub("", found[0])
    return _css(_LOADED.sub(partial(_load, images=images, elsewhere=elsewhere), tag), images, elsewhere)


def _load(found: re.Match[str], *, images: Mapping[str, OpenedFile], elsewhere: dict[str, None]) -> str:
    address = _inside(html.unescape(found[2].strip("\"'")), images, elsewhere)
    return f'{found[1]}"{html.escape(address)}"' if address else ""


def _css(text: str, images: Mapping[str, OpenedFile], elsewhere: dict[str, None]) -> str:
    def load(found: re.Match[str]) -> str:
        address = _inside(html.unescape(found[2]), images, elsewhere)
        return f"url({address})" if address else "none"

    return _IN_CSS.sub(load, _IMPORT.sub("", text)) if "url(" in text.lower() or "@import" in text.lower() else text


def _inside(address: str, images: Mapping[str, OpenedFile], elsewhere: dict[str, None]) -> str:
    """The address of an image that is in the message or in the address itself; empty for all others."""
    address = address.strip()
    if address.lower().startswith("cid:"):
        image = images.get(unquote(address[4:]))
        return "" if image is None else f"data:{image.media_type};base64,{base64.b64encode(image.content).decode()}"
    if address.lower().startswith("data:image/"):
        return re.sub(r"[\s()'\"<>]", lambda found: f"%{ord(found[0]):02X}", address)
    if address:
        elsewhere[address] = None
    return ""


def _heights(html_part: str) -> tuple[int, int]:
    """About how many lines the part takes: a page without scripts can't measure it, and it scrolls if it is more."""
    text = _UNSEEN.sub("", html_part)
    blocks = [html.unescape(_TAG.sub("", block)).strip() for block in _BREAK.split(text)]
    beside = _GAP_LINES * len(_GAP.findall(text)) + _PICTURE_LINES * len(_PICTURE.findall(text)) + _MARGIN_LINES
    wide, narrow = (
        sum(-(-_columns(block, room) // room) for block in blocks if block) + beside for room in (_LINE, _NARROW_LINE)
    )
    return min(_MOST_LINES, round(wide)), min(_MOST_LINES, round(narrow))


def _columns(block: str, room: int) -> int:
    """How many columns a block takes. Words of wide characters break anywhere, others nowhere."""
    columns = 0
    for word in block.split():
        wide = sum(character >= "\u1100" for character in word)
        columns += 1 + (len(word) + wide if wide else min(len(word), room))
    return columns
