"""One letter in several languages: a pattern such as templates/letter.{lang}.md, and the files that it means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from outreach.errors import ContentError, Problem, SettingsError
from outreach.letter.complaints import UnfitError
from outreach.letter.language import canonical_tag, find_locale, is_known

_PLACE = "{lang}"
_BRACES = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Variants:
    """The files of a letter by the tags of their languages."""

    pattern: str
    paths: dict[str, str]  # by tag

    def choose(self, tag: str) -> str:
        """The tag of the variant for a contact with this one.

        ContentError: E25 where that is no language, E26 where there is no such letter. Another language never stands in
        for it: who reads traditional characters must not get simplified ones.
        """
        canonical = canonical_tag(tag)
        if canonical in self.paths:
            return canonical
        try:
            find_locale(canonical)
        except UnfitError as error:
            raise ContentError(error.problem("")) from None
        message = f'no letter in "{canonical}": there is no {self.path(canonical)}'
        hint = f"Write it, or correct lang in the row. There is the letter in {in_words(self.paths)}."
        several = f'want a letter in "{canonical}", and there is none'
        raise ContentError(Problem("E26", "", message, hint, several=several))

    def path(self, tag: str) -> str:
        """Where the letter in this language is looked for."""
        return self.pattern.replace(_PLACE, tag)


def has_languages(letter: str) -> bool:
    """Whether the setting means several files. SettingsError where it can't be understood."""
    braces = _BRACES.findall(letter)
    if braces and braces != [_PLACE]:
        wrong = next((found for found in braces if found != _PLACE), "")
        what = f"{wrong} can't stand in it" if wrong else f"{_PLACE} stands in it {len(braces)} times"
        raise SettingsError(f'[campaign] letter = "{letter}": {what}', 'Write it as "templates/letter.{lang}.md".')
    return bool(braces)


def find_variants(pattern: str, paths: Iterable[str]) -> Variants:
    """The variants among these paths. SettingsError where two are in the same language."""
    before, _, after = pattern.partition(_PLACE)
    shape = re.compile(rf"{re.escape(before)}([A-Za-z]{{2,3}}(?:[-_][A-Za-z0-9]{{2,8}})*){re.escape(after)}")
    found: dict[str, str] = {}
    for path in sorted(paths):
        match = shape.fullmatch(path)
        tag = canonical_tag(match[1]) if match else ""
        if not is_known(tag):
            continue  # letter.old.md is no letter in "old"
        if tag in found:
            raise SettingsError(f'{path}: {found[tag]} is in "{tag}" already', "Keep one of the two.")
        found[tag] = path
    return Variants(pattern, found)


def in_words(tags: Iterable[str]) -> str:
    """Tags in one line: ar, en and ko."""
    *first, last = sorted(tags)
    return f"{', '.join(first)} and {last}" if first else last
