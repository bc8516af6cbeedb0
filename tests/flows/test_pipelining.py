"""A mail server that offers PIPELINING and breaks it: found out once, and remembered by the runs after."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import apsw
import pytest

from tests.flows.campaign import Campaign

pytestmark = pytest.mark.flow


class _Impatient(socketserver.StreamRequestHandler):
    """Refuses whatever comes together with something else, as a few relays and firewalls do."""

    server: Relay

    def handle(self) -> None:
        self.wfile.write(b"220 relay.test ESMTP\r\n")
        while data := self.request.recv(65536):
            lines = data.split(b"\r\n")[:-1]
            if len(lines) > 1:
                self.server.together += 1
                self.wfile.write(b"503 5.5.0 improper use of SMTP command pipelining\r\n" * len(lines))
                continue
            self.wfile.write(self._answer(lines[0].upper()))

    def _answer(self, line: bytes) -> bytes:
        if line.startswith(b"EHLO"):
            return b"250-relay.test\r\n250 PIPELINING\r\n"
        if line != b"DATA":
            return b"250 ok\r\n"
        self.wfile.write(b"354 go on\r\n")
        letter = b""
        while not letter.endswith(b"\r\n.\r\n"):
            letter += self.request.recv(65536)
        self.server.letters += 1
        return b"250 2.0.0 queued\r\n"


class Relay(socketserver.ThreadingTCPServer):
    """Counts letters, and how often commands came together."""

    daemon_threads = True
    letters = together = 0


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay(("127.0.0.1", 0), _Impatient) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_it_is_found_out_once_in_a_month(campaign: Campaign, relay: Relay) -> None:
    """Every letter arrives; the second run sends one command at a time from the start; after a month it tries again."""
    campaign.use_port(relay.server_address[1])

    assert campaign.run("send", "--yes", "--limit", "1").code == 0
    assert relay.together == 1
    assert campaign.run("send", "--yes", "--limit", "1").code == 0
    assert relay.together == 1
    ledger = apsw.Connection(str(campaign.folder / ".outreach/ledger.db"))
    ledger.execute("UPDATE relay_fault SET found_at = ?", ((datetime.now(UTC) - timedelta(days=31)).timestamp(),))
    ledger.close()
    assert campaign.run("send", "--yes").code == 0

    assert relay.together == 2
    assert relay.letters == 3
