"""AUTH PLAIN and AUTH LOGIN (RFC 4954)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Generator, Mapping

from outreach.sink.replies import Refusal

# Yields challenges, is sent responses, returns user and password; ValueError for a response that can't be read.
_Exchange = Generator[bytes, bytes, tuple[str, str]]


class Login:
    """One try to log in: a few responses, each answered."""

    def __init__(self, argument: bytes, users: Mapping[str, str] | None) -> None:
        """Begin with the argument of AUTH; Refusal for a mechanism that is not offered."""
        mechanism, _, initial = argument.partition(b" ")
        begin = _MECHANISMS.get(mechanism.upper())
        if begin is None:
            raise Refusal("504", "5.5.4 PLAIN and LOGIN are offered")
        self.user: str | None = None  # who it is, once that is certain
        self.is_open = True  # another response is expected
        self._users = users
        self._exchange = begin(initial or None)
        self.reply = self._advance(lambda: next(self._exchange))  # to the AUTH command

    def take(self, response: bytes) -> bytes:
        """The reply to a response."""
        if response == b"*":
            self.is_open = False
            return b"501 5.7.0 Login given up\r\n"
        return self._advance(lambda: self._exchange.send(response))

    def _advance(self, step: Callable[[], bytes]) -> bytes:
        try:
            return b"334 " + step() + b"\r\n"
        except StopIteration as done:
            self.is_open = False
            return self._judge(*done.value)
        except ValueError:
            self.is_open = False
            return b"501 5.5.2 That can't be read as a login\r\n"

    def _judge(self, user: str, password: str) -> bytes:
        if self._users is not None and self._users.get(user) != password:
            return b"535 5.7.8 User or password is wrong\r\n"
        self.user = user
        return b"235 2.7.0 Welcome\r\n"


def _plain(initial: bytes | None) -> _Exchange:
    response = (yield b"") if initial is None else initial
    # RFC 4616: authorization identity, authentication identity, password.
    _, user, password = _decode(response).split("\0")
    return user, password


def _login(initial: bytes | None) -> _Exchange:
    user = (yield base64.b64encode(b"Username:")) if initial is None else initial
    password = yield base64.b64encode(b"Password:")
    return _decode(user), _decode(password)


_MECHANISMS: dict[bytes, Callable[[bytes | None], _Exchange]] = {b"PLAIN": _plain, b"LOGIN": _login}


def _decode(response: bytes) -> str:
    if response == b"=":  # RFC 4954 §4: a response that is there and empty
        return ""
    try:
        return base64.b64decode(response, validate=True).decode("utf-8")
    except binascii.Error as error:
        raise ValueError("not base64") from error
