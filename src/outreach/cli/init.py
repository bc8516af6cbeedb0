"""`outreach init`: asks four questions, or takes flags, and writes a campaign that works; overwrites nothing."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from outreach.cli.terminal import data, say, talk

if TYPE_CHECKING:
    from outreach.beginning.answers import Answers

_PROVIDERS = "gmail, workspace, microsoft365, naver, naverworks, ses, postfix or sink."


def init(
    directory: Annotated[Path, Parameter(help="Where to; it may exist already.")] = Path(),
    *,
    from_: Annotated[
        str | None, Parameter(name="--from", help='Who sends: "Our Coalition <us@coalition.org>".')
    ] = None,
    provider: Annotated[str | None, Parameter(help=f"Who carries the mail: {_PROVIDERS}")] = None,
    contacts: Annotated[
        str | None, Parameter(name="--list", help="The list, which is copied: file.xlsx#Sheet.")
    ] = None,
    lang: Annotated[str | None, Parameter(help="The letter's language, or several: ko,en.")] = None,
) -> int:
    """Write a campaign that works, with settings for common providers. Nothing is overwritten.

    On a terminal it asks for what no flag says; elsewhere the rest is a sample.
    """
    from outreach.beginning.folder import FIXED, campaign_files, refuse_present, write_files
    from outreach.cli.first_questions import Given, not_answered, settle_answers

    refuse_present(directory, FIXED)
    console = talk() if sys.stdin.isatty() else None
    try:
        answers = settle_answers(Given(from_, provider, contacts, lang), console)
        files = campaign_files(directory, answers)
        write_files(directory, files)
    except KeyboardInterrupt:
        raise not_answered() from None
    out = data()
    for file in files:
        say(out, f"Wrote {directory / file.path}")
    if answers.contacts is not None and answers.contacts.misread:
        say(talk(), f"{answers.contacts.misread}: outreach check shows how it may be read.")
    if answers.contacts is not None and answers.contacts.mapped:
        say(out, mapping_words(answers.contacts.mapped))
    say(out, "Next:")
    for number, step in enumerate(next_steps(directory, answers), 1):
        say(out, step, before=f"  {number}. ")
    return 0


def mapping_words(mapped: Mapping[str, str]) -> str:
    """Which columns of the list were taken for which of ours."""
    pairs = ", ".join(f'"{theirs}" is {ours}' for ours, theirs in mapped.items())
    return f"Columns of the list: {pairs}. To change that: columns in outreach.toml."


def next_steps(directory: Path, answers: Answers) -> list[str]:
    """What to do now, in order."""
    from outreach.beginning.answers import sender_address
    from outreach.beginning.letters import letter_path

    list_too = ", and the list in contacts/officials.csv" if answers.contacts is None else ""
    letters = ", ".join(letter_path(answers.languages).format(lang=language) for language in answers.languages)
    letter = f"Write the letter in {letters}{list_too}."
    steps = [*([] if directory == Path() else [f"cd {shlex.quote(str(directory))}"]), letter]
    if answers.provider is None:
        return [
            *steps,
            "outreach check",
            "outreach send --dry-run",
            "outreach sink    (in another window)",
            "outreach send    (to that test server: nobody receives anything)",
            "Choose who carries your mail, under [relay] in outreach.toml.",
        ]
    return [
        *steps,
        "Put the password into .env, behind SMTP_PASSWORD=, and take the # away. "
        "Which one it is stands in outreach.toml.",
        "outreach check",
        "outreach send --dry-run",
        f"outreach send --redirect {sender_address(answers.sender)}    "
        "(a rehearsal: five test letters to yourself, to nobody else)",
        "outreach send",
    ]
