"""The keys that letters are signed with: written once, read for each run, and published as DNS records."""

from __future__ import annotations

import contextlib
import os
import stat
from base64 import b64encode
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

from outreach.errors import SettingsError, UsageError
from outreach.message.options import DkimOptions
from outreach.message.signing import Signing, SigningKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

Algorithm = Literal["rsa-sha256", "ed25519-sha256"]

_SETTINGS: dict[Algorithm, str] = {"rsa-sha256": "key_file", "ed25519-sha256": "ed25519_key_file"}
RSA_BITS = 2048  # RFC 8301, 3.2: at least 1024, and 2048 where there is a choice; larger ones don't fit everywhere
_FEWEST_BITS = 1024
_LONGEST_STRING = 255  # octets of one string of a TXT record (RFC 1035, 3.3.14)
_LARGEST_FILE = 65536
_CAREFULLY = getattr(os, "O_NONBLOCK", 0)  # to open a named pipe would wait for somebody to write into it


def read_signing(options: DkimOptions) -> Signing | None:
    """The keys that [dkim] names; None where it names none. SettingsError where one can't be used."""
    named = _named_keys(options)
    if not named:
        return None
    _require_cryptography()
    return Signing(options.domain, tuple(_read_key(path, name, algorithm) for path, name, algorithm in named))


def write_keys(options: DkimOptions) -> list[Path]:
    """Make each key that [dkim] names and that is not there yet; returns the files that were written.

    UsageError where all are there: none is ever written over.
    """
    named = _named_keys(options)
    if not named:
        raise names_no_key()
    _require_cryptography()
    missing = [(path, algorithm) for path, _, algorithm in named if not path.exists()]
    if not missing:
        path = named[0][0]
        raise UsageError(
            f"{path}: a key is there already, and none is written over",
            "outreach dkim show prints its record; a new key needs another key_file, and another selector.",
        )
    for path, algorithm in missing:
        _write_key(path, algorithm)
    return [path for path, _ in missing]


def names_no_key() -> SettingsError:
    """The settings say nothing of signing, and something is wanted that has to do with it."""
    return SettingsError(
        "[dkim] names no key",
        'Write domain = "coalition.example", selector = "s1" and key_file = "dkim.pem" under [dkim].',
    )


def dns_record(key: SigningKey) -> str:
    """The TXT record of a key, as a zone file has it (RFC 6376, 3.6.1; RFC 8463, 4)."""
    text = f"v=DKIM1; k={key.algorithm.partition('-')[0]}; p={key.public}"
    strings = [text[start : start + _LONGEST_STRING] for start in range(0, len(text), _LONGEST_STRING)]
    quoted = '" "'.join(strings)
    return f'{key.name}. IN TXT "{quoted}"'


def _named_keys(options: DkimOptions) -> list[tuple[Path, str, Algorithm]]:
    """File, name in the DNS and algorithm of each key, the RSA key first: it is the one that everybody can verify."""
    if not options.domain:
        return []
    named: list[tuple[Path, str, Algorithm]] = []
    if options.key_file is not None:
        named.append((options.key_file, _name(options.selector, options.domain), "rsa-sha256"))
    if options.ed25519_key_file is not None:
        name = _name(options.ed25519_selector, options.domain)
        named.append((options.ed25519_key_file, name, "ed25519-sha256"))
    return named


def _name(selector: str, domain: str) -> str:
    return f"{selector.lower()}._domainkey.{domain}"


def _require_cryptography() -> None:
    if find_spec("cryptography") is None:
        raise SettingsError(
            "[dkim] asks for signed letters, and the extra for it is not installed", "Run: pip install 'outreach[dkim]'"
        )


def _read_key(path: Path, name: str, algorithm: Algorithm) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    private = _parse_key(path, _read_file(path, _SETTINGS[algorithm]), _SETTINGS[algorithm])
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    if isinstance(private, RSAPrivateKey) and algorithm == "rsa-sha256":
        if private.key_size < _FEWEST_BITS:
            hint = "Write another with outreach dkim keygen, under another key_file and selector."
            _refuse(path, f"a key of {private.key_size} bits, which receivers refuse", hint)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return SigningKey(algorithm, name, b64encode(public).decode(), private.key_size, der)
    if isinstance(private, Ed25519PrivateKey) and algorithm == "ed25519-sha256":
        public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return SigningKey(algorithm, name, b64encode(public).decode(), 256, der)
    raise SettingsError(
        f"{path}: not {'an RSA' if algorithm == 'rsa-sha256' else 'an Ed25519'} key",
        "Name an RSA key as key_file under [dkim], an Ed25519 key as ed25519_key_file.",
    )


def _read_file(path: Path, setting: str) -> bytes:
    """What the file that the setting names holds, if nobody else may read it."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _CAREFULLY)) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                _refuse(path, "not a plain file", f"Correct {setting} under [dkim].")
            # On Windows the mode says nothing about who may read.
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                _refuse(path, "others on this machine may use the private key", f"Run: chmod 600 {path}")
            return file.read(_LARGEST_FILE)
    except FileNotFoundError:
        _refuse(path, "no such file", f"Write the key with outreach dkim keygen, or correct {setting} under [dkim].")
    except OSError as error:
        _refuse(path, error.strerror or str(error), f"Name a file that you may read as {setting} under [dkim].")


def _parse_key(path: Path, pem: bytes, setting: str) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem, password=None)
    except TypeError:  # what it raises for a key that needs a password
        _refuse(path, "the key is locked with a password", "Store it without one; only you may read the file.")
    except (ValueError, UnsupportedAlgorithm):  # its text may repeat what the file holds
        _refuse(path, "no private key in PEM form", f"Name the private key as {setting} under [dkim], not its record.")


def _write_key(path: Path, algorithm: Algorithm) -> None:
    """Make a key and write it, readable for its owner only, whole or not at all."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = Ed25519PrivateKey.generate() if algorithm == "ed25519-sha256" else generate_private_key(65537, RSA_BITS)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            try:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    path.unlink()
                raise
    except OSError as error:
        hint = f"Name a file in a folder that you may write to as {_SETTINGS[algorithm]}."
        _refuse(path, error.strerror or str(error), hint)


def _refuse(path: Path, message: str, hint: str) -> NoReturn:
    raise SettingsError(f"{path}: {message}", hint) from None
