"""Fetching a secret from where it is kept, without ever repeating it."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from outreach.config import resolve_secret
from outreach.errors import SettingsError
from outreach.model import SecretReference

SECRET = "hunter2"


def nobody(prompt: str) -> str:
    """There is no terminal."""
    raise EOFError(prompt)


def resolve(
    reference: SecretReference,
    folder: Path,
    *,
    environ: Mapping[str, str] | None = None,
    ask: Callable[[str], str] = nobody,
    seconds: float = 10.0,
) -> str:
    """The secret, with nothing in the environment and nobody to ask unless given."""
    return resolve_secret(reference, environ=environ or {}, folder=folder, ask=ask, command_seconds=seconds)


def program(code: str) -> SecretReference:
    """A command that runs this Python code."""
    return SecretReference("command", (sys.executable, "-S", "-c", code))


def test_variable_is_looked_up(tmp_path: Path) -> None:
    """A secret in a variable is the variable's value, with any blanks and signs it holds."""
    assert resolve(SecretReference("env", "P"), tmp_path, environ={"P": " a $HOME#b "}) == " a $HOME#b "


def test_file_is_read_from_the_folder(tmp_path: Path) -> None:
    """A secret in a file is its first line."""
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\r\nsecond line\n")
    file.chmod(0o600)

    assert resolve(SecretReference("file", "secret"), tmp_path) == SECRET


def test_file_that_everyone_can_read_is_refused(tmp_path: Path) -> None:
    """A password file open to all on the machine is refused, with the command that closes it."""
    file = tmp_path / "secret"
    file.write_text(SECRET)
    file.chmod(0o644)

    with pytest.raises(SettingsError) as caught:
        resolve(SecretReference("file", "secret"), tmp_path)

    assert caught.value.remedy == f"Run: chmod 600 {file}"


def test_program_prints_it(tmp_path: Path) -> None:
    """A secret from a program is the first line it prints, run in the campaign's folder."""
    (tmp_path / "kept").write_text(SECRET)

    assert resolve(program("print(open('kept').read()); print('more')"), tmp_path) == SECRET


def test_person_is_asked() -> None:
    """A secret may be typed in; the prompt says what for."""
    prompts: list[str] = []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return SECRET

    assert resolve(SecretReference("ask"), Path(), ask=ask) == SECRET
    assert prompts == ["Password for the relay"]


def test_keyring_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret in the keyring is found by service and user."""
    keyring = types.ModuleType("keyring")
    monkeypatch.setattr(keyring, "get_password", lambda service, user: f"{service}+{user}", raising=False)
    monkeypatch.setattr(keyring, "errors", types.SimpleNamespace(KeyringError=RuntimeError), raising=False)
    monkeypatch.setitem(sys.modules, "keyring", keyring)

    assert resolve(SecretReference("keyring", "outreach/a/b"), Path()) == "outreach+a/b"


def test_missing_keyring_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the error says how to install it."""
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(SettingsError) as caught:
        resolve(SecretReference("keyring", "a/b"), Path())

    assert caught.value.remedy == "Run: pip install 'outreach[keyring]'"


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        (SecretReference("env", "P"), "variable P, which is not set"),
        (SecretReference("env", "EMPTY"), "The password is empty (variable EMPTY)"),
        (SecretReference("file", "nowhere"), "nowhere: No such file"),
        (SecretReference("command", ("/nowhere/program",)), "/nowhere/program: No such file"),
        (SecretReference("ask"), "no terminal"),
        (program(f"import sys; print('{SECRET}'); sys.exit('{SECRET}')"), "ended with 1"),
        (program(f"import sys; sys.stdout.buffer.write(b'\\xff{SECRET}')"), "not text"),
        (program("pass"), f"The password is empty (from {sys.executable})"),
    ],
)
def test_each_failure_says_what_to_do(tmp_path: Path, reference: SecretReference, what: str) -> None:
    """A secret that can't be had gives two lines, and no part of it, not even in a traceback."""
    with pytest.raises(SettingsError) as caught:
        resolve(reference, tmp_path, environ={"EMPTY": ""})

    error = caught.value
    assert what in error.what
    assert error.remedy
    assert SECRET not in error.what + error.remedy


def test_program_that_hangs_is_given_up(tmp_path: Path) -> None:
    """A program that prints nothing in time is ended, and what it printed so far is not repeated."""
    slow = program(f"import time; print('{SECRET}', flush=True); time.sleep(60)")

    with pytest.raises(SettingsError, match=r"gave no password within 0\.2 s") as caught:
        resolve(slow, tmp_path, seconds=0.2)

    assert caught.value.__suppress_context__  # the exception behind it holds the output
    assert SECRET not in caught.value.what + caught.value.remedy
