"""How each action of a script is played on a connection. A new one is a function here and a member of Action."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from outreach.sink.script import Action, Script
from outreach.sink.stage import Stage

if TYPE_CHECKING:
    from outreach.sink.connection import Connection

_GARBAGE = b"\x00\xfe\xff this is \x80 no reply \x1b[2J\r\n"
_FLOOD_LINE_BYTES = 78
_UNASKED = b"250 2.0.0 Already\r\n"  # where no reply is due


def play(script: Script, connection: Connection, reply: bytes) -> None:
    """Do what the script says in place of sending the reply; an empty reply means that none is due."""
    _PLAYS[script.action](script, connection, reply)


def _reply(script: Script, connection: Connection, _reply: bytes) -> None:
    connection.send(script.reply)


def _shutdown(script: Script, connection: Connection, _reply: bytes) -> None:
    connection.send(script.reply)
    connection.close()


def _drop(_script: Script, connection: Connection, _reply: bytes) -> None:
    connection.close()


def _reset(_script: Script, connection: Connection, _reply: bytes) -> None:
    connection.reset()


def _cut(_script: Script, connection: Connection, reply: bytes) -> None:
    connection.send(reply[: len(reply) // 2])
    connection.close()


def _stall(script: Script, connection: Connection, _reply: bytes) -> None:
    if script.stage is Stage.BODY:
        connection.stop_reading()
    else:
        connection.fall_silent()


def _garbage(_script: Script, connection: Connection, _reply: bytes) -> None:
    connection.send(_GARBAGE)


def _slow(script: Script, connection: Connection, reply: bytes) -> None:
    def go_on() -> None:
        connection.send(reply)
        connection.release()

    connection.hold()
    connection.later(script.amount, go_on)


def _late(script: Script, connection: Connection, reply: bytes) -> None:
    connection.later(script.amount, lambda: connection.send(reply or _UNASKED))


def _drip(script: Script, connection: Connection, reply: bytes) -> None:
    if script.stage is Stage.BODY:
        connection.read_bytewise(script.amount)
        return
    rest = list(reply)

    def let_fall() -> None:
        if not rest:
            connection.release()
            return
        connection.send(bytes([rest.pop(0)]))
        connection.later(script.amount, let_fall)

    connection.hold()
    let_fall()


def _flood(script: Script, connection: Connection, reply: bytes) -> None:
    code = reply[:3] or b"250"
    line = (code + b"-").ljust(_FLOOD_LINE_BYTES, b"x") + b"\r\n"
    connection.send(line * (int(script.amount) // len(line)) + reply)


def _double(_script: Script, connection: Connection, reply: bytes) -> None:
    connection.send((reply or _UNASKED) * 2)


_PLAYS: dict[Action, Callable[[Script, Connection, bytes], None]] = {
    Action.REPLY: _reply, Action.SHUTDOWN: _shutdown, Action.DROP: _drop, Action.RESET: _reset, Action.CUT: _cut,
    Action.STALL: _stall, Action.GARBAGE: _garbage, Action.SLOW: _slow, Action.LATE: _late, Action.DRIP: _drip,
    Action.FLOOD: _flood, Action.DOUBLE: _double,
}  # fmt: skip
