"""Relaxed canonicalisation: what of a message a signature is made over (RFC 6376, 3.4.2 and 3.4.4)."""

from __future__ import annotations


def relaxed_field(field: bytes) -> bytes:
    """A header field as it is signed: its name in small letters, on one line, runs of blanks as one.

    `field` and what is returned have no CRLF at their end.
    """
    name, _, value = field.partition(b":")
    return name.strip(b" \t").lower() + b":" + _squeeze(value.replace(b"\r\n", b"")).strip(b" ")


def relaxed_body(content: bytes, start: int) -> memoryview:
    """The body of a message, from `start` on, as it is signed: runs of blanks as one, none before a line end.

    There are no empty lines at its end. Bodies that are so already, as most of ours are, are only looked through.
    """
    if _is_relaxed(content, start):
        return memoryview(content)[start:]
    return memoryview(_relax(content[start:]))


def _is_relaxed(content: bytes, start: int) -> bool:
    """Whether the body surely is as it is to be signed. A regular expression would take some times as long."""
    return (
        content.endswith(b"\r\n")
        and not content.endswith(b"\r\n\r\n")  # nor is the body empty
        and content.find(b"\t", start) < 0
        and content.find(b"  ", start) < 0
        and content.find(b" \r\n", start) < 0
    )


def _relax(body: bytes) -> bytes:
    body = _squeeze(body)
    if body and not body.endswith(b"\r\n"):
        body += b"\r\n"
    if b" \r\n" in body:
        body = body.replace(b" \r\n", b"\r\n")
    end = len(body)
    while body[end - 4 : end] == b"\r\n\r\n":
        end -= 2
    return b"" if body[:end] == b"\r\n" else body[:end]


def _squeeze(octets: bytes) -> bytes:
    """Each run of blanks and tabs as one blank."""
    if b"\t" in octets:
        octets = octets.replace(b"\t", b" ")
    while b"  " in octets:  # each round halves the runs
        octets = octets.replace(b"  ", b" ")
    return octets
