"""The parts of a message, taken out of its bytes again by the standard library's parser, which is not ours."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from typing import cast


@dataclass(frozen=True, slots=True)
class Opened:
    """What a mail program shows."""

    text: str | None  # lines end in LF; None where there is no such part
    html: str | None
    html_bytes: int


def open_message(content: bytes) -> Opened:
    """The first text and the first HTML that are no attachments."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    text, html = _first(message, "text/plain"), _first(message, "text/html")
    return Opened(_decoded(text), _decoded(html), len(html) if html else 0)


def _first(message: EmailMessage, kind: str) -> bytes | None:
    for part in message.walk():
        if part.get_content_type() == kind and not part.get_filename():
            return cast(bytes, part.get_payload(decode=True))
    return None


def _decoded(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", errors="replace").replace("\r\n", "\n")
