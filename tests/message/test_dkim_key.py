"""Keys: written once, for their owner only; read with care; published in strings that a record can hold."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from outreach.errors import OutreachError, SettingsError, UsageError
from outreach.message.dkim_key import dns_record, read_signing, write_keys
from outreach.message.options import DkimOptions
from tests.support.dkim_keys import DOMAIN, options_in

OTHERS_MAY_READ = [0o640, 0o604, 0o620, 0o660, 0o644, 0o777]


def rsa_only(folder: Path) -> DkimOptions:
    """The RSA key in this folder."""
    return DkimOptions(DOMAIN, "s1", folder / "dkim.pem")


def put(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file with this mode, whatever the umask."""
    path.write_bytes(content)
    path.chmod(mode)


def pem(key: PrivateKeyTypes, encryption: KeySerializationEncryption | None = None) -> bytes:
    """The key as a file holds it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def refusal(options: DkimOptions) -> SettingsError:
    """What reading the keys ends with."""
    with pytest.raises(SettingsError) as caught:
        read_signing(options)
    return caught.value


def test_keys_are_written_for_their_owner_only(tmp_path: Path) -> None:
    """Whatever the umask."""
    umask = os.umask(0)
    try:
        written = write_keys(options_in(tmp_path))
    finally:
        os.umask(umask)

    assert written == [tmp_path / "dkim.pem", tmp_path / "ed25519.pem"]
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}


def test_keys_are_read_again(tmp_path: Path) -> None:
    """The RSA key first, with 2048 bits; both under their own names."""
    write_keys(options_in(tmp_path))

    found = read_signing(options_in(tmp_path))

    assert found is not None
    assert found.domain == DOMAIN
    assert [(key.algorithm, key.bits, key.name, key.selector) for key in found.keys] == [
        ("rsa-sha256", 2048, "s1._domainkey.coalition.example", "s1"),
        ("ed25519-sha256", 256, "e1._domainkey.coalition.example", "e1"),
    ]
    assert found == read_signing(options_in(tmp_path))


def test_key_is_never_written_over(tmp_path: Path) -> None:
    """Not even where the file is empty; one that is missing beside it is made."""
    put(tmp_path / "dkim.pem", b"")

    with pytest.raises(UsageError, match="a key is there already, and none is written over"):
        write_keys(rsa_only(tmp_path))
    written = write_keys(options_in(tmp_path))

    assert written == [tmp_path / "ed25519.pem"]
    assert (tmp_path / "dkim.pem").read_bytes() == b""


def test_dangling_link_is_not_followed(tmp_path: Path) -> None:
    """A key is not put where a link leads."""
    (tmp_path / "dkim.pem").symlink_to(tmp_path / "elsewhere.pem")

    with pytest.raises(SettingsError, match="File exists"):
        write_keys(rsa_only(tmp_path))

    assert not (tmp_path / "elsewhere.pem").exists()


def test_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(SettingsError, match="No such file or directory") as caught:
        write_keys(rsa_only(tmp_path / "none"))

    assert "a folder that you may write to" in caught.value.remedy


@pytest.mark.skipif(os.name != "posix", reason="the mode says who may read on POSIX systems only")
@pytest.mark.parametrize("mode", OTHERS_MAY_READ)
def test_key_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    """Reading or writing, by the group or by everybody."""
    write_keys(rsa_only(tmp_path))
    (tmp_path / "dkim.pem").chmod(mode)

    error = refusal(rsa_only(tmp_path))

    assert error.what == f"{tmp_path}/dkim.pem: others on this machine may use the private key"
    assert error.remedy == f"Run: chmod 600 {tmp_path}/dkim.pem"


_WRONG = {
    "nothing": (b"", "no private key in PEM form"),
    "text": (b"secret words", "no private key in PEM form"),
    "damaged": (b"-----BEGIN PRIVATE KEY-----\nsecretwords\n-----END PRIVATE KEY-----\n", "no private key in PEM form"),
    "elliptic": (pem(ec.generate_private_key(ec.SECP256R1())), "not an RSA key"),
    "ed25519": (pem(ed25519.Ed25519PrivateKey.generate()), "not an RSA key"),
    "locked": (
        pem(ed25519.Ed25519PrivateKey.generate(), BestAvailableEncryption(b"password")),
        "the key is locked with a password",
    ),
}


@pytest.mark.parametrize(("content", "what"), _WRONG.values(), ids=_WRONG)
def test_file_that_holds_no_such_key_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    """In two lines that repeat nothing of it."""
    put(tmp_path / "dkim.pem", content)

    error = refusal(rsa_only(tmp_path))

    assert error.what == f"{tmp_path}/dkim.pem: {what}"
    assert "secret" not in error.what + error.remedy
    assert error.__cause__ is None


def test_rsa_key_as_second_key_is_refused(tmp_path: Path) -> None:
    """The second signature is an Ed25519 one."""
    write_keys(rsa_only(tmp_path))

    error = refusal(DkimOptions(DOMAIN, "s1", tmp_path / "dkim.pem", "e1", tmp_path / "dkim.pem"))

    assert error.what == f"{tmp_path}/dkim.pem: not an Ed25519 key"


def test_remedy_names_the_setting_of_the_second_key(tmp_path: Path) -> None:
    """Whoever corrects `key_file` where the other one is wrong looks for long."""
    options = DkimOptions(DOMAIN, "s1", tmp_path / "dkim.pem", "e1", tmp_path / "none" / "e1.pem")

    with pytest.raises(SettingsError, match="No such file or directory") as caught:
        write_keys(options)

    assert caught.value.remedy.endswith("as ed25519_key_file.")
    assert refusal(options).remedy.endswith("or correct ed25519_key_file under [dkim].")


def test_weak_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8301, 3.2: receivers don't consider what is signed with fewer than 1024 bits."""
    put(tmp_path / "dkim.pem", pem(rsa.generate_private_key(65537, 1024)))
    assert read_signing(rsa_only(tmp_path)) is not None
    # The library makes no weaker key, so the limit is moved instead.
    monkeypatch.setattr("outreach.message.dkim_key._FEWEST_BITS", 1025)

    assert refusal(rsa_only(tmp_path)).what == f"{tmp_path}/dkim.pem: a key of 1024 bits, which receivers refuse"


def test_key_of_another_program_is_read(tmp_path: Path) -> None:
    """As opendkim-genkey and older OpenSSL write them, with 1024 bits at the least."""
    key = rsa.generate_private_key(65537, 1024)
    put(tmp_path / "dkim.pem", key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))

    found = read_signing(rsa_only(tmp_path))

    assert found is not None
    assert found.keys[0].bits == 1024


def test_file_that_is_missing_or_none_is_told(tmp_path: Path) -> None:
    """A folder or a named pipe too, and without waiting for somebody who writes into it."""
    assert refusal(rsa_only(tmp_path)).what.endswith("dkim.pem: no such file")
    os.mkfifo(tmp_path / "dkim.pem", 0o600)
    assert refusal(rsa_only(tmp_path)).what.endswith("dkim.pem: not a plain file")
    (tmp_path / "dkim.pem").unlink()
    (tmp_path / "dkim.pem").mkdir()
    assert refusal(rsa_only(tmp_path)).what.endswith("dkim.pem: Is a directory")


def test_record_is_split_in_strings_that_fit(tmp_path: Path) -> None:
    """At most 255 octets each, all of them printable, and together what was meant."""
    write_keys(options_in(tmp_path))
    found = read_signing(options_in(tmp_path))
    assert found is not None

    rsa_record, ed25519_record = map(dns_record, found.keys)

    strings = re.findall(r'"([^"]*)"', rsa_record)
    assert [len(string) for string in strings] == [255, len(f"v=DKIM1; k=rsa; p={found.keys[0].public}") - 255]
    assert "".join(strings) == f"v=DKIM1; k=rsa; p={found.keys[0].public}"
    assert rsa_record.startswith('s1._domainkey.coalition.example. IN TXT "v=DKIM1; k=rsa; p=MII')
    assert ed25519_record == (f'e1._domainkey.coalition.example. IN TXT "v=DKIM1; k=ed25519; p={found.keys[1].public}"')


def test_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For reading and for writing; who does not sign needs no extra."""
    whole = importlib.util.find_spec
    monkeypatch.setattr(
        "outreach.message.dkim_key.find_spec", lambda name: None if name == "cryptography" else whole(name)
    )

    for act in (read_signing, write_keys):
        with pytest.raises(OutreachError) as caught:
            act(rsa_only(tmp_path))
        assert caught.value.what == "[dkim] asks for signed letters, and the extra for it is not installed"
        assert caught.value.remedy == "Run: pip install 'outreach[dkim]'"
    assert read_signing(DkimOptions()) is None
