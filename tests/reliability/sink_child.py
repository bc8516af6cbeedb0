"""A sink in a process of its own: a relay like any other, which writes down what it accepts before it says so.

Run it: python -m tests.reliability.sink_child RECORD [SCRIPT …]; the scripts are those of outreach.sink.script.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Sequence
from email.parser import BytesHeaderParser
from pathlib import Path

from outreach.sink.house import EXTENSIONS, SINK_KEYWORD
from outreach.sink.mailbox import Mailbox, Received
from outreach.sink.script import parse_script
from outreach.sink.server import Sink

_SETTLE_SECONDS = 30.0
_EVENTS = 2_000_000


class RecordingMailbox(Mailbox):
    """Writes a line for each message."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("a", encoding="utf-8")

    def keep(self, message: Received) -> None:
        """Take one message."""
        super().keep(message)
        head = message.content.partition(b"\r\n\r\n")[0]
        line = {
            "to": message.addresses,
            "message_id": BytesHeaderParser().parsebytes(head)["Message-ID"],
            "at": message.at,
            "connection": message.connection,
        }
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


async def serve(record: Path, scripts: Sequence[str]) -> None:
    """Serve until standard input ends. A line there asks when nobody is connected, or what faults there were."""
    asked: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def listen() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(asked.put_nowait, line)
        loop.call_soon_threadsafe(asked.put_nowait, "")

    extensions = [extension for extension in EXTENSIONS if extension != SINK_KEYWORD]
    played = [parse_script(script) for script in scripts]
    limit = _EVENTS if scripts else 0
    mailbox = RecordingMailbox(record)
    async with Sink(extensions=extensions, keep=mailbox, record_limit=limit, scripts=played) as sink:
        print(sink.port, flush=True)
        threading.Thread(target=listen, daemon=True).start()
        while question := await asked.get():
            if question == "faults\n":
                print(json.dumps(sink.faults), flush=True)
                continue
            if question == "events\n":
                print(json.dumps([[event.kind, event.connection, event.detail, event.at] for event in sink.record]))
                sys.stdout.flush()
                continue
            until = loop.time() + _SETTLE_SECONDS
            while sink.open_connections and loop.time() < until:  # noqa: ASYNC110
                await asyncio.sleep(0.005)  # the sink tells nobody
            print("busy" if sink.open_connections else "settled", flush=True)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2:]))
