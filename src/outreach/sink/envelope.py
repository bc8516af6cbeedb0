"""The arguments of MAIL and RCPT: an address in angle brackets and parameters (RFC 5321 §4.1.2)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from outreach.sink.replies import Refusal

_SENDER = re.compile(rb'FROM:<((?:"(?:\\.|[^"\\])*"|[^<>"\s])*)>((?: +[^ ]+)*)', re.IGNORECASE)
_RECIPIENT = re.compile(rb'TO:<((?:"(?:\\.|[^"\\])*"|[^<>"\s])*)>((?: +[^ ]+)*)', re.IGNORECASE)

# The extension that brings each parameter.
_OF_SENDER = {"SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "RET": "DSN", "ENVID": "DSN", "AUTH": "AUTH"}
_OF_RECIPIENT = {"NOTIFY": "DSN", "ORCPT": "DSN"}


@dataclass(frozen=True, slots=True)
class Path:
    """An address and the parameters behind it, as they came."""

    address: str
    parameters: tuple[str, ...]

    def value(self, name: str) -> str | None:
        """What a parameter is set to; empty if it has no value, None if it is not there."""
        for parameter in self.parameters:
            key, _, value = parameter.partition("=")
            if key.upper() == name:
                return value
        return None


def read_sender(argument: bytes, *, extensions: Collection[str], max_size: int) -> Path:
    """The argument of MAIL, or Refusal. `extensions` are those that the client was offered."""
    path = _read_path(argument, _SENDER, "MAIL FROM")
    _check_parameters(path, {name: brought for name, brought in _OF_SENDER.items() if brought in extensions})
    _check_letters(path.address, utf8=path.value("SMTPUTF8") is not None)
    size = path.value("SIZE")
    if size is not None and not (size.isascii() and size.isdecimal()):
        raise Refusal("501", "5.5.4 SIZE is a number of bytes")
    # The digits are counted first: int() refuses absurdly long numbers.
    if size and (len(size) > 20 or int(size) > max_size):
        raise Refusal("552", "5.3.4 Message too big")
    return path


def read_recipient(argument: bytes, *, extensions: Collection[str], utf8: bool) -> Path:
    """The argument of RCPT, or Refusal. `utf8`: its MAIL asked for SMTPUTF8."""
    path = _read_path(argument, _RECIPIENT, "RCPT TO")
    local, _, domain = path.address.rpartition("@")
    # RFC 5321 §4.5.1: one address needs no domain.
    if not (local and domain) and path.address.lower() != "postmaster":
        raise Refusal("553", "5.1.3 That is no address")
    _check_parameters(path, {name: brought for name, brought in _OF_RECIPIENT.items() if brought in extensions})
    _check_letters(path.address, utf8=utf8)
    return path


def _read_path(argument: bytes, pattern: re.Pattern[bytes], command: str) -> Path:
    match = pattern.fullmatch(argument)
    if match is None:
        raise Refusal("501", f"5.5.4 Write it as {command}:<address>")
    try:
        return Path(match[1].decode(), tuple(match[2].decode().split()) if match[2] else ())
    except UnicodeDecodeError as error:
        raise Refusal("501", "5.5.2 That is not UTF-8") from error


def _check_parameters(path: Path, known: Collection[str]) -> None:
    for parameter in path.parameters:
        if parameter.partition("=")[0].upper() not in known:
            raise Refusal("555", f"5.5.4 Parameter not offered: {parameter}")


def _check_letters(address: str, *, utf8: bool) -> None:
    if not utf8 and not address.isascii():
        raise Refusal("553", "5.6.7 That address needs SMTPUTF8")
