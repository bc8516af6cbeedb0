"""What becomes of accepted messages: kept in memory, written to a folder, counted, or dropped."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Keep = Literal["memory", "count", "drop"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One accepted RCPT."""

    address: str  # as it was sent
    parameters: tuple[str, ...] = ()  # as they were sent: NOTIFY=NEVER


@dataclass(frozen=True, slots=True)
class Received:
    """One message that the sink has taken, or was told to keep without saying so."""

    sender: str
    recipients: tuple[Recipient, ...]
    content: bytes  # without the dots that were stuffed in
    at: float  # when the final dot came, in seconds since the epoch
    mail_at: float  # when its MAIL came
    connection: int
    parameters: tuple[str, ...] = ()  # of its MAIL
    tls: bool = False
    user: str | None = None  # who had logged in

    @property
    def addresses(self) -> tuple[str, ...]:
        """The recipients' addresses."""
        return tuple(recipient.address for recipient in self.recipients)


class Mailbox:
    """Counts the messages and forgets them."""

    def __init__(self) -> None:
        self.count = 0
        self.messages: list[Received] = []
        self.accepted: Counter[str] = Counter()

    def keep(self, message: Received) -> None:  # noqa: ARG002 - the others look into it
        """Take one message. OSError when it can't be stored; it counts for nothing then."""
        self.count += 1


class CountingMailbox(Mailbox):
    """Counts the copies of each recipient, and keeps no message."""

    def keep(self, message: Received) -> None:
        """Take one message."""
        super().keep(message)
        for recipient in message.recipients:
            self.accepted[recipient.address] += 1


class MemoryMailbox(CountingMailbox):
    """Keeps every message as it came."""

    def keep(self, message: Received) -> None:
        """Take one message."""
        super().keep(message)
        self.messages.append(message)


class FolderMailbox(CountingMailbox):
    """Writes each message into a file of its own, with its envelope in front as at a final delivery."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        # Goes on behind the messages of an earlier run, and overwrites none.
        self._last = max((int(path.stem) for path in folder.glob("*.eml") if path.stem.isdecimal()), default=0)

    def keep(self, message: Received) -> None:
        """Write one message to the folder."""
        envelope = [f"Return-Path: <{message.sender}>", *(f"Delivered-To: {address}" for address in message.addresses)]
        head = "".join(f"{line}\r\n" for line in envelope).encode()
        self._last += 1
        path = self._folder / f"{self._last:06}.eml"
        with path.open("xb") as file:
            try:
                file.write(head + message.content)
                file.flush()
            except OSError:
                path.unlink()  # half a message is none
                raise
        super().keep(message)


def open_mailbox(keep: Keep | Path | Mailbox) -> Mailbox:
    """The mailbox for a way of keeping; a path is a folder, made if need be."""
    if isinstance(keep, Mailbox):
        return keep
    if isinstance(keep, Path):
        return FolderMailbox(keep)
    return {"memory": MemoryMailbox, "count": CountingMailbox, "drop": Mailbox}[keep]()
