"""Servers for tests: our sink, Postfix's smtp-sink and aiosmtpd, all on loopback and on ports of their own."""

from __future__ import annotations

import asyncio
import atexit
import functools
import os
import shutil
import signal
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP

from outreach.sink.script import parse_script
from outreach.sink.server import Sink

POSTFIX_SINK = Path("/usr/sbin/smtp-sink")
_START_SECONDS = 10.0


def running_sink(*scripts: str, **settings: Any) -> Sink:
    """A sink that plays these scripts, to be entered with `async with`; the settings are those of Sink."""
    return Sink(scripts=[parse_script(script) for script in scripts], **settings)


@functools.cache
def tls_contexts(folder: Path | None = None, *names: str) -> tuple[ssl.SSLContext, Path]:
    """The context of a server with these names (by default localhost and 127.0.0.1), and its CA's certificate.

    The certificate is a PEM file in the folder, or in one that goes with the process.
    """
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("localhost", "127.0.0.1"))).configure_cert(context)
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="outreach-test-ca-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    certificate = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(certificate))
    return context, certificate


def free_port() -> int:
    """A port on which nobody listens just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def smtp_sink_available() -> bool:
    """Whether Postfix's smtp-sink is installed."""
    return os.access(POSTFIX_SINK, os.X_OK)


@asynccontextmanager
async def postfix_sink(*options: str, port: int | None = None, backlog: int = 256) -> AsyncIterator[int]:
    """Postfix's smtp-sink as a child process; gives its port."""
    port = port or free_port()
    # Started by root it insists on becoming somebody else.
    user = ("-u", "nobody") if os.geteuid() == 0 else ()
    arguments = [*user, *options, f"127.0.0.1:{port}", str(backlog)]
    child = await asyncio.create_subprocess_exec(POSTFIX_SINK, *arguments, stderr=asyncio.subprocess.PIPE)
    try:
        await _wait_for_listener(port, child)
        yield port
    finally:
        if child.returncode is None:
            os.kill(child.pid, signal.SIGTERM)
        await child.communicate()


async def _wait_for_listener(port: int, child: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                if child.returncode is not None:
                    raise RuntimeError((await child.communicate())[1].decode()) from None
                # Another process: there is nothing to wait on but time.
                await asyncio.sleep(0.005)
            else:
                writer.close()
                await writer.wait_closed()
                return


@asynccontextmanager
async def aiosmtpd_server(handler: object, **settings: Any) -> AsyncIterator[int]:
    """An aiosmtpd server in this event loop; gives its port. The settings are those of aiosmtpd.smtp.SMTP."""
    loop = asyncio.get_running_loop()
    protocols: list[SMTP] = []

    def make_protocol() -> SMTP:
        protocols.append(SMTP(handler, loop=loop, **settings))
        return protocols[-1]

    server = await loop.create_server(make_protocol, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for protocol in protocols:
            if isinstance(protocol.transport, asyncio.Transport):
                protocol.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0)  # the loop closes the sockets in its next round
