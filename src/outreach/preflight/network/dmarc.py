"""DMARC by the tree walk of RFC 9989, 4.10: which record holds for a domain, and which domains are one organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.preflight.network.tags import parse_tags
from outreach.resolver.answers import Kind, Resolver

_MOST_LABELS = 7  # above the first name: with it no more than 8 questions (RFC 9989, 4.10)
_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """One record, at the domain that it is published for."""

    domain: str
    text: str
    tags: Mapping[str, str]

    @property
    def policy(self) -> str:
        """What it asks for: none, quarantine or reject; none where only reports are asked for; else empty."""
        policy = self.tags.get("p", "").lower()
        if policy in _POLICIES:
            return policy
        return "none" if "mailto:" in self.tags.get("rua", "").lower() else ""

    @property
    def psd(self) -> str:
        """Whether the domain says that it is a public suffix (y), or that it is an organisation's (n)."""
        return self.tags.get("psd", "u").lower()

    def is_strict(self, identifier: str) -> bool:
        """Whether the identifier, `spf` or `dkim`, must be the domain of From itself, not just its organisation's."""
        return self.tags.get(f"a{identifier}", "r").lower() == "s"


@dataclass(frozen=True, slots=True)
class TreeWalk:
    """What stands at a domain and above it."""

    domain: str
    records: tuple[DmarcRecord, ...]  # from the domain upwards
    repeated: str = ""  # a domain with several records: receivers use none of them
    unknown: tuple[tuple[str, str], ...] = ()  # names that DNS did not answer for, and why

    @property
    def organizational(self) -> str:
        """The Organizational Domain (RFC 9989, 4.10.2)."""
        for record in self.records:
            if record.psd == "n":
                return record.domain
            if record.psd == "y" and record.domain != self.domain:
                below = self.domain.removesuffix(f".{record.domain}").rpartition(".")[2]
                return f"{below}.{record.domain}"
        return self.records[-1].domain if self.records else self.domain

    @property
    def applied(self) -> DmarcRecord | None:
        """The record that receivers apply: the domain's own, its organisation's, its suffix's (RFC 9989, 4.10.1)."""
        by_domain = {record.domain: record for record in self.records}
        organizational = self.organizational
        suffix = next((record for record in self.records if record.psd == "y"), None)
        return by_domain.get(self.domain) or by_domain.get(organizational) or suffix


async def walk_tree(resolver: Resolver, domain: str) -> TreeWalk:
    """Ask at the domain and upwards, until a record says that it is the last."""
    records: list[DmarcRecord] = []
    unknown: list[tuple[str, str]] = []
    repeated = ""
    for target in _targets(domain):
        answer = await resolver.ask(f"_dmarc.{target}", Kind.TXT)
        if not answer.is_known:
            unknown.append((f"_dmarc.{target}", answer.why))
        found = [record for text in answer.records if (record := _record(target, text)) is not None]
        if len(found) > 1:
            repeated = repeated or target
        if len(found) == 1:
            records += found
            if found[0].psd in ("y", "n"):
                break
    return TreeWalk(domain, tuple(records), repeated, tuple(unknown))


def _targets(domain: str) -> list[str]:
    labels = domain.split(".")
    first_above = 1 if len(labels) <= _MOST_LABELS else len(labels) - _MOST_LABELS
    return [domain, *(".".join(labels[start:]) for start in range(first_above, len(labels)))]


def _record(domain: str, text: str) -> DmarcRecord | None:
    """The record; None where the text is none of DMARC: it must begin with its version (RFC 9989, 4.7)."""
    tags = parse_tags(text)
    if tags is None or next(iter(tags.items()), None) != ("v", "DMARC1"):
        return None
    return DmarcRecord(domain, text, tags)
