"""W06 to W08, W11, W12, I01 and I02: how the HTML of a letter fares with receivers and with those who read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from outreach.errors import Problem
from outreach.preflight.checks.page import Page

_CLIPPED_BYTES = 102 * 1024  # Gmail shows no more
_LARGE_BYTES = 20_000_000  # many servers take 20 or 25 MB
_LARGE_HEADERS = 16 * 1024
_IMAGE_ONLY = 40  # characters of text beside images below which a letter counts as a picture
_LEAST_WORDS = 10  # in each of them, to compare
_ALIKE = 0.6  # the share of words that text and HTML must have in common
_WORD = re.compile(r"\w{3,}")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,]*\d(?!\w)")
_ITEM = re.compile(r"^[> ]*\d{1,3}\. ", re.MULTILINE)
_URL = re.compile(r"https?://[^\s<>()\"']+")
# What many mail programs ignore (caniemail.com); the letter must read well without.
_UNSUPPORTED = (
    (r"display:\s*(?:inline-)?(?:flex|grid)", "display: flex or grid", "Outlook on Windows"),
    (r"position:\s*(?:absolute|fixed|sticky)", "position", "Gmail and Outlook"),
    (r"background(?:-image)?:[^;]*url\(", "background images", "Outlook on Windows"),
    (r"@font-face|@import", "fonts from elsewhere", "Gmail and Outlook"),
    (r"var\(--", "CSS variables", "Outlook and Yahoo"),
    (r"float:\s*(?:left|right)", "float", "Outlook on Windows"),
    (r"animation:|@keyframes", "animation", "Gmail and Outlook"),
)
_TO_NOWHERE = re.compile(r"(?:click )?here|read more|more|link|여기|클릭|ici|cliquez ici|hier|aquí|هنا", re.IGNORECASE)


def check_parts(text: str | None, page: Page | None) -> Iterator[Problem]:
    """W06 to W08: whether those who read without HTML, or without images, get the letter."""
    if page is None:
        return
    if text is None:
        hint = "Write the letter in Markdown, or put a .txt beside it."
        yield _warning("W06", "the letter has HTML and no plain text", hint)
    else:
        yield from _check_alike(text, page)
    if page.images and len(page.text) < _IMAGE_ONLY:
        message = "the letter is a picture with hardly any text, and reads as spam"
        yield _warning("W08", message, "Write what the picture says.")


def check_hidden(page: Page) -> Iterator[Problem]:
    """W11: what can't be seen, or does something."""
    if page.hidden:
        message = f'the letter hides text: "{page.hidden[0]}"'
        yield _warning("W11", message, "Take it out: receivers take it for a trick.")
    for tag in dict.fromkeys(page.active):
        yield _warning(
            "W11", f"the letter holds <{tag}>, which mail programs remove", "Take it out, or link to a page."
        )
    for source in page.outside:
        yield _warning("W11", f"the letter would fetch {source[:60]}", "Put the CSS between <style> and </style>.")


def check_sizes(*, html_bytes: int, total_bytes: int, header_bytes: int) -> Iterator[Problem]:
    """W12: what is cut off, or refused for its size."""
    if html_bytes > _CLIPPED_BYTES:
        message = f"the HTML has {html_bytes / 1024:.0f} kB, and Gmail shows the first 102"
        yield _warning("W12", message, "Shorten it, or link to the rest.")
    if total_bytes > _LARGE_BYTES:
        message = f"the message has {total_bytes / 1e6:.0f} MB, and many servers take no more than 20"
        yield _warning("W12", message, "Link to the files instead of sending them along.")
    if header_bytes > _LARGE_HEADERS:
        message = f"the headers have {header_bytes / 1024:.0f} kB, which many servers refuse"
        yield _warning("W12", message, "Name fewer copies in one row.")


def is_small(total_bytes: int) -> bool:
    """Whether nothing of a message of this size can be too large."""
    return total_bytes <= _LARGE_HEADERS


def check_support(page: Page) -> Iterator[Problem]:
    """I01: what well-known mail programs ignore."""
    css = "\n".join(page.styles).lower()
    for pattern, what, where in _UNSUPPORTED:
        if re.search(pattern, css):
            message = f"the letter uses {what}, which {where} ignore"
            yield _info("I01", message, "See that it reads well without.")


def check_access(page: Page) -> Iterator[Problem]:
    """I02: for those who have the letter read to them."""
    if not page.lang:
        yield _info("I02", "the HTML does not say its language", 'Write <html lang="…">.')
    if any(image.alt is None for image in page.images):
        yield _info("I02", "an image has no alternative text", 'Say what it shows; alt="" where that adds nothing.')
    for link in page.links:
        if _TO_NOWHERE.fullmatch(link.text):
            yield _info("I02", f'a link says only "{link.text}"', "Let its text say where it leads.")
    if any(below - above > 1 for above, below in pairwise([0, *page.headings][bool(page.headings) :])):
        yield _info("I02", "a heading skips a level", "Put the levels in order.")
    if page.bare_tables:
        hint = 'Give it headings, or role="presentation" where it only lays out the page.'
        yield _info("I02", "a table has no headings", hint)


def _check_alike(text: str, page: Page) -> Iterator[Problem]:
    """W07: one letter, whichever part of it is shown."""
    hint = "Correct the one that is wrong: the .txt beside the .html, or the .html."
    shown = page.text
    hrefs = " ".join(link.target for link in page.links)
    if missing := sorted(
        _numbers(shown)
        ^ _numbers(
            _without_urls(_ITEM.sub("", text)),
        )
    ):
        message = f"text and HTML differ: {', '.join(missing[:3])} stands in only one of them"
        yield _warning("W07", message, hint)
        return
    said, seen = (set(_WORD.findall(part.lower())) for part in (_without_urls(text), _without_urls(shown)))
    if min(len(said), len(seen)) >= _LEAST_WORDS and len(said & seen) / max(len(said), len(seen)) < _ALIKE:
        yield _warning("W07", "text and HTML differ: they have few words in common", hint)
    elif other := [url for url in _URL.findall(text) if url.rstrip(".,;/") not in f"{hrefs} {shown}"]:
        yield _warning("W07", f"text and HTML differ: {other[0][:60]} stands only in the text", hint)


def _numbers(text: str) -> set[str]:
    return {number.rstrip(".,") for number in _NUMBER.findall(text)}


def _without_urls(text: str) -> str:
    return re.sub(r"(?:https?://|mailto:|www\.)\S+|(?<!\S)[^\s@]+@\S+|\(tel:[^)\n]*\)", " ", text)


def _warning(code: str, message: str, hint: str) -> Problem:
    return Problem(code, "", message, hint, level="warning")


def _info(code: str, message: str, hint: str) -> Problem:
    return Problem(code, "", message, hint, level="info")
