"""What the SPF record of the envelope sender's domain means for the letters, and which record would be right."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.errors import Problem
from outreach.preflight.network.request import NetworkRequest, not_known
from outreach.preflight.network.spf import MOST_LOOKUPS, MOST_VOID, Spf, walk_spf
from outreach.resolver.answers import Resolver
from outreach.smtp.providers import Provider, provider_of

_LISTED = 5


async def examine_spf(request: NetworkRequest, resolver: Resolver, domain: str, where: str) -> list[Problem]:
    """A warning for each fault by which receivers would not accept the record, or by which it says nothing."""
    spf = await walk_spf(resolver, domain)
    provider = None if request.relay_on_loopback else provider_of(request.relay_host)
    problems = [not_known(where, f"{name}, asked for by SPF,", why) for name, why in dict.fromkeys(spf.unknown)]
    if spf.is_known and len(spf.records) != 1:
        problems.append(_not_one(where, domain, spf, _allowing(request, provider)))
    elif spf.is_known:
        problems += _limits(where, domain, spf)
        if spf.everybody:
            problems.append(_everybody(where, domain, spf, _allowing(request, provider)))
        if provider is not None and provider.spf and _is_missing(provider.spf, spf):
            problems.append(_provider_missing(where, domain, provider))
    return problems


def _allowing(request: NetworkRequest, provider: Provider | None) -> str:
    """The term that lets in whoever delivers the letters, as far as it can be known."""
    if provider is not None and provider.spf:
        return f"include:{provider.spf}"
    return "mx" if request.relay_on_loopback else f"a:{request.relay_host}"


def _not_one(where: str, domain: str, spf: Spf, allowing: str) -> Problem:
    if spf.records:
        message = f"{domain} has {len(spf.records)} SPF records, and receivers then use none"
        hint = f"Join them into one TXT record for {domain}: {_quoted(_joined(spf.records))}"
    else:
        message = f"{domain} has no SPF record: nothing says who may send in its name"
        hint = (
            f'Add this TXT record for {domain}: "v=spf1 {allowing} ~all". '
            "If your provider documents another one, that is the right one."
        )
    return Problem("W01", where, message, hint, level="warning")


def _limits(where: str, domain: str, spf: Spf) -> Iterator[Problem]:
    if spf.lookups > MOST_LOOKUPS:
        count = f"more than {spf.lookups}" if spf.cut else f"{spf.lookups}"
        yield Problem(
            "W01",
            where,
            f"the SPF record of {domain} takes {count} DNS lookups; receivers give up after {MOST_LOOKUPS}",
            "Take out each include, a, mx, ptr and exists of services that send nothing for you any more.",
            level="warning",
        )
    if len(spf.void) > MOST_VOID:
        yield Problem(
            "W01",
            where,
            f"the SPF record of {domain} names what is not there, and receivers give up after {MOST_VOID} such: "
            f"{_listed(spf.void)}",
            f"Take these terms out of the TXT record for {domain}.",
            level="warning",
        )
    if spf.wrong:
        yield Problem(
            "W01",
            where,
            f"receivers give up on the SPF record of {domain}: {_listed(spf.wrong)}",
            f"Correct or take out these terms in the TXT record for {domain}.",
            level="warning",
        )


def _everybody(where: str, domain: str, spf: Spf, allowing: str) -> Problem:
    return Problem(
        "W01",
        where,
        f"the SPF record of {domain} lets everybody send in its name ({spf.everybody})",
        f'Let it name who sends, and end with "~all" or "-all": "v=spf1 {allowing} ~all"',
        level="warning",
    )


def _is_missing(include: str, spf: Spf) -> bool:
    """Whether the record surely does not let the provider in: it could also have its addresses one by one."""
    return include not in spf.named and not (spf.has_addresses or spf.unknown or spf.wrong or spf.cut)


def _provider_missing(where: str, domain: str, provider: Provider) -> Problem:
    return Problem(
        "W01",
        where,
        f"the SPF record of {domain} does not name {provider.title}, which delivers the letters",
        f'Put "include:{provider.spf}" into the TXT record for {domain}, right after "v=spf1".',
        level="warning",
    )


def _joined(records: tuple[str, ...]) -> str:
    """One record with the terms of all, and a soft end."""
    terms = dict.fromkeys(term for record in records for term in record.split(" ")[1:] if term)
    kept = [term for term in terms if term.lower().lstrip("+-~?") != "all"]
    return " ".join(["v=spf1", *kept, "~all"])


def _quoted(record: str) -> str:
    return f'"{record}"' if len(record) <= 400 else "the terms of all, once each, with one all at the end."


def _listed(words: list[str]) -> str:
    more = len(words) - _LISTED
    return "; ".join(words[:_LISTED]) + (f"; and {more} more" if more > 0 else "")
