"""The questions of `outreach init`: asked on stderr, each until its answer is one; Enter takes the answer shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from outreach.beginning.answers import (
    DEFAULT_LANGUAGE,
    EXAMPLE_SENDER,
    SINK,
    Answers,
    likely_provider,
    read_languages,
    read_provider,
    read_sender,
)
from outreach.beginning.contact_list import ContactList, first_line_as, read_list
from outreach.cli.ask import interruptible
from outreach.cli.terminal import print_error, prompt, say
from outreach.errors import Interrupted, OutreachError, SettingsError
from outreach.smtp.providers import PROVIDERS

if TYPE_CHECKING:
    from rich.console import Console

_KOREAN = "cp949"  # what Excel saves in Korea
_SAMPLE = "a sample"

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Given:
    """What the flags say; None is to be asked, or to be the default where nobody can be."""

    sender: str | None
    provider: str | None
    contacts: str | None
    languages: str | None

    @property
    def complete(self) -> bool:
        """Whether nothing is left to ask."""
        return None not in (self.sender, self.provider, self.contacts, self.languages)


def settle_answers(given: Given, console: Console | None) -> Answers:
    """The answers, from the flags and the person at the console; without a console from flags and defaults."""
    asking = _Asking(console)
    if console is not None and not given.complete:
        say(console, "Four questions at most. Enter takes what stands in brackets, Ctrl-C ends without a trace.")
    sender = asking.settle(given.sender, "Who sends? Name <address>", EXAMPLE_SENDER, read_sender)
    if console is not None and given.provider is None:
        _list_providers(console)
    provider = asking.settle(
        given.provider,
        "Which provider?",
        likely_provider(sender) if console is not None else SINK,
        lambda text: read_provider(text, sender=sender),
    )
    contacts = asking.settle(
        given.contacts,
        "The list? A .csv, .tsv, .xlsx or .jsonl file",
        _SAMPLE,
        lambda text: None if text == _SAMPLE else _confirmed(read_list(_unquoted(text)), _unquoted(text), console),
    )
    languages = asking.settle(
        given.languages, "The language of the letter? Several with commas", DEFAULT_LANGUAGE, read_languages
    )
    return Answers(sender, provider, contacts, languages)


@dataclass(frozen=True, slots=True)
class _Asking:
    """Asks, where there is somebody."""

    console: Console | None

    def settle(self, flag: str | None, question: str, default: str, read: Callable[[str], _Answer]) -> _Answer:
        """The value of the flag, which must be right; else of the first right answer; else the default."""
        if flag is not None or self.console is None:
            return read(default if flag is None else flag)
        while True:
            try:
                return read(ask_line(self.console, f"{question} [{default}]: ") or default)
            except Interrupted:
                raise
            except OutreachError as error:
                print_error(error)


def ask_line(console: Console, question: str) -> str:
    """One line from the terminal, without the blanks around it."""

    def read() -> str:
        prompt(console, question)
        return input()

    try:
        return interruptible(read).strip()
    except Interrupted:
        say(console)
        raise not_answered() from None


def not_answered() -> Interrupted:
    """The error for Ctrl-C, and for the end of what is typed."""
    return Interrupted("Not answered: nothing was written.", "Run outreach init again when you are ready.")


def _confirmed(contacts: ContactList, text: str, console: Console | None) -> ContactList:
    """The list, read in the usual Korean encoding where it is not UTF-8 and the person says that this reads right."""
    line = first_line_as(contacts.content, _KOREAN) if contacts.misread else ""
    if not contacts.misread or console is None:
        return contacts
    save_anew = "Save it anew as UTF-8, from the program it comes from."
    if not line:
        raise SettingsError(contacts.misread, save_anew)
    say(console, f"{contacts.misread}. As {_KOREAN} its first such line reads:")
    say(console, line, before="  ")
    if ask_line(console, "Is that right? y or n [n]: ").lower() not in ("y", "yes", "예", "네"):
        raise SettingsError(f"{contacts.misread}, and not {_KOREAN}", save_anew)
    return read_list(text, encoding=_KOREAN)


def _list_providers(console: Console) -> None:
    """What there is to choose from."""
    for provider in PROVIDERS:
        say(console, f"{provider.title}: {provider.about}", before=f"  {provider.key:<13} ")
    say(console, "nobody yet: the test server on this machine", before=f"  {SINK:<13} ")


def _unquoted(text: str) -> str:
    """The path as it is: terminals put quotes around a file that is dropped on them."""
    return text[1:-1] if len(text) > 2 and text[0] == text[-1] and text[0] in "'\"" else text
