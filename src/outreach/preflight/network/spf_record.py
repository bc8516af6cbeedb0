"""An SPF record as text and as its terms (RFC 7208, 4.5, 4.6 and 12)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

_VERSION = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_MECHANISM = re.compile(r"([+\-~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?=[:/]|$)(.*)", re.IGNORECASE)
_LENGTHS = r"(?:/\d{1,2})?(?://\d{1,3})?"  # 5.3: of addresses, in bits
_REST = {  # what may stand behind the name, with the domain or the addresses as the group
    "all": re.compile(r"()"),
    "include": re.compile(r":(.+)"),
    "a": re.compile(rf"(?::(.+?))?{_LENGTHS}"),
    "mx": re.compile(rf"(?::(.+?))?{_LENGTHS}"),
    "ptr": re.compile(r"(?::(.+))?"),
    "ip4": re.compile(r":(.+)"),
    "ip6": re.compile(r":(.+)"),
    "exists": re.compile(r":(.+)"),
}
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.IGNORECASE)
_LOOKS_UP = ("include", "a", "mx", "ptr", "exists")  # 4.6.4; redirect does, too


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism or the redirect of a record."""

    text: str  # as written
    name: str  # all include a mx ptr ip4 ip6 exists redirect, in small letters
    domain: str = ""  # what it names; empty: the domain of the record itself
    passes: bool = True  # whether a match means that the sender may

    @property
    def looks_up(self) -> bool:
        """Whether it counts towards the ten lookups."""
        return self.name in _LOOKS_UP or self.name == "redirect"

    @property
    def has_macro(self) -> bool:
        """Whether its domain depends on the message (RFC 7208, 7)."""
        return "%" in self.domain

    @property
    def is_everybody(self) -> bool:
        """Whether it lets everybody in, as it stands."""
        network = _network(self) if self.name in _ADDRESSES else None
        return self.passes and (self.name == "all" or (network is not None and network.prefixlen == 0))


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """The terms in their order, up to what counts, and those that are no terms."""

    text: str
    terms: tuple[Term, ...]
    wrong: tuple[str, ...] = ()  # terms that make receivers give up on the record


def is_spf(text: str) -> bool:
    """Whether a TXT record is one of SPF (RFC 7208, 4.5)."""
    return _VERSION.match(text) is not None


def parse_spf(text: str) -> SpfRecord:
    """The record. What stands behind `all` does not count, nor does a redirect beside it (5.1, 6.1)."""
    mechanisms: list[Term] = []
    redirects: list[Term] = []
    wrong: list[str] = []
    for word in text.split(" ")[1:]:
        if not word:
            continue
        term = _mechanism(word) or _redirect(word)
        if term is not None:
            (redirects if term.name == "redirect" else mechanisms).append(term)
        elif not _is_other_modifier(word):
            wrong.append(word)
    names = [term.name for term in mechanisms]
    if "all" in names:
        mechanisms, redirects = mechanisms[: names.index("all") + 1], []
    wrong += [term.text for term in redirects[1:]]  # 6: once each
    return SpfRecord(text, (*mechanisms, *redirects[:1]), tuple(wrong))


def _mechanism(word: str) -> Term | None:
    match = _MECHANISM.fullmatch(word)
    rest = _REST[match[2].lower()].fullmatch(match[3]) if match is not None else None
    if match is None or rest is None:
        return None
    term = Term(word, match[2].lower(), rest[1] or "", passes=match[1] in ("", "+"))
    return term if term.name not in _ADDRESSES or _network(term) is not None else None


def _redirect(word: str) -> Term | None:
    match = _MODIFIER.fullmatch(word)
    if match is None or match[1].lower() != "redirect" or not match[2]:
        return None
    return Term(word, "redirect", match[2])


def _is_other_modifier(word: str) -> bool:
    """Whether it is a modifier that does not matter here: exp, or one that is not known yet (RFC 7208, 6)."""
    match = _MODIFIER.fullmatch(word)
    return match is not None and match[1].lower() != "redirect"


def _network(term: Term) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return _ADDRESSES[term.name](term.domain, strict=False)
    except ValueError:
        return None


_ADDRESSES: Mapping[str, type[ipaddress.IPv4Network] | type[ipaddress.IPv6Network]] = {
    "ip4": ipaddress.IPv4Network,
    "ip6": ipaddress.IPv6Network,
}
