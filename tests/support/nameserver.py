"""A small DNS server on loopback, over UDP and TCP: it answers from a zone, and misbehaves where it is told to."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from outreach.resolver.dns_resolver import DnsResolver

Zone = Mapping[str, Sequence[str | bytes]]
"""Records by name: 'MX 10 mail.coalition.org', 'TXT "v=spf1 -all"'; bytes are a TXT record of these octets."""

_TTL = 300
_NO_EDNS_OCTETS = 512


@dataclass
class Nameserver:
    """Answers questions on a port of its own; ends with the block."""

    zone: Zone
    servfail: Collection[str] = ()  # names that it says SERVFAIL for, all kinds or one: "own.kr", "own.kr A"
    silent: Collection[str] = ()  # names that it never answers for
    garbage: Collection[str] = ()  # names that it answers for with octets that are no DNS
    spoil: Callable[[bytes], bytes] | None = None  # what it does to each reply
    denies_root: bool = False  # says that the root does not exist; else it has no such record, and is not counted
    port: int = 0
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)  # by name and kind
    by_tcp: Counter[str] = field(default_factory=Counter)  # by name
    together: int = 0  # the most questions that were open at a time
    delay: float = 0.0
    _open: int = 0

    async def __aenter__(self) -> Nameserver:
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._serve_tcp, "127.0.0.1", self.port)
        self.port = self._tcp.sockets[0].getsockname()[1]
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        udp.bind(("127.0.0.1", self.port))
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=udp)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._udp.close()
        self._tcp.close()
        await self._tcp.wait_closed()

    def resolver(self, *, question_seconds: float = 10.0, try_seconds: float = 5.0) -> DnsResolver:
        """A resolver that asks this server."""
        return DnsResolver(
            nameservers=["127.0.0.1"], port=self.port, question_seconds=question_seconds, try_seconds=try_seconds
        )

    async def reply(self, wire: bytes, *, by_tcp: bool) -> bytes | None:
        """What is sent back; None for silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        if name == ".":
            return self._root(query)
        self.asked[name, dns.rdatatype.to_text(question.rdtype)] += 1
        self.by_tcp[name] += by_tcp
        self._open += 1
        self.together = max(self.together, self._open)
        try:
            if self.delay:
                await asyncio.sleep(self.delay)
        finally:
            self._open -= 1
        if name in self.silent:
            return None
        if name in self.garbage:
            return wire[:2] + b"\xff" * 10 + b"\xc0\x0c" * 20
        reply = self._wire(self._response(query, name, question.rdtype), query, by_tcp=by_tcp)
        return self.spoil(reply) if self.spoil is not None else reply

    def _root(self, query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query, recursion_available=True)
        if self.denies_root:
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()

    def _response(self, query: dns.message.Message, name: str, kind: dns.rdatatype.RdataType) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=True)
        if name in self.servfail or f"{name} {dns.rdatatype.to_text(kind)}" in self.servfail:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response
        for _ in range(20):  # aliases may lead in a circle
            records = [_record(text) for text in self.zone.get(name, ())]
            answers = [record for record in records if record.rdtype == kind]
            aliases = [record for record in records if record.rdtype == dns.rdatatype.CNAME]
            for record in answers or aliases[:1]:
                owner = dns.name.from_text(name)
                rrset = response.find_rrset(
                    response.answer, owner, dns.rdataclass.IN, record.rdtype, create=True, force_unique=False
                )
                rrset.add(record, _TTL)
            if answers or not aliases:
                break
            name = aliases[0].to_text().rstrip(".").lower()
        exists = any(other == name or other.endswith(f".{name}") for other in self.zone)
        if not exists:
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response

    def _wire(self, response: dns.message.Message, query: dns.message.Message, *, by_tcp: bool) -> bytes:
        if by_tcp:
            return response.to_wire(max_size=65_535)
        try:
            return response.to_wire(max_size=query.payload if query.edns >= 0 else _NO_EDNS_OCTETS)
        except dns.exception.TooBig:
            short = dns.message.make_response(query, recursion_available=True)
            short.flags |= dns.flags.TC
            return short.to_wire()

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.read(2):
                wire = await reader.readexactly(int.from_bytes(head, "big"))
                reply = await self.reply(wire, by_tcp=True)
                if reply is not None:
                    writer.write(len(reply).to_bytes(2, "big") + reply)
                    await writer.drain()
        finally:
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: Nameserver) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        task = asyncio.ensure_future(self._answer(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = await self._server.reply(data, by_tcp=False)
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)


def _record(text: str | bytes) -> dns.rdata.Rdata:
    if isinstance(text, bytes):
        strings = b"".join(
            bytes([len(part)]) + part for part in (text[start : start + 255] for start in range(0, len(text), 255))
        )
        return dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.TXT, strings, 0, len(strings))
    kind, _, value = text.partition(" ")
    return dns.rdata.from_text(dns.rdataclass.IN, kind, value, origin=dns.name.root, relativize=False)
