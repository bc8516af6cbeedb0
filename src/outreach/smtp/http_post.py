"""One form posted over HTTP, and its answer: with a limit to its size, no redirect followed, nothing kept.

Asked once an hour at most, so the standard library's parser does, behind streams of our own: its client can't be
stopped in the middle, and one that can would bring six packages and certificates of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import socket
import ssl
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlencode, urlsplit

_MOST_BYTES = 64 * 1024
_CHUNK = 8 * 1024


async def post_form(url: str, form: Mapping[str, str], *, context: ssl.SSLContext) -> tuple[int, bytes]:
    """Status and body of the answer. OSError where there is no connection, ValueError for what is no answer.

    The caller sets the time limit. `context` counts for https alone.
    """
    parts = urlsplit(url)
    encrypted = parts.scheme == "https"
    body = urlencode(form).encode()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = (
        f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nAccept: application/json\r\nUser-Agent: outreach\r\nConnection: close\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or (443 if encrypted else 80), ssl=context if encrypted else None
    )
    try:
        writer.write(head.encode("ascii") + body)
        return await _read(reader)
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    received = b""
    while len(received) <= _MOST_BYTES:
        chunk = await reader.read(_CHUNK)
        received += chunk
        answer = _parse(received, ended=not chunk)
        if answer is not None:
            return answer
    raise ValueError("too long an answer")


def _parse(received: bytes, *, ended: bool) -> tuple[int, bytes] | None:
    """The answer if it is complete, as its length or the end of the connection says; ValueError if it is none."""
    if not ended and b"\r\n\r\n" not in received:
        return None
    response = http.client.HTTPResponse(cast(socket.socket, _Received(received)), method="POST")
    try:
        response.begin()
        ends_with_connection = response.length is None and not response.chunked
        body = response.read()
    except http.client.IncompleteRead:
        if not ended:
            return None
        raise ValueError("half an answer") from None
    except (http.client.HTTPException, OSError) as error:
        raise ValueError("no HTTP") from error
    return None if ends_with_connection and not ended else (response.status, body)


class _Received:
    """Bytes in the place of the socket that the library's parser reads from."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, mode: str) -> io.BytesIO:
        """Read them from the start."""
        del mode
        return io.BytesIO(self._received)
