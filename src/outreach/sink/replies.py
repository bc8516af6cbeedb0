"""Replies as they go on the wire, and the refusal that ends a command early."""

from __future__ import annotations


def compose_reply(code: str, text: str) -> bytes:
    """A reply on the wire: one line for each line of the text."""
    lines = text.split("\n")
    return b"".join(
        f"{code}{' ' if number == len(lines) else '-'}{line}\r\n".encode() for number, line in enumerate(lines, 1)
    )


class Refusal(Exception):
    """The command is refused, with this reply."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.reply = compose_reply(code, text)


def out_of_sequence() -> Refusal:
    """The command is known, and it is not its turn."""
    return Refusal("503", "5.5.1 Not now")


def not_offered() -> Refusal:
    """The command is known, and the EHLO did not offer it."""
    return Refusal("502", "5.5.1 Not offered here")


def refuse_argument(argument: bytes) -> None:
    """Refuse an argument where none belongs."""
    if argument:
        raise Refusal("501", "5.5.4 No argument here")
