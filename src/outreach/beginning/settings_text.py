"""The settings of a new campaign: the chosen relay is in force, the others stand beside it as comments."""

from __future__ import annotations

import json
from string import Template

from outreach.beginning.answers import Answers, sender_address
from outreach.beginning.letters import letter_path, starter
from outreach.smtp.providers import PROVIDERS, Provider

_SINK = """\
# The test sink on this machine, until you choose a provider: run "outreach sink" in another window.
# It swallows everything; nobody receives anything.
[relay]
host = "127.0.0.1"
port = 2525
security = "none"
"""


def settings_text(answers: Answers, *, name: str, file: str) -> str:
    """The settings file for these answers; `file` is the list as the settings name it."""
    template = Template((starter() / "outreach.toml").read_text(encoding="utf-8"))
    chosen = answers.provider
    others = [relay_block(provider, answers.sender) for provider in PROVIDERS if provider is not chosen]
    if chosen is not None:
        others.insert(0, _SINK)
    return template.substitute(
        name=_quoted(name),
        letter=_quoted(letter_path(answers.languages)),
        languages=_languages(answers.languages),
        file=_quoted(file),
        contacts=_contacts(answers),
        sender=_quoted(answers.sender),
        relay=_SINK if chosen is None else relay_block(chosen, answers.sender),
        others="\n".join(map(_commented, others)).rstrip("\n"),
    )


def relay_block(provider: Provider, sender: str) -> str:
    """The section [relay] for a provider, with what is to be known of it."""
    lines = [
        *(f"# {line}" for line in (f"{provider.title[:1].upper()}{provider.title[1:]}.", *provider.notes)),
        "[relay]",
        f"host = {_quoted(provider.host)}",
        f"port = {provider.port}",
        f"security = {_quoted(provider.security)}",
        f"username = {_quoted(provider.username or sender_address(sender))}",
        'password = { env = "SMTP_PASSWORD" }   # in the file .env beside this one, which is not to be shared',
        f"rate = {_quoted(provider.rate)}",
    ]
    if provider.quota:
        lines.append(f"quota = [{_quoted(provider.quota)}]")
    if provider.counts_recipients:
        lines.append('quota_counts = "recipients"             # a copy counts like a letter')
    return "\n".join(lines) + "\n"


def _languages(languages: tuple[str, ...]) -> str:
    """The default language, and where there are several how one is chosen."""
    line = f"default_lang = {_quoted(languages[0])}\n"
    if len(languages) == 1:
        return line
    return f"# A row gets the letter in the language of its column lang, or in this one where it names none.\n{line}"


def _contacts(answers: Answers) -> str:
    """The lines that this list needs under [contacts]."""
    contacts = answers.contacts
    lines = []
    if contacts is not None and contacts.encoding:
        lines.append(f"encoding = {_quoted(contacts.encoding)}")
    if contacts is not None and contacts.mapped:
        columns = ", ".join(f"{ours} = {_quoted(theirs)}" for ours, theirs in contacts.mapped.items())
        lines.append(f"columns = {{ {columns} }}")
    return "".join(f"{line}\n" for line in lines)


def _commented(block: str) -> str:
    """The block as comments, without its section: that stands above already."""
    lines = [line for line in block.splitlines() if line != "[relay]"]
    return "".join(f"{line}\n" if line.startswith("#") else f"# {line}\n" for line in lines)


def _quoted(text: str) -> str:
    """A text as TOML writes it; JSON's strings are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
