"""Header blocks like one that was read and found good: told in a tenth of the time that reading each would take."""

from __future__ import annotations

import re

from outreach.preflight.checks.fields import Fields

_CONTINUED = rb"(?:\r\n[ \t][^\r\n]*)*"
# What may stand in fields that differ from letter to letter, and surely is good there; all else is as it was.
_OWN = {
    b"to": rb"[^\r\n=]+(?:\r\n[ \t][^\r\n=]+)*",  # without "=" there is no encoded word
    b"cc": rb"[^\r\n=]+(?:\r\n[ \t][^\r\n=]+)*",
    b"message-id": rb"<[!-;A-~]+@[!-;A-~]+>",
    b"subject": rb"[^ \t\r\n][^\r\n]*" + _CONTINUED,
    b"content-type": rb"[^\r\n]*" + _CONTINUED,  # with another boundary
    b"dkim-signature": rb"[^\r\n]*" + _CONTINUED,
}


def alike(fields: Fields) -> re.Pattern[bytes]:
    """A pattern for the whole block of headers that are as good as these, which are."""
    lines = (
        re.escape(name) + rb": " + _OWN.get(name, re.escape(value)) + rb"\r\n"
        for name, value in zip(fields.names, fields.values, strict=True)
    )
    return re.compile(b"".join(lines), re.IGNORECASE)
