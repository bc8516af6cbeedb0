"""DKIM: the fields that go in front of a message and vouch for it (RFC 6376, RFC 8301, RFC 8463).

Canonicalisation is relaxed/relaxed, since some relays touch blanks. There is no l=, which would let anybody add to a
letter, and no x=: a letter may lie in queues for days. The time in t= is that of the message's Date, so that the same
message is signed with the same octets each time: both algorithms are deterministic.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import NamedTuple

from outreach.message.relaxed import relaxed_body, relaxed_field
from outreach.message.signing import Signing, SigningKey

# RFC 6376, 5.4.1; the List- fields because of RFC 8058, 4; Feedback-ID because Gmail counts only what is signed.
SIGNED = (
    "from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references",
    "mime-version", "content-type", "content-transfer-encoding", "list-id", "list-help", "list-unsubscribe",
    "list-unsubscribe-post", "feedback-id",
)  # fmt: skip

# Named once more than they occur, so that nobody can add another (RFC 6376, 8.15).
OVERSIGNED = frozenset(
    {
        "from", "reply-to", "to", "cc", "subject", "date", "message-id", "content-type", "list-unsubscribe",
        "list-unsubscribe-post",
    }
)  # fmt: skip

_NAME = b"DKIM-Signature:"
_NEXT_FIELD = re.compile(rb"\r\n(?![ \t])")
_WIDTH = 74  # of the lines we break ourselves, with a blank before and a colon or semicolon behind
_KEPT = 64  # forms of the field; there is one for each set of headers that a campaign's letters have
_KEPT_FIELDS = 64  # of messages, relaxed
_RANKS = {name.encode(): rank for rank, name in enumerate(SIGNED)}

_Sign = Callable[[bytes], bytes]


class _Form(NamedTuple):
    """The field but for time, body hash and signature: as it is written, and as it is signed."""

    before: bytes  # up to the time
    between: bytes  # from there to the body hash
    relaxed_before: bytes
    relaxed_between: bytes


class Signer:
    """Signs the messages of one campaign. It needs the extra `dkim`; see `dkim_key.read_signing`."""

    def __init__(self, signing: Signing) -> None:
        self._keys = [
            (_load(key), lru_cache(maxsize=_KEPT)(partial(_make_form, signing.domain, key))) for key in signing.keys
        ]

    def sign(self, content: bytes, *, date: float) -> bytes:
        """The DKIM-Signature fields, with their CRLF, to be put in front of the message; the RSA one comes first.

        `content` is the whole message with CRLF; `date` its Date, in seconds since the epoch.
        """
        end = content.index(b"\r\n\r\n")
        ranks, relaxed = _signed_fields(content[:end])
        body_hash = b64encode(hashlib.sha256(relaxed_body(content, end + 4)).digest())
        time = b"%d" % (date // 1)
        fields = b""
        for sign, form_of in self._keys:
            form = form_of(ranks)
            own = b"".join((relaxed, form.relaxed_before, time, form.relaxed_between, body_hash, b"; b="))
            signature = _folded(b64encode(sign(own)))
            fields += b"".join((form.before, time, form.between, body_hash, b";\r\n b=", signature, b"\r\n"))
        return fields


def without_signatures(content: bytes) -> memoryview:
    """The message without the fields that `Signer.sign` puts in front."""
    start = 0
    while content.startswith(_NAME, start):
        end = _NEXT_FIELD.search(content, start)
        start = end.end() if end else len(content)
    return memoryview(content)[start:]


def _signed_fields(head: bytes) -> tuple[tuple[int, ...], bytes]:
    """Which fields are signed, by their ranks in SIGNED, and these as they are signed, each with its CRLF.

    Of several fields of one name the last comes first (RFC 6376, 5.4.2).
    """
    fields = [_relaxed_and_ranked(field) for field in reversed(_NEXT_FIELD.split(head))]
    signed = sorted([field for field in fields if field[0] >= 0], key=_rank)
    return tuple([rank for rank, _ in signed]), b"".join([relaxed for _, relaxed in signed])


_rank = itemgetter(0)


@lru_cache(maxsize=_KEPT_FIELDS)  # most letters of a campaign have most of them in common
def _relaxed_and_ranked(field: bytes) -> tuple[int, bytes]:
    """The rank of a field in SIGNED, and how it is signed; -1 for those that are not."""
    relaxed = relaxed_field(field)
    rank = _RANKS.get(relaxed.partition(b":")[0], -1)
    return rank, relaxed + b"\r\n" if rank >= 0 else b""


def _make_form(domain: str, key: SigningKey, ranks: Sequence[int]) -> _Form:
    """The form for messages with these fields."""
    names = [name for rank, name in enumerate(SIGNED) for _ in range(ranks.count(rank) + (name in OVERSIGNED))]
    tags = f"v=1; a={key.algorithm}; c=relaxed/relaxed;\r\n d={domain};\r\n s={key.selector};\r\n t="
    before = f"DKIM-Signature: {tags}"
    between = f";\r\n h={_list_names(names)};\r\n bh="
    relaxed_between = relaxed_field(f":{between}".encode())[1:]
    return _Form(before.encode(), between.encode(), relaxed_field(before.encode()), relaxed_between)


def _list_names(names: Sequence[str]) -> str:
    """The names with a colon between, on as many lines as it takes."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > _WIDTH - len("h="):
            lines.append("")
        lines[-1] += f"{name}:"
    return "\r\n ".join(lines)[:-1]


def _folded(encoded: bytes) -> bytes:
    return b"\r\n ".join([encoded[start : start + _WIDTH] for start in range(0, len(encoded), _WIDTH)])


def _load(key: SigningKey) -> _Sign:
    """What makes a signature over octets."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    private = load_der_private_key(key.private, password=None)
    if isinstance(private, RSAPrivateKey):
        padding, algorithm = PKCS1v15(), SHA256()
        return lambda octets: private.sign(octets, padding, algorithm)
    if isinstance(private, Ed25519PrivateKey):
        return lambda octets: private.sign(hashlib.sha256(octets).digest())  # RFC 8463, 3
    raise TypeError(f"no key for DKIM: {type(private).__name__}")
