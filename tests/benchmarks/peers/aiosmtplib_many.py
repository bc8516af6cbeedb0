"""aiosmtplib with EmailMessage: Jinja fills in both parts, each connection sends one message after the other.

Run it: python -m tests.benchmarks.peers.aiosmtplib_many CONTACTS LETTER PORT CONNECTIONS
"""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any

import uvloop
from aiosmtplib import SMTP
from jinja2 import Environment

from tests.benchmarks.campaign import SENDER, SUBJECT


async def _send_all(contacts: Path, parts: dict[str, Any], port: int, connections: int) -> None:
    plain = Environment(autoescape=False).from_string(parts["text"])
    rich = Environment(autoescape=True).from_string(parts["html"])

    def messages() -> Iterator[EmailMessage]:
        with contacts.open(newline="") as file:
            for row in csv.DictReader(file):
                message = EmailMessage()
                message["From"] = f"Coalition <{SENDER}>"
                message["To"] = row["email"]
                message["Subject"] = SUBJECT
                message["Date"] = formatdate()
                message["Message-ID"] = make_msgid(domain="coalition.example")
                message.set_content(plain.render(row, signatories=parts["signatories"]))
                message.add_alternative(rich.render(row, signatories=parts["signatories"]), subtype="html")
                yield message

    pending = messages()

    async def connection() -> None:
        async with SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for message in pending:
                await client.send_message(message)

    await asyncio.gather(*(connection() for _ in range(connections)))


if __name__ == "__main__":
    uvloop.run(
        _send_all(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), int(sys.argv[3]), int(sys.argv[4]))
    )
