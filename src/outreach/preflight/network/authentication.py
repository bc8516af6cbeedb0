"""DKIM and DMARC of the sender: whether our key stands in DNS, and whether what is signed is the domain of From."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from outreach.errors import Problem
from outreach.preflight.network.dkim_key import examine_key
from outreach.preflight.network.dmarc import DmarcRecord, TreeWalk, walk_tree
from outreach.preflight.network.request import NetworkRequest, not_known
from outreach.resolver.answers import Resolver

_FROM = "[sender] from"


async def examine_keys(request: NetworkRequest, resolver: Resolver) -> list[Problem]:
    """An error for each key of ours by which receivers could not check a signature."""
    found = [await examine_key(resolver, key) for key in request.keys]
    return [problem for problem in found if problem is not None]


async def examine_dmarc(request: NetworkRequest, resolver: Resolver, own: str, envelope: str) -> list[Problem]:
    """A warning where the domain of From has no DMARC record, or where neither SPF nor DKIM speaks for it."""
    signed = (request.signing_domain,) if request.signing_domain else ()
    domains = dict.fromkeys((own, envelope, *signed))
    walks = dict(zip(domains, await asyncio.gather(*(walk_tree(resolver, domain) for domain in domains)), strict=True))
    walk = walks[own]
    record = walk.applied
    if record is None and walk.unknown:
        return [not_known(_FROM, *walk.unknown[0])]
    if record is None or not record.policy:
        return [_no_record(walk)]
    identifiers = [("spf", envelope), *(("dkim", domain) for domain in signed)]
    aligned = {kind: _is_aligned(kind, walk, record, walks[domain]) for kind, domain in identifiers}
    return list(_alignment(aligned, request, record, own=own, envelope=envelope))


def _no_record(walk: TreeWalk) -> Problem:
    name = f"_dmarc.{walk.domain}"
    record = f'"v=DMARC1; p=none; rua=mailto:dmarc@{walk.domain}"'
    if walk.repeated == walk.domain:
        message = f"{name} has several DMARC records, and receivers then use none"
        hint = f"Keep one of the TXT records, such as {record}"
    elif walk.applied is not None:
        message = f"the DMARC record at _dmarc.{walk.applied.domain} has no valid policy (p=)"
        hint = f"Correct that TXT record, for example to {record}"
    else:
        message = f"{walk.domain} has no DMARC record"
        hint = f"Add this TXT record for {name}: {record}, where rua is a mailbox of yours that takes reports."
    return Problem("W02", _FROM, message, hint, level="warning")


def _is_aligned(kind: str, own: TreeWalk, record: DmarcRecord, other: TreeWalk) -> bool | None:
    """Whether an identifier is aligned with From (RFC 9989, 4.4); None where DNS does not tell."""
    if own.domain == other.domain:
        return True
    if record.is_strict(kind):
        return False
    if own.unknown or other.unknown:
        return None
    return own.organizational == other.organizational


def _alignment(
    aligned: dict[str, bool | None], request: NetworkRequest, record: DmarcRecord, *, own: str, envelope: str
) -> Iterator[Problem]:
    """What follows from it for the letters."""
    if not any(aligned.values()):
        if None in aligned.values():
            yield not_known(_FROM, f"whether {envelope} and {own} are one organisation", "DNS did not answer for all")
            return
        signer = f", nor does our signature ({request.signing_domain})" if request.signing_domain else ""
        strict = f" (the record at _dmarc.{record.domain} is strict)" if record.is_strict("spf") else ""
        yield Problem(
            "W02",
            _FROM,
            f"the envelope sender ({envelope}) does not speak for {own}{signer}: DMARC fails{strict}",
            f"Set envelope_from under [sender] to an address at {own}, or domain under [dkim] to {own}.",
            level="warning",
        )
    elif not request.signing_domain:
        yield Problem(
            "I06",
            _FROM,
            "nobody signs here (DKIM); whether your mail server does can't be seen in DNS",
            f"Send one letter to yourself and look for dkim=pass with {own} in its Authentication-Results; "
            "else set up [dkim]: large receivers want both SPF and DKIM.",
            level="info",
        )
