"""W10, W14 and W16: links that lead elsewhere than they show, and what would tell one reader from another."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from outreach.errors import Problem
from outreach.preflight.checks.domains import looks_forged
from outreach.preflight.checks.page import Image, Link, Page, declarations

GAP = "\ufffc"  # stands in a page for what differs from letter to letter

_SHORTENERS = frozenset(
    [
        "bit.ly",
        "tinyurl.com",
        "t.co",
        "goo.gl",
        "ow.ly",
        "is.gd",
        "buff.ly",
        "rebrand.ly",
        "cutt.ly",
        "t.ly",
        "shorturl.at",
        "tiny.cc",
        "rb.gy",
        "v.gd",
        "bl.ink",
        "lnkd.in",
        "me2.do",
        "han.gl",
        "vo.la",
        "url.kr",
    ]
)
# A host and nothing but what a browser's line shows: the text of a link that claims to be where it leads.
_SHOWN = re.compile(
    r"(?:https?://)?((?:[\w-]+\.)+[^\W\d_]{2,}|(?:\d{1,3}\.){3}\d{1,3})(?::\d+)?(?:/\S*)?", re.IGNORECASE
)
_SECOND_LEVEL = frozenset(["co", "com", "org", "net", "ac", "gov", "go", "or", "ne", "re", "edu", "gouv"])
_IDENTIFIERS = re.compile(
    r"[?&](?:id|uid|rid|cid|sid|eid|mid|recipient|subscriber|user|userid|contact|email|e|m|token|hash|key|utm_id)="
    + GAP,
    re.IGNORECASE,
)
_WRITE_PLAINLY = "Write the link out as it is, or give it words for a text."


def check_links(page: Page) -> Iterator[Problem]:
    """Every link of a page."""
    for link in page.links:
        yield from check_target(link.target)
        if differs := _other_host(link):
            message = f'a link shows "{link.text[:60]}" and leads to {differs}'
            yield _warning("W10", message, _WRITE_PLAINLY)


def check_target(target: str) -> Iterator[Problem]:
    """Where one link leads."""
    scheme, host = _parts(target)
    shown = target[:80]
    if scheme in ("javascript", "data", "vbscript"):
        yield _warning("W10", f"a link is no address but {scheme}: code", "Link to a page.")
    elif scheme == "http":
        message = f"a link is not encrypted: {shown}"
        yield _warning("W10", message, "Write https:// where the site has it.")
    if _is_number(host):
        yield _warning("W10", f"a link names a machine by its number: {shown}", "Name it by its domain.")
    elif host in _SHORTENERS:
        yield _warning("W10", f"a link is shortened: {shown}", "Link to the page itself.")
    elif host and looks_forged(host):
        message = f"a link leads to {host}, which mixes scripts or looks like another domain"
        yield _warning("W16", message, "Check that it is the one that you mean.")


def check_watching(page: Page) -> Iterator[Problem]:
    """What would tell who has read: tiny images from elsewhere, images and links of each reader's own.

    `page` has GAP where letters differ.
    """
    for image in page.images:
        if not image.source.lower().startswith(("http:", "https:", "//")):
            continue
        if _is_tiny(image):
            yield _warning("W14", "an image of one pixel would tell who reads the letter", "Take it out.")
        elif GAP in image.source:
            message = "an image has another address for each reader, which would tell who reads the letter"
            yield _warning("W14", message, "Give everyone the same image, or put it into the folder.")
    for link in page.links:
        if _IDENTIFIERS.search(link.target):
            message = "a link holds a sign of each reader's own, which would tell who follows it"
            yield _warning("W14", message, "Give everyone the same link.")


def has_own_links(page: Page) -> bool:
    """Whether both what a link shows and where it leads may differ from letter to letter."""
    return any(GAP in link.target and GAP in link.text for link in page.links)


def _other_host(link: Link) -> str:
    """The host that a link leads to, where its text names another; empty where all is well."""
    shown = _SHOWN.fullmatch(link.text.strip().rstrip("."))
    host = _parts(link.target)[1]
    if shown is None or not host or "@" in link.text or GAP in host:
        return ""
    return "" if _site(shown[1].lower()) == _site(host) else host


def _site(host: str) -> str:
    """The part of a host that one owner has, roughly: www.example.org and example.org are one."""
    labels = host.removeprefix("www.").split(".")
    own = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-own:])


def _parts(target: str) -> tuple[str, str]:
    """Scheme and host of a link, in lower case."""
    try:
        url = urlsplit(target)
        return url.scheme.lower(), (url.hostname or "").lower()
    except ValueError:
        return "", ""


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_tiny(image: Image) -> bool:
    rules = declarations(image.style)
    sizes = (image.width or rules.get("width", ""), image.height or rules.get("height", ""))
    return all(re.fullmatch(r"[01](?:px)?", size.strip()) for size in sizes)


def _warning(code: str, message: str, hint: str) -> Problem:
    return Problem(code, "", message, hint, level="warning")
