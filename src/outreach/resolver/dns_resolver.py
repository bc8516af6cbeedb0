"""Asks the nameservers of this machine, or others that are named, through dnspython."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from outreach.errors import SettingsError
from outreach.resolver.answers import Answer, Found, Kind

_TRY_SECONDS = 2.0  # one try at one nameserver
_QUESTION_SECONDS = 5.0  # a question, over all tries: RFC 7208, 4.6.4 gives all of SPF 20
_PAYLOAD = 1232  # octets of a datagram that pass every network (DNS flag day 2020); more comes by TCP
_KNOWS_NOTHING = "the nameserver of this machine knows no names, not even the root of DNS"
_MOST_TEXT = 65_535  # octets of a record (RFC 1035, 3.2.1)


class DnsResolver:
    """Asks DNS. A truncated answer is asked for once more by TCP; aliases (CNAME) are followed."""

    def __init__(
        self,
        *,
        nameservers: Sequence[str] = (),
        port: int = 53,
        try_seconds: float = _TRY_SECONDS,
        question_seconds: float = _QUESTION_SECONDS,
    ) -> None:
        """Without `nameservers` those of this machine; SettingsError where it names none."""
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=not nameservers)
        except dns.resolver.NoResolverConfiguration as error:
            raise SettingsError(
                f"This machine names no nameserver: {error}", "Check its network, or leave out --network."
            ) from error
        if nameservers:
            self._resolver.nameservers = list(nameservers)
            self._resolver.port = port
        self._resolver.timeout = try_seconds
        self._resolver.lifetime = question_seconds
        self._resolver.use_edns(0, 0, _PAYLOAD)
        self._has_root: bool | None = None  # None: nobody has wanted to know
        self._asking_root = asyncio.Lock()

    async def ask(self, name: str, kind: Kind) -> Answer:
        """The records of a name. A name that can't be one does not exist."""
        question = _question(name)
        if question is None:
            return Answer(Found.NO_NAME)
        try:
            answer = await self._resolver.resolve(question, kind.value, search=False)
        except dns.resolver.NXDOMAIN:
            return Answer(Found.NO_NAME) if await self._knows_names() else Answer(Found.UNKNOWN, why=_KNOWS_NOTHING)
        except dns.resolver.NoAnswer:
            return Answer(Found.NOTHING)
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return Answer(Found.UNKNOWN, why=self._why(error))
        rrset = answer.rrset
        records = _READERS[kind](rrset or ())
        return Answer(Found.RECORDS if records else Found.NOTHING, records, ttl=rrset.ttl if rrset else 0.0)

    async def _knows_names(self) -> bool:
        """Whether the nameserver knows names at all, asked once.

        The root is there by definition: who denies it stands in for DNS where there is no way to it.
        """
        async with self._asking_root:
            if self._has_root is None:
                self._has_root = await self._finds_root()
            return self._has_root

    async def _finds_root(self) -> bool:
        try:
            await self._resolver.resolve(dns.name.root, "NS", search=False)
        except dns.resolver.NXDOMAIN:
            return False
        except (dns.exception.DNSException, OSError, ValueError):
            return True  # nothing follows from that
        return True

    def _why(self, error: Exception) -> str:
        """Why nothing is known, in a few words."""
        if isinstance(error, dns.resolver.LifetimeTimeout):
            return f"no answer within {self._resolver.lifetime:g} s"
        if isinstance(error, dns.resolver.NoNameservers):
            return _said(error)
        return f"an answer that can't be used ({type(error).__name__})"


def _question(name: str) -> dns.name.Name | None:
    """The name as DNS writes it; None where it is too long, has empty labels, or is not ASCII."""
    if not name.isascii():
        return None
    try:
        return dns.name.from_text(name)
    except (dns.exception.DNSException, ValueError):
        return None


def _said(error: dns.resolver.NoNameservers) -> str:
    """What the nameservers said instead of an answer: SERVFAIL."""
    words = [entry[3] for entry in error.kwargs.get("errors", ())]
    told = [word if isinstance(word, str) else "no usable answer" for word in words]
    return ", ".join(dict.fromkeys(told)) or "no nameserver answers"


def _exchanges(records: Iterable[Any]) -> tuple[str, ...]:
    ordered = sorted(records, key=lambda record: (record.preference, record.exchange))
    return tuple(_host(record.exchange) for record in ordered)


def _texts(records: Iterable[Any]) -> tuple[str, ...]:
    return tuple(b"".join(record.strings)[:_MOST_TEXT].decode("ascii", "backslashreplace") for record in records)


def _addresses(records: Iterable[Any]) -> tuple[str, ...]:
    return tuple(record.address for record in records)


def _targets(records: Iterable[Any]) -> tuple[str, ...]:
    return tuple(_host(record.target) for record in records)


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")


_READERS: dict[Kind, Callable[[Iterable[Any]], tuple[str, ...]]] = {
    Kind.A: _addresses,
    Kind.AAAA: _addresses,
    Kind.MX: _exchanges,
    Kind.TXT: _texts,
    Kind.PTR: _targets,
}
