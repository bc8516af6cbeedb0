"""A token server on loopback that plays what a test tells it, and says whose tokens are good."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from urllib.parse import parse_qs

from tests.support.loops import entered_in_thread

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def http_answer(body: bytes | dict[str, object], *, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole answer with its length."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{headers}\r\n".encode() + content


def refusal(error: str, description: str = "") -> bytes:
    """An error of RFC 6749, 5.2."""
    return http_answer({"error": error, "error_description": description}, status="400 Bad Request")


class TokenServer:
    """Gives token-1, token-2, … each good for `user` from then on, the one before no more; or the answers it is given.

    The last of `answers` stays; None among them stands for a token.
    """

    def __init__(self, *answers: Answer | None, user: str = "letters@coalition.example", life: object = 3600) -> None:
        self.users = {user: "no token yet"}  # as the sink wants them
        self.forms: list[dict[str, str]] = []
        self.heads: list[str] = []
        self.port = 0
        self.scheme = "http"
        self._user = user
        self._life = life
        self._answers = list(answers) or [None]

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self.scheme}://localhost:{self.port}/token"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().partition("content-length:")[2].split()[0])
            form = parse_qs((await reader.readexactly(length)).decode(), strict_parsing=True)
            self.heads.append(head)
            self.forms.append({name: value for name, [value] in form.items()})
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            if answer is None:
                answer = self._token()
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    def _token(self) -> bytes:
        token = f"token-{len(self.forms)}"
        self.users[self._user] = token
        said: dict[str, object] = {"access_token": token, "token_type": "Bearer"}
        return http_answer(said | ({"expires_in": self._life} if self._life is not None else {}))


@asynccontextmanager
async def serving(server: TokenServer, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[TokenServer]:
    """The server on a free port of loopback."""
    listener = await asyncio.start_server(server.serve, "localhost", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    server.scheme = "https" if tls else "http"
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


def serving_in_thread(server: TokenServer) -> AbstractContextManager[TokenServer]:
    """The same while commands run in the main thread."""
    return entered_in_thread(serving(server), "tokens")
