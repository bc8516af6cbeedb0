"""The starter letter: its language, its greeting, and no name that the list lacks."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from outreach.beginning.contact_list import ContactList
from outreach.beginning.letters import starter, starter_letter

LIST = ContactList(Path("list.csv"), "", b"")


def listed(*columns: str, empty: tuple[str, ...] = ()) -> ContactList:
    """A list with these columns, some of them empty in a row."""
    return dataclasses.replace(LIST, columns=columns, filled=frozenset(columns) - set(empty))


@pytest.mark.parametrize(
    ("contacts", "greeting"),
    [
        (listed("email", "name", "salutation"), "{{ salutation }},"),
        (listed("email", "name"), "Dear {{ name }},"),
        (listed("email"), "Dear Sir or Madam,"),
        (
            listed("salutation", "name", empty=("salutation",)),
            "{% if salutation %}{{ salutation }},{% else %}Dear Sir or Madam,{% endif %}",
        ),
        (listed("name", empty=("name",)), "{% if name %}Dear {{ name }},{% else %}Dear Sir or Madam,{% endif %}"),
    ],
)
def test_the_greeting_uses_what_the_list_has(contacts: ContactList, greeting: str) -> None:
    """The salutation first, then the name, else neither; a gap in a column gets the neutral words."""
    assert f"\n{greeting}\n" in starter_letter("en", contacts)


def test_a_language_without_a_letter_gets_the_english_one_and_a_word_of_it() -> None:
    """The comment at the top says what to do; a region has the letter of its language."""
    swahili, austrian = starter_letter("sw", None), starter_letter("de-AT", None)

    assert "Yours faithfully" in swahili
    assert 'Not yet in the language "sw": translate' in swahili
    assert "Mit freundlichen Grüßen" in austrian
    assert "Not yet" not in austrian


def test_a_column_can_not_end_the_comment_it_is_told_in() -> None:
    """A header is data: only names that a letter can use are told."""
    letter = starter_letter("en", listed("email", "#}{{_7*7_}}", "이름"))

    assert "7*7" not in letter
    assert "email, 이름." in letter


def test_each_letter_has_its_greeting() -> None:
    """At least English, Korean, French, German, Spanish and Arabic."""
    tags = {path.name.removesuffix(".md") for path in (starter() / "letters").iterdir() if path.name.endswith(".md")}

    assert tags >= {"en", "ko", "fr", "de", "es", "ar"}
    assert all("$greeting" not in starter_letter(tag, listed("email")) for tag in tags)
