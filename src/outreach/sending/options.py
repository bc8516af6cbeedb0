"""What a user asks of one send, on the command line."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.model import Mailbox


@dataclass(frozen=True, slots=True)
class SendRequest:
    """The flags of `outreach send`."""

    yes: bool = False  # answer the question
    confirm: int | None = None  # answer it only if exactly so many letters would go now
    at_most: int | None = None  # answer it only if no more would go now
    limit: int | None = None  # all are planned, so many leave
    only: tuple[str, ...] = ()  # address keys
    seal: str | None = None  # send exactly what a dry run showed, or nothing
    amend: bool = False  # changed rows and a changed text are meant
    new_ledger: bool = False  # the ledger is lost, and second copies are accepted
    moved: bool = False  # nobody sends the campaign from where it was before
    accept: frozenset[str] = frozenset()  # codes of warnings that are known and meant
    skip_bad_rows: bool = False  # leave out the rows with errors
    plan_only: bool = False  # plan and seal; nothing leaves
    wait_seconds: float = 900.0  # the run ends when nothing is due within this
    start_at: float | None = None  # all is made ready now, and the letters leave from this time on


@dataclass(frozen=True, slots=True)
class RehearsalRequest:
    """The flags of `outreach send --redirect`."""

    to: tuple[Mailbox, ...]  # who gets the test letters, and nobody else
    most: int | None  # test letters, telling ones; None for one of each row
    send: SendRequest  # the flags that mean the same in a real send
