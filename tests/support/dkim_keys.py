"""Keys for tests, and dkimpy as the verifier that we did not write."""

from __future__ import annotations

import functools
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import dkim  # type: ignore[import-untyped]

from outreach.message.dkim_key import dns_record, read_signing, write_keys
from outreach.message.options import DkimOptions
from outreach.message.signing import Signing

DOMAIN = "coalition.example"
SETTINGS = f'\n[dkim]\ndomain = "{DOMAIN}"\nselector = "s1"\nkey_file = "dkim.pem"\n'
BOTH = f'{SETTINGS}ed25519_selector = "e1"\ned25519_key_file = "ed25519.pem"\n'


def options_in(folder: Path) -> DkimOptions:
    """Both keys, in this folder."""
    return DkimOptions(DOMAIN, "s1", folder / "dkim.pem", "e1", folder / "ed25519.pem")


@functools.cache
def signing() -> Signing:
    """An RSA and an Ed25519 key, the same for all tests of a process."""
    with tempfile.TemporaryDirectory() as folder:
        write_keys(options_in(Path(folder)))
        return signing_in(Path(folder))


def signing_in(folder: Path) -> Signing:
    """The keys in this folder."""
    found = read_signing(options_in(folder))
    assert found is not None
    return found


def records_of(keys: Signing) -> dict[bytes, bytes]:
    """What the DNS would say, by name: the strings of each record joined, as RFC 6376, 3.6.2.2 asks."""
    records: dict[bytes, bytes] = {}
    for line in map(dns_record, keys.keys):
        name, _, value = line.partition(" IN TXT ")
        records[name.removesuffix(".").encode()] = "".join(re.findall(r'"([^"]*)"', value)).encode()
    return records


def verdicts(content: bytes, keys: Signing | None = None) -> list[bool]:
    """What dkimpy says of each signature of the message, in the order in which they stand."""
    records = records_of(keys or signing())
    verifier = dkim.DKIM(content, minkey=1024)
    count = sum(name.lower() == b"dkim-signature" for name, _ in verifier.headers)
    return [_verifies(content, records, index) for index in range(count)]


def signature_tags(content: bytes) -> Sequence[dict[str, str]]:
    """The tags of each DKIM-Signature, blanks and line ends taken out."""
    head = content.partition(b"\r\n\r\n")[0].decode()
    fields = [field for field in re.split(r"\r\n(?![ \t])", head) if field.startswith("DKIM-Signature:")]
    return [
        dict(re.sub(r"\s", "", tag).split("=", 1) for tag in field.partition(":")[2].split(";")) for field in fields
    ]


def _verifies(content: bytes, records: dict[bytes, bytes], index: int) -> bool:
    def look_up(name: bytes, timeout: int = 5) -> bytes | None:
        return records.get(name.removesuffix(b"."))

    try:
        return bool(dkim.DKIM(content).verify(idx=index, dnsfunc=look_up))
    except dkim.ValidationError:
        return False
