"""Fetches a secret from where it is kept. Nothing here ever repeats what it fetched, or part of it."""

from __future__ import annotations

import importlib
import os
import stat
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from outreach.errors import SettingsError
from outreach.model import SecretReference

COMMAND_SECONDS = 30.0


def resolve_secret(
    reference: SecretReference,
    *,
    environ: Mapping[str, str],
    folder: Path,
    ask: Callable[[str], str],
    what: str = "password",
    command_seconds: float = COMMAND_SECONDS,
) -> str:
    """The secret: the first line of what the place holds. `what` it is, for messages.

    `environ` is `Settings.environment`; commands run in `folder`; `ask` shows a prompt and returns what was typed,
    unseen. SettingsError where there is none; it calls the secret `what` it is.
    """
    match reference.kind:
        case "env":
            found = _from_environment(str(reference.value), environ, what)
        case "file":
            found = _from_file(folder / str(reference.value), what)
        case "command":
            found = _from_command(tuple(reference.value), folder, command_seconds, what)
        case "ask":
            found = _from_person(what, ask)
        case "keyring":
            found = _from_keyring(str(reference.value), what)
    secret = found.partition("\n")[0].removesuffix("\r")
    if not secret:
        raise SettingsError(f"The {what} is empty ({_place(reference)})", f"Put the {what} there, on the first line.")
    return secret


def _place(reference: SecretReference) -> str:
    """Where it is kept, in words; a command only by its program, since its arguments may hold a key."""
    if isinstance(reference.value, tuple):
        return f"from {reference.value[0]}"
    return {"env": "variable ", "file": "file ", "keyring": "keyring entry "}.get(
        reference.kind, "typed in"
    ) + reference.value


def _from_environment(name: str, environ: Mapping[str, str], what: str) -> str:
    if name not in environ:
        raise SettingsError(
            f"The {what} should be in the variable {name}, which is not set",
            f"Set it, or write {name}=… into the file .env beside outreach.toml.",
        )
    return environ[name]


def _from_file(path: Path, what: str) -> str:
    try:
        # On Windows the mode says nothing about who may read.
        if os.name == "posix" and path.stat().st_mode & stat.S_IROTH:
            raise SettingsError(f"{path}: everyone on this machine can read the {what}", f"Run: chmod 600 {path}")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}", f"Put the {what} there, readable for you only.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: the {what} is not UTF-8 text", "Write it again as plain text.") from None


def _from_command(words: tuple[str, ...], folder: Path, seconds: float, what: str) -> str:
    """What the program prints. What it says to stderr is not shown: it may name the secret."""
    try:
        done = subprocess.run(  # noqa: S603 - the user names the program; no shell reads it
            words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
        text = done.stdout.decode()
    except subprocess.TimeoutExpired:
        raise SettingsError(f"{words[0]} gave no {what} within {seconds:g} s", "Run it by hand to see why.") from None
    except OSError as error:
        raise SettingsError(f"{words[0]}: {error.strerror}", f"Correct the command that gives the {what}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{words[0]} printed something that is not text", "Run it by hand to see why.") from None
    if done.returncode:
        raise SettingsError(f"{words[0]} ended with {done.returncode} and gave no {what}", "Run it by hand to see why.")
    return text


def _from_person(what: str, ask: Callable[[str], str]) -> str:
    try:
        return ask(f"{what.capitalize()} for the relay")
    except EOFError:
        raise SettingsError(
            f"There is no terminal to ask for the {what}",
            'Keep it elsewhere, as { env = "SMTP_PASSWORD" }.',
        ) from None


def _from_keyring(entry: str, what: str) -> str:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        raise SettingsError(
            f"The {what} is in the keyring, and the extra for it is not installed",
            "Run: pip install 'outreach[keyring]'",
        ) from None
    service, _, user = entry.partition("/")
    try:
        found = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise SettingsError(f"The keyring can't be used: {type(error).__name__}", "Unlock it and try again.") from None
    if found is None:
        raise SettingsError(f"The keyring holds nothing for {entry}", f"Run: keyring set {service} {user}")
    return str(found)
