r"""Misbehaviour by name: a script says what the sink does, at which stage, and when.

    reject:STAGE[:ADDRESS]              a 5xx that fits the stage
    defer:STAGE[:ADDRESS]               a 4xx that fits the stage
    reply:STAGE[:ADDRESS]:CODE:TEXT     this reply; a \n in TEXT begins its next line
    shutdown:STAGE[:ADDRESS][:CODE:TEXT]  421, or this reply, and the connection is closed
    greylist[:ADDRESS]                  451 at the first try of each recipient
    limit:connections|messages|recipients:N  refuses what goes beyond: open at once, on a connection, in a message
    limit:connections:N:mail|reset      the same at MAIL, or by a TCP reset
    drop:STAGE[:ADDRESS][:keep|lose]    the connection is closed without a reply
    reset:STAGE…                        the same with a TCP reset
    cut:STAGE…                          the same in the middle of the reply
    stall:STAGE…                        no reply, and no other on this connection
    garbage:STAGE…                      bytes that are no SMTP reply, and on it goes
    slow:STAGE[:ADDRESS]:SECONDS        the reply waits, and so does all that follows
    late:STAGE[:ADDRESS]:SECONDS        the reply waits and is overtaken by those that follow
    drip:STAGE[:ADDRESS][:SECONDS]      the reply comes byte by byte, one each second
    flood:STAGE[:ADDRESS][:BYTES]       a reply of 10 MB
    double:STAGE[:ADDRESS]              the reply comes twice, in one packet

Of a dialogue at auth each reply counts for itself. While the body comes no reply is due: there `stall` reads no more,
`slow` reads on later, `drip` reads byte by byte, and the others say something unasked.

ADDRESS is a glob; at mail it is held against the sender, at data, body and dot against each recipient.
`keep` and `lose` say whether a command whose reply does not come takes effect: `drop:dot:keep` keeps the message.
Anywhere behind the name may stand `after=N` (not the first N), `every=N` (each Nth of these), `times=N` (at most N).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from outreach.sink.replies import compose_reply
from outreach.sink.stage import ADDRESSED, Stage


class Action(StrEnum):
    """What is done in place of the reply, or to it."""

    REPLY = "reply"  # another reply
    SHUTDOWN = "shutdown"  # another reply, and the connection is closed
    DROP = "drop"  # closed without a reply
    RESET = "reset"  # closed without a reply, by a TCP reset
    CUT = "cut"  # closed in the middle of the reply
    STALL = "stall"  # silence for ever
    GARBAGE = "garbage"  # bytes that are no reply
    SLOW = "slow"  # the reply, later
    LATE = "late"  # the reply, after those of later commands
    DRIP = "drip"  # the reply, byte by byte
    FLOOD = "flood"  # the reply, with megabytes before its last line
    DOUBLE = "double"  # the reply, twice


@dataclass(frozen=True, slots=True)
class Script:
    """One misbehaviour: what is done, at which stage, and when."""

    text: str  # as it was written; the record calls it so
    action: Action
    stage: Stage
    reply: bytes = b""  # whole lines; for reply and shutdown
    amount: float = 0.0  # seconds of slow, late and drip; bytes of flood
    keep: bool = False  # the command takes effect although its own reply does not come
    address: str = "*"  # a glob, in lower case
    above: int | None = None  # only beyond this many at once
    counts_connections: bool = False  # what is counted at MAIL; else transactions of this connection
    first_try: bool = False  # only the first time for each address
    after: int = 0  # lets the first ones pass
    every: int = 1  # each Nth of those that follow
    times: int | None = None  # at most so often

    def takes_effect(self, proper: bytes) -> bool:
        """Whether the command does what it would have done with its proper reply."""
        if self.action in {Action.REPLY, Action.SHUTDOWN}:
            return self.reply[:1] == proper[:1]
        return self.keep


def parse_script(text: str) -> Script:
    """The script that a text names. ValueError says what was expected."""
    try:
        return _read_script(text.strip())
    except ValueError as error:
        raise ValueError(f'"{text}" is no script: {error}') from error


def _read_script(text: str) -> Script:
    name, *words = text.split(":")
    if name not in _PARSERS:
        raise ValueError(f"it begins with one of {', '.join(_PARSERS)}")
    options = {key: int(number) for key, number in (word.split("=") for word in words if _OPTION.fullmatch(word))}
    words = [word for word in words if not _OPTION.fullmatch(word)]
    script = _PARSERS[name](name, words)
    if words:
        raise ValueError(f'"{words[0]}" does not fit')
    if options.get("every") == 0:
        raise ValueError("every=N counts from 1")
    return replace(
        script,
        text=text,
        after=options.get("after", 0),
        every=options.get("every", 1),
        times=options.get("times"),
    )


_OPTION = re.compile(r"(after|every|times)=\d+")
_CODE = re.compile(r"[2-5]\d\d")

# The refusal that fits each stage: for good, and for now.
_REFUSALS: dict[Stage, tuple[str, str]] = {
    Stage.CONNECT: ("554 5.7.1 No mail from you here", "421 4.3.2 Not now"),
    Stage.GREETING: ("554 5.7.1 No mail from you here", "421 4.3.2 Not now"),
    Stage.EHLO: ("550 5.7.1 Your name is not welcome", "451 4.3.0 Try again later"),
    Stage.STARTTLS: ("501 5.5.4 No TLS for you", "454 4.7.0 TLS is not available just now"),
    Stage.AUTH: ("535 5.7.8 User or password is wrong", "454 4.7.0 Login is not available just now"),
    Stage.MAIL: ("550 5.7.1 Sender refused", "451 4.3.0 Try again later"),
    Stage.RCPT: ("550 5.1.1 No such mailbox", "450 4.2.1 Mailbox busy, try again later"),
    Stage.DATA: ("554 5.3.0 No data wanted", "451 4.3.0 Try again later"),
    Stage.BODY: ("554 5.6.0 That is enough", "451 4.3.0 Try again later"),
    Stage.DOT: ("554 5.7.1 Message refused", "451 4.3.0 Message not stored, try again later"),
    Stage.RSET: ("500 5.5.1 No RSET here", "451 4.3.0 Try again later"),
    Stage.QUIT: ("500 5.5.1 You stay", "451 4.3.0 Try again later"),
}


def _parse_refusal(name: str, words: list[str]) -> Script:
    stage = _take_stage(words)
    code, _, text = _REFUSALS[stage][name == "defer"].partition(" ")
    return Script("", Action.REPLY, stage, compose_reply(code, text), address=_take_address(words, stage))


def _parse_reply(name: str, words: list[str]) -> Script:
    stage = _take_stage(words)
    address = _take_address(words, stage)
    code, text = _take_reply(words)
    return Script("", Action(name), stage, compose_reply(code, text), address=address)


def _parse_shutdown(name: str, words: list[str]) -> Script:
    stage = _take_stage(words)
    address = _take_address(words, stage)
    code, text = _take_reply(words) if words else ("421", "4.3.2 The service is closing")
    return Script("", Action(name), stage, compose_reply(code, text), address=address)


def _parse_silence(name: str, words: list[str]) -> Script:
    stage = _take_stage(words)
    address = _take_address(words, stage)
    keep = words.pop(0) == "keep" if words and words[0] in {"keep", "lose"} else False
    return Script("", Action(name), stage, keep=keep, address=address)


def _parse_delay(name: str, words: list[str]) -> Script:
    stage = _take_stage(words)
    address = _take_address(words, stage)
    if not words and name != Action.DRIP:
        raise ValueError("the seconds are missing")
    seconds = _read_amount(words.pop(0), "seconds") if words else 1.0
    return Script("", Action(name), stage, amount=seconds, keep=True, address=address)


def _parse_flood(name: str, words: list[str]) -> Script:
    stage = _take_stage(words)
    address = _take_address(words, stage)
    size = _read_amount(words.pop(0), "bytes") if words else 10_000_000.0
    return Script("", Action(name), stage, amount=size, keep=True, address=address)


def _parse_double(name: str, words: list[str]) -> Script:
    stage = _take_stage(words)
    return Script("", Action(name), stage, keep=True, address=_take_address(words, stage))


def _parse_greylist(_name: str, words: list[str]) -> Script:
    reply = compose_reply("451", "4.7.1 Greylisted, try again later")
    return Script("", Action.REPLY, Stage.RCPT, reply, address=_take_address(words, Stage.RCPT), first_try=True)


_LIMITS = {
    "connections": Script("", Action.SHUTDOWN, Stage.CONNECT, b"421 4.7.0 Too many connections at once\r\n"),
    "messages": Script("", Action.SHUTDOWN, Stage.MAIL, b"421 4.7.0 Too many messages on this connection\r\n"),
    "recipients": Script("", Action.REPLY, Stage.RCPT, b"452 4.5.3 Too many recipients\r\n"),
}


def _parse_limit(_name: str, words: list[str]) -> Script:
    if len(words) < 2 or words[0] not in _LIMITS or not words[1].isdecimal():
        raise ValueError(f"after limit: come one of {', '.join(_LIMITS)} and a number")
    what, number = words.pop(0), words.pop(0)
    script = replace(_LIMITS[what], above=int(number))
    if what == "connections" and words and words[0] in {"mail", "reset"}:
        at_mail = words.pop(0) == "mail"
        return (
            replace(script, stage=Stage.MAIL, counts_connections=True)
            if at_mail
            else replace(script, action=Action.RESET)
        )
    return script


_PARSERS: dict[str, Callable[[str, list[str]], Script]] = {
    "reject": _parse_refusal, "defer": _parse_refusal, "reply": _parse_reply, "shutdown": _parse_shutdown,
    "greylist": _parse_greylist, "limit": _parse_limit, "drop": _parse_silence, "reset": _parse_silence,
    "cut": _parse_silence, "stall": _parse_silence, "garbage": _parse_silence, "slow": _parse_delay,
    "late": _parse_delay, "drip": _parse_delay, "flood": _parse_flood, "double": _parse_double,
}  # fmt: skip


def _take_stage(words: list[str]) -> Stage:
    if not words or words[0] not in set(Stage):
        raise ValueError(f"after the name comes one of {', '.join(Stage)}")
    return Stage(words.pop(0))


def _take_address(words: list[str], stage: Stage) -> str:
    if not words or _CODE.fullmatch(words[0]) or not ("@" in words[0] or "*" in words[0]):
        return "*"
    if stage not in ADDRESSED:
        raise ValueError(f"there is no address at {stage}")
    return words.pop(0).lower()


def _take_reply(words: list[str]) -> tuple[str, str]:
    if len(words) < 2 or not _CODE.fullmatch(words[0]):
        raise ValueError("a code of three digits and a text are missing")
    code, text = words[0], ":".join(words[1:]).replace("\\n", "\n")
    words.clear()
    return code, text


def _read_amount(word: str, unit: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", word):
        raise ValueError(f'"{word}" is no number of {unit}')
    return float(word)
