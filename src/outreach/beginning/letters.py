"""The letter that a new campaign starts with: it greets with what the list has, and holds no name that it lacks."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template

from outreach.beginning.answers import DEFAULT_LANGUAGE
from outreach.beginning.contact_list import ContactList

_SAMPLE_COLUMNS = ("email", "name", "salutation", "office", "cc")
_LISTED = 12  # columns that the letter tells of


def starter() -> Traversable:
    """The folder of the files that a campaign starts with."""
    return files("outreach") / "starter"


def letter_path(languages: tuple[str, ...]) -> str:
    """The letter as the settings name it: one file, or one for each language."""
    return "templates/letter.md" if len(languages) == 1 else "templates/letter.{lang}.md"


def starter_letter(language: str, contacts: ContactList | None) -> str:
    """The letter in this language, for this list; in English, and saying so, where we have none."""
    written_in = next((tag for tag in (language, language.partition("-")[0]) if _source(tag).is_file()), "")
    used = written_in or DEFAULT_LANGUAGE
    text = Template(_source(used).read_text(encoding="utf-8")).substitute(greeting=_greeting(used, contacts))
    front, fence, body = text.rpartition("+++\n")
    return f"{front}{fence}{_note(language, contacts, translated=bool(written_in))}{body}"


def _source(tag: str) -> Traversable:
    return starter() / "letters" / f"{tag}.md"


def _note(language: str, contacts: ContactList | None, *, translated: bool) -> str:
    """A comment of the template for whoever edits it; it is not sent."""
    columns = [column for column in (contacts.columns if contacts else _SAMPLE_COLUMNS) if column.isidentifier()]
    lines = ["This comment is not sent."]
    if not translated:
        lines.append(f'Not yet in the language "{language}": translate the subject above and the text below.')
        lines.append("Dates are written in the letter's language by themselves.")
    if columns:
        listed = ", ".join([*columns[:_LISTED], *(["…"] if columns[_LISTED:] else [])])
        lines.append(f"Columns of the list, for double braces: {listed}.")
    return "{# " + "\n   ".join(lines) + " #}\n"


def _greeting(language: str, contacts: ContactList | None) -> str:
    """With the salutation where the list has one, else the name, else neither; neutral where a row leaves it empty."""
    words: Mapping[str, str] = tomllib.loads((starter() / "letters" / "greetings.toml").read_text(encoding="utf-8"))[
        language
    ]
    columns = contacts.columns if contacts else _SAMPLE_COLUMNS
    filled = contacts.filled if contacts else frozenset(_SAMPLE_COLUMNS)
    neutral = f"{words['neutral']}{words['end']}"
    for column, line in (("salutation", "{{ salutation }}" + words["end"]), ("name", words["named"])):
        if column in filled:
            return line
        if column in columns:
            return f"{{% if {column} %}}{line}{{% else %}}{neutral}{{% endif %}}"
    return neutral
