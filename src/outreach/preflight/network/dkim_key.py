"""Compares the public key that DNS has for a selector with the key that we sign with (RFC 6376, 3.6.1 and 6.1.2)."""

from __future__ import annotations

import re

from outreach.errors import Problem
from outreach.preflight.network.request import PublishedKey, not_known
from outreach.preflight.network.tags import parse_tags
from outreach.resolver.answers import Answer, Found, Kind, Resolver

_DKIM = "[dkim]"


async def examine_key(resolver: Resolver, key: PublishedKey) -> Problem | None:
    """An error where receivers could not check our signatures with the record; None where they can."""
    answer = await resolver.ask(key.name, Kind.TXT)
    if not answer.is_known:
        return not_known(_DKIM, key.name, answer.why)
    fault = _fault(key, answer)
    return Problem("E17", _DKIM, f"{key.name} {fault}", f"Add this record: {key.record}") if fault else None


def _fault(key: PublishedKey, answer: Answer) -> str:
    """What is wrong with the records of that name; empty where nothing is."""
    texts = [text for text in answer.records if "=" in text]
    if answer.found is Found.NO_NAME:
        return "does not exist: no receiver can check our signatures"
    if not texts:
        return "has no TXT record: no receiver can check our signatures"
    if len(texts) > 1:
        return "has several TXT records; receivers take any one of them, or none"
    return _difference(key, texts[0])


def _difference(key: PublishedKey, text: str) -> str:
    """How the one record differs from the one that there should be, as far as it matters."""
    tags = parse_tags(text)
    if tags is None or "p" not in tags or tags.get("v", "DKIM1") != "DKIM1":
        return "is no DKIM key"
    public = re.sub(r"[ \t\r\n]", "", tags["p"])
    algorithm = tags.get("k", "rsa").lower()
    fault = ""
    if not public:
        fault = "is revoked: its p= is empty"
    elif algorithm != key.algorithm:
        fault = f"is of type {algorithm[:20]}, and our key of type {key.algorithm}"
    elif public.rstrip("=") != key.public.rstrip("="):
        fault = "is not the key that we sign with"
    elif "sha256" not in _listed(tags.get("h", "sha256")):
        fault = "does not allow sha256 (h=)"
    elif not {"*", "email"} & _listed(tags.get("s", "*")):
        fault = "does not allow e-mail (s=)"
    return fault


def _listed(text: str) -> set[str]:
    return {part.strip() for part in text.split(":")}
