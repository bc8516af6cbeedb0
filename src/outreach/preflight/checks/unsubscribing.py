"""E14 and W04: whether a message says how to leave, in headers that receivers understand (RFC 2369, RFC 8058)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outreach.errors import Problem
from outreach.preflight.checks.fields import Fields

_ONE_CLICK = b"List-Unsubscribe=One-Click"
_URI = re.compile(r"<([^<>]*)>")
_OFFER = "If it goes to many, write [unsubscribe] into the settings, with always = true."
_SHOW = "Write {{ footer }} or {{ unsubscribe_url }} into the letter."
# What such a link is called, in the languages whose letters we know.
_WORDS = re.compile(
    r"unsubscri|opt[ -]?out|stop receiving|abmelden|abbestellen|austragen|d[ée]sabonn|d[ée]sinscri|darse de baja"
    r"|cancelar (?:la|su|tu) suscripci|cancelar a inscri|수신\s*거부|구독\s*(?:취소|해지)|配信停止|退订|退訂"
    r"|إلغاء الاشتراك|отписат|відписат",
    re.IGNORECASE,
)


def check_one_click(fields: Fields) -> Iterator[Problem]:
    """The pair of headers, where any of it is there."""
    post = fields.value(b"list-unsubscribe-post")
    listed = fields.value(b"list-unsubscribe")
    if listed is not None and not _URI.search(listed.decode("utf-8", errors="replace")):
        yield _malformed("List-Unsubscribe holds no <URI>")
    if post is None:
        return
    if post != _ONE_CLICK:
        yield _malformed("List-Unsubscribe-Post is not List-Unsubscribe=One-Click")
    if listed is None:
        yield _malformed("List-Unsubscribe-Post stands there without List-Unsubscribe")
        return
    uris = [uri.strip() for uri in _URI.findall(listed.decode("utf-8", errors="replace"))]
    if not any(uri.lower().startswith("https://") and not re.search(r"\s", uri) for uri in uris):
        yield _malformed("List-Unsubscribe holds no https link for one click")


def check_way_out(fields: Fields, text: str, level: str) -> Iterator[Problem]:
    """Whether there is a way to leave: for programs in the headers, for people in the text."""
    listed = fields.value(b"list-unsubscribe")
    if listed is None:
        message = "the letter has no List-Unsubscribe, which large receivers want of mail to many"
        yield Problem("W04", "", message, _OFFER, level=level)
    elif not (_WORDS.search(text) or any(uri in text for uri in _URI.findall(listed.decode("utf-8", "replace")))):
        message = "the letter says nowhere how to unsubscribe, where a person can see it"
        yield Problem("W04", "", message, _SHOW, level=level)


def _malformed(message: str) -> Problem:
    return Problem("E14", "", message, "Correct url and mailto under [unsubscribe] (RFC 8058, 3.1).")
