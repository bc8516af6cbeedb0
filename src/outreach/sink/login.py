"""AUTH PLAIN and LOGIN (RFC 4954), and with a token XOAUTH2 and OAUTHBEARER (RFC 7628)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Generator, Mapping

from outreach.sink.replies import Refusal

MECHANISMS = ("PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER")

# Yields challenges, is sent responses, returns user and password; ValueError for a response that can't be read.
_Exchange = Generator[bytes, bytes, tuple[str, str]]


class Login:
    """One try to log in: a few responses, each answered."""

    def __init__(self, argument: bytes, users: Mapping[str, str] | None, offered: Collection[str] = MECHANISMS) -> None:
        """Begin with the argument of AUTH; Refusal for a mechanism that is not offered.

        `users` have a password, which is their token as well.
        """
        mechanism, _, initial = argument.partition(b" ")
        name = mechanism.decode("ascii", "replace").upper()
        begin = _MECHANISMS.get(name) if name in offered else None
        if begin is None:
            raise Refusal("504", f"5.5.4 {', '.join(offered)} are offered")
        self._after_error = _AFTER_ERROR.get(name)  # what a client says to the error of its token
        self._told_error = False
        self.user: str | None = None  # who it is, once that is certain
        self.is_open = True  # another response is expected
        self._users = users
        self._exchange = begin(initial or None)
        self.reply = self._advance(lambda: next(self._exchange))  # to the AUTH command

    def take(self, response: bytes) -> bytes:
        """The reply to a response."""
        if self._told_error and response == self._after_error:
            self.is_open = False
            return b"535 5.7.8 The token is not good\r\n"
        if response == b"*" or self._told_error:
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
            if self._after_error is not None:
                self._told_error = self.is_open = True
                return b"334 " + base64.b64encode(_ERROR) + b"\r\n"
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


def _xoauth2(initial: bytes | None) -> _Exchange:
    response = (yield b"") if initial is None else initial
    user, token, *end = _decode(response).split("\x01")
    return _after("user=", user), _bearer([token], end)


def _oauthbearer(initial: bytes | None) -> _Exchange:
    response = (yield b"") if initial is None else initial
    header, *fields = _decode(response).split("\x01")
    name = _after("n,a=", header).removesuffix(",")
    return name.replace("=2C", ",").replace("=3D", "="), _bearer(fields[:-2], fields[-2:])


def _bearer(fields: list[str], end: list[str]) -> str:
    if end != ["", ""]:
        raise ValueError("the end is missing")
    return _after("auth=Bearer ", next((one for one in fields if one.startswith("auth=")), ""))


def _after(start: str, text: str) -> str:
    if not text.startswith(start):
        raise ValueError(f"no {start}")
    return text[len(start) :]


_AFTER_ERROR = {"XOAUTH2": b"", "OAUTHBEARER": b"AQ=="}
_ERROR = b'{"status":"401","schemes":"bearer","scope":"https://mail.sink.example/"}'

_MECHANISMS: dict[str, Callable[[bytes | None], _Exchange]] = {
    "PLAIN": _plain, "LOGIN": _login, "XOAUTH2": _xoauth2, "OAUTHBEARER": _oauthbearer,
}  # fmt: skip


def _decode(response: bytes) -> str:
    if response == b"=":  # RFC 4954 §4: a response that is there and empty
        return ""
    try:
        return base64.b64decode(response, validate=True).decode("utf-8")
    except binascii.Error as error:
        raise ValueError("not base64") from error
