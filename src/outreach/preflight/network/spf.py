"""Walks an SPF record as receivers do, through all that it includes, and counts against their limits (RFC 7208, 4.6.4).

A receiver stops at the first term that matches; which one that is, nobody knows before the letter is there. So all
terms are counted: this is the worst case.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from outreach.preflight.network.spf_record import SpfRecord, Term, is_spf, parse_spf
from outreach.resolver.answers import Answer, Found, Kind, Resolver, ask_addresses

MOST_LOOKUPS = 10
MOST_VOID = 2
_MOST_EXCHANGES = 10  # of one mx term
_ASKED_AT_MOST = 40  # terms that are followed; beyond, "more than" is all that is said


@dataclass(slots=True)
class Spf:
    """What the walk came to."""

    records: tuple[str, ...] = ()  # of the domain itself; one is right
    lookups: int = 0
    void: list[str] = field(default_factory=list)  # terms whose names have nothing
    everybody: str = ""  # the term by which everybody passes
    wrong: list[str] = field(default_factory=list)  # why receivers give up on it (permerror), one by one
    unknown: list[tuple[str, str]] = field(default_factory=list)  # names that DNS did not answer for, and why
    named: set[str] = field(default_factory=set)  # domains that are included, or redirected to
    has_addresses: bool = False  # whether it names addresses, ip4 or ip6, itself
    cut: bool = False  # whether there was more than is counted

    @property
    def is_known(self) -> bool:
        """Whether DNS answered for the domain itself."""
        return bool(self.records) or not self.unknown


async def walk_spf(resolver: Resolver, domain: str) -> Spf:
    """All that the SPF record of a domain leads to."""
    spf = Spf()
    answer = await resolver.ask(domain, Kind.TXT)
    if not answer.is_known:
        spf.unknown.append((domain, answer.why))
        return spf
    spf.records = tuple(text for text in answer.records if is_spf(text))
    if len(spf.records) == 1:
        spf.everybody = await _walk(resolver, spf, parse_spf(spf.records[0]), (domain.lower(),))
    return spf


async def _walk(resolver: Resolver, spf: Spf, record: SpfRecord, above: tuple[str, ...]) -> str:
    """Count the terms of a record; returns the term by which everybody passes. `above`: from the first domain down."""
    spf.wrong += [f'"{_short(word)}" of {above[-1]} is no term of SPF' for word in record.wrong]
    everybody = ""
    for term in record.terms:
        spf.has_addresses = spf.has_addresses or (term.name in ("ip4", "ip6") and len(above) == 1)
        if term.is_everybody:
            everybody = everybody or (term.text if len(above) == 1 else f"{term.text} of {above[-1]}")
        if not term.looks_up:
            continue
        if spf.lookups >= _ASKED_AT_MOST:
            spf.cut = True
            return everybody
        spf.lookups += 1
        if term.name in ("include", "redirect"):
            inner = await _follow(resolver, spf, term, above)
            everybody = everybody or (inner if term.passes else "")
        elif not term.has_macro:
            await _look_up(resolver, spf, term, above[-1])
    return everybody


async def _follow(resolver: Resolver, spf: Spf, term: Term, above: tuple[str, ...]) -> str:
    """Count the record that a term includes or redirects to; returns the term in it by which everybody passes."""
    if term.has_macro:
        return ""
    domain = term.domain.lower().rstrip(".")
    spf.named.add(domain)
    if domain in above:
        spf.wrong.append(f"{_short(term.text)} of {above[-1]} leads in a circle")
        return ""
    answer = await resolver.ask(domain, Kind.TXT)
    _note(spf, term, domain, answer)
    if not answer.is_known:
        return ""
    texts = [text for text in answer.records if is_spf(text)]
    if len(texts) != 1:  # 5.2: an include of nothing is an error, not a term without a match
        spf.wrong.append(
            f"{_short(term.text)}: {_short(domain)} has {'several SPF records' if texts else 'no SPF record'}"
        )
        return ""
    return await _walk(resolver, spf, parse_spf(texts[0]), (*above, domain))


async def _look_up(resolver: Resolver, spf: Spf, term: Term, own: str) -> None:
    """Ask what a receiver would ask for one of the other terms."""
    domain = term.domain.lower().rstrip(".") or own
    if term.name == "ptr":  # it begins with the address of who sends, which is not known here
        return
    if term.name == "mx":
        answer = await resolver.ask(domain, Kind.MX)
        _note(spf, term, domain, answer)
        if len(answer.records) > _MOST_EXCHANGES:
            spf.wrong.append(f"{_short(term.text)}: {domain} has {len(answer.records)} mail servers; 10 are allowed")
            return
        return  # the addresses of its hosts matter to a match, and count for nothing
    answer = await (resolver.ask(domain, Kind.A) if term.name == "exists" else ask_addresses(resolver, domain))
    _note(spf, term, domain, answer)


def _note(spf: Spf, term: Term, name: str, answer: Answer) -> None:
    if answer.is_void:
        spf.void.append(f"{_short(term.text)} ({_short(name)} {_nothing(answer)})")
    elif not answer.is_known:
        spf.unknown.append((name, answer.why))


def _nothing(answer: Answer) -> str:
    return "does not exist" if answer.found is Found.NO_NAME else "has no such record"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
