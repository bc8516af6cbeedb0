"""E13, W15 to W17: domains and addresses that receivers distrust, or that somebody mistyped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import idna

from outreach.errors import Problem
from outreach.model import Mailbox

# Who lets nobody else send from their domains, and what their mail servers are called.
_FREEMAIL = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), r"(?:.+\.)?(?:gmail|google)\.com"),
    **dict.fromkeys(("yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "ymail.com", "aol.com"), r".+\.yahoo\.com"),
    **dict.fromkeys(("naver.com",), r".+\.naver\.com"),
    **dict.fromkeys(("daum.net", "hanmail.net", "kakao.com"), r".+\.(?:daum\.net|kakao\.com)"),
    **dict.fromkeys(
        ("outlook.com", "hotmail.com", "live.com", "msn.com"), r".+\.(?:office365|outlook|hotmail|live)\.com"
    ),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), r".+\.mail\.me\.com"),
    **dict.fromkeys(("gmx.de", "gmx.net", "gmx.com", "gmx.at", "gmx.ch"), r".+\.gmx\.(?:net|com|de)"),
    "web.de": r".+\.web\.de",
}
_TYPOS = {
    "gmail.com": "gmial.com gmai.com gmal.com gamil.com gnail.com gmaill.com gmail.co gmail.cm gmail.con gmail.comm "
    "gmil.com gmeil.com gmail.ocm gmali.com ggmail.com gmaul.com",
    "hotmail.com": "hotmial.com hotmai.com hotmal.com hotmil.com hotamil.com hotmail.con hotmail.cm hotnail.com "
    "homtail.com hotmaill.com",
    "yahoo.com": "yaho.com yahooo.com yhoo.com yahho.com yahoo.con yahoo.cm yaoo.com yhaoo.com",
    "outlook.com": "outlok.com outllok.com outlool.com outlook.con otulook.com oulook.com outloo.com",
    "naver.com": "naver.con naver.cm nave.com navre.com navr.com naver.co",
    "hanmail.net": "hanmai.net hanmil.net hanmail.com hanmial.net",
    "daum.net": "daum.com duam.net daum.ent",
    "icloud.com": "iclod.com icoud.com icloud.con",
    "gmx.de": "gmx.dee gxm.de",
}
_MEANT = {typo: domain for domain, typos in _TYPOS.items() for typo in typos.split()}
_ENDINGS = {"con": "com", "cmo": "com", "ocm": "com", "ogr": "org", "rog": "org", "nte": "net"}
_ROLES = frozenset(
    [
        "info",
        "all",
        "everyone",
        "everybody",
        "staff",
        "sales",
        "support",
        "admin",
        "administrator",
        "webmaster",
        "postmaster",
        "hostmaster",
        "abuse",
        "root",
        "mailer-daemon",
        "subscribe",
        "unsubscribe",
        "list",
        "lists",
        "members",
        "no-reply",
        "noreply",
        "donotreply",
        "do-not-reply",
    ]
)
_NO_REPLY = re.compile(r"(?:no|do-?not|donot)[-_.]?reply|noreply|do\.not\.reply", re.IGNORECASE)
# Scripts that are written together in one word (UTS #39, 5.2: highly restrictive).
_TOGETHER = (
    frozenset(("LATIN", "CJK", "HIRAGANA", "KATAKANA")),
    frozenset(("LATIN", "CJK", "BOPOMOFO")),
    frozenset(("LATIN", "CJK", "HANGUL")),
)
_LIKE_LATIN = frozenset("асԁеһіјӏорԛѕԝхуѵαονυρικ")  # Cyrillic and Greek letters that pass for Latin ones


def check_freemail(from_: Mailbox, relay_host: str) -> Iterator[Problem]:
    """From at a provider whose mail server this is not: receivers throw such mail away."""
    servers = _FREEMAIL.get(from_.domain)
    if servers and not re.fullmatch(servers, relay_host.lower().rstrip(".")):
        message = f"{from_.address} can only send through {from_.domain}'s own mail server, and {relay_host} is not it"
        hint = "Set from to an address at a domain of your own, or [relay] to that provider."
        yield Problem("E13", "[sender] from", message, hint)


def check_answerable(from_: Mailbox, reply_to: tuple[Mailbox, ...]) -> Iterator[Problem]:
    """Whether a person who answers is heard."""
    for setting, mailbox in (("from", from_), *(("reply_to", mailbox) for mailbox in reply_to)):
        if _NO_REPLY.fullmatch(mailbox.address.rpartition("@")[0]) and not (setting == "from" and reply_to):
            message = f"{mailbox.address} says that nobody reads the answers"
            yield Problem(
                "W15", f"[sender] {setting}", message, "Name an address that somebody reads.", level="warning"
            )


def check_look(domain: str, where: str) -> Iterator[Problem]:
    """A domain whose letters are of scripts that no language mixes, or that pass for others."""
    if looks_forged(domain):
        message = f"the domain {domain} mixes scripts, or looks like another one"
        yield Problem("W16", where, message, "Check that it is the one that you mean.", level="warning")


def is_doubtful(mailbox: Mailbox) -> bool:
    """Whether there is anything to say of an address."""
    local, _, domain = mailbox.key.rpartition("@")
    return local in _ROLES or meant_domain(domain) != ""


def check_recipient(mailbox: Mailbox, level: str) -> Iterator[Problem]:
    """An address that is probably mistyped, or that nobody in particular reads."""
    if meant := meant_domain(mailbox.domain):
        message = f"{mailbox.address}: did you mean {meant}?"
        several = "have an address that looks mistyped"
        yield Problem("W17", "", message, "Correct the row if so.", mailbox.address, level=level, several=several)
    elif mailbox.key.partition("@")[0] in _ROLES:
        message = f"{mailbox.address} is read by nobody in particular, or by many"
        hint = "Name a person's or an office's own address where you know it."
        several = "have an address that nobody in particular reads"
        yield Problem("W17", "", message, hint, mailbox.address, level=level, several=several)


@lru_cache(maxsize=4096)
def meant_domain(domain: str) -> str:
    """The domain that was probably meant; empty where this one looks right."""
    name, _, ending = domain.rpartition(".")
    return _MEANT.get(domain, "") or (f"{name}.{_ENDINGS[ending]}" if ending in _ENDINGS else "")


@lru_cache(maxsize=1024)
def looks_forged(domain: str) -> bool:
    """Whether any label of it mixes scripts, or is made of nothing but letters that pass for Latin ones."""
    *labels, top = [_shown(label) for label in domain.lower().split(".")]
    return any(_mixes_scripts(label) or (top.isascii() and _passes_for_latin(label)) for label in [*labels, top])


def _shown(label: str) -> str:
    try:
        return idna.decode(label) if label.startswith("xn--") else label
    except (idna.IDNAError, UnicodeError):
        return label


def _mixes_scripts(label: str) -> bool:
    if label.isascii():
        return False
    letters = [character for character in label if character.isalpha()]
    scripts = {unicodedata.name(letter, "").partition(" ")[0].partition("-")[0] for letter in letters}
    return len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER)


def _passes_for_latin(label: str) -> bool:
    return not label.isascii() and _LIKE_LATIN.issuperset(character for character in label if character.isalpha())
