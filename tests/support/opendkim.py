"""OpenDKIM as the verifier that many receivers run."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from outreach.message.signing import Signing
from tests.support.dkim_keys import records_of

_RESULT = re.compile(r"dkim=(\w+)[^;]*header\.s=(\w+)")


def opendkim_lacks() -> str:
    """What is missing, for the reason of a skip; empty where nothing is."""
    return "" if shutil.which("opendkim") else "OpenDKIM is not installed"


def opendkim_results(content: bytes, signing: Signing, folder: Path) -> dict[str, str]:
    """What OpenDKIM writes into Authentication-Results (RFC 8601), by selector: {"s1": "pass"}."""
    message, keys, settings = folder / "message.eml", folder / "keys", folder / "opendkim.conf"
    message.write_bytes(content)
    keys.write_text("".join(f"{name.decode()} {text.decode()}\n" for name, text in records_of(signing).items()))
    settings.write_text(f"Mode v\nTestPublicKeys {keys}\nSyslog no\n")
    command = ["opendkim", "-x", str(settings), "-t", str(message), "-vv"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {selector: result for result, selector in _RESULT.findall(done.stdout)}
