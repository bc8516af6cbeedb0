"""Finds the files of the letter in the campaign's folder: one, or one for each language."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from outreach.composing.letters import text_beside
from outreach.errors import SettingsError
from outreach.letter.language import canonical_tag, is_known
from outreach.letter.options import CampaignOptions
from outreach.letter.variants import find_variants, has_languages, in_words


def letter_paths(folder: Path, options: CampaignOptions) -> tuple[str, ...]:
    """All files of the letter, with the texts that stand beside. SettingsError where one that is needed is missing."""
    if has_languages(options.letter):
        letters = _existing_variants(folder, options)
    else:
        letters = (options.letter,)
        if not (folder / options.letter).exists():
            raise SettingsError(
                f"{options.letter}: no such file", 'Write the letter there, or correct "letter" under [campaign].'
            )
    beside = (text_beside(letter) for letter in letters)
    return (*letters, *(path for path in beside if path and (folder / path).exists()))


def _existing_variants(folder: Path, options: CampaignOptions) -> tuple[str, ...]:
    default = canonical_tag(options.default_lang)
    if not is_known(default):
        raise SettingsError(
            f'[campaign] default_lang = "{options.default_lang}": not a known language',
            "Write a tag such as en, ko or pt-BR.",
        )
    variants = find_variants(options.letter, _candidates(folder, options.letter))
    if not variants.paths:
        raise SettingsError(
            f"{options.letter}: no such file in any language",
            f"Write {variants.path(default)} and one for each other language of the list.",
        )
    if default not in variants.paths:
        raise SettingsError(
            f"{variants.path(default)}: no such file, and {default} is the default language",
            f'Write it, or correct "default_lang" under [campaign]; there is {in_words(variants.paths)}.',
        )
    return tuple(variants.paths.values())


def _candidates(folder: Path, pattern: str) -> list[str]:
    """The files that could be variants: what stands in the place of the piece of the path that holds the language."""
    parts = PurePosixPath(pattern).parts
    place = next(number for number, part in enumerate(parts) if "{lang}" in part)
    above = folder.joinpath(*parts[:place])
    try:
        names = sorted(path.name for path in above.iterdir()) if above.is_dir() else []
    except OSError as error:
        raise SettingsError(f"{above}: {error.strerror}", "Let this user read the folder of the letters.") from error
    found = (pattern.replace(parts[place], name) for name in names)
    return [path for path in found if (folder / path).is_file()]
