"""A letter in several languages is a file for each."""

from __future__ import annotations

import pytest

from outreach.errors import ContentError, Problem, SettingsError
from outreach.letter.source import parse_source
from outreach.letter.variants import find_variants, has_languages

PATTERN = "templates/letter.{lang}.md"


def test_files_are_found_whatever_the_case_and_the_separator() -> None:
    """letter.ko_KR.md is the letter for ko-kr; what has no known language in its name is none of them."""
    files = ["templates/letter.en.md", "templates/letter.ko_KR.md", "templates/letter.old.md", "templates/letter.md"]

    variants = find_variants(PATTERN, [*files, "templates/letter.draft.md", "other/letter.fr.md", "letter.jpg"])

    assert variants.paths == {"en": files[0], "ko-KR": files[1]}
    assert variants.choose("KO_kr") == "ko-KR"


def test_the_language_may_be_a_folder() -> None:
    """templates/{lang}/letter.md works like templates/letter.{lang}.md."""
    variants = find_variants("templates/{lang}/letter.md", ["templates/pt-BR/letter.md", "templates/en/other.md"])

    assert variants.paths == {"pt-BR": "templates/pt-BR/letter.md"}


def test_another_language_never_stands_in() -> None:
    """Who reads zh-TW does not get zh; the problem is the same however the row writes its tag."""
    variants = find_variants(PATTERN, ["templates/letter.zh.md", "templates/letter.en.md"])

    problems = [refused(lang) for lang in ("zh-TW", "zh_tw")]

    assert (
        problems
        == [
            Problem(
                "E26",
                "",
                'no letter in "zh-TW": there is no templates/letter.zh-TW.md',
                "Write it, or correct lang in the row. There is the letter in en and zh.",
                several='want a letter in "zh-TW", and there is none',
            )
        ]
        * 2
    )
    assert variants.choose("zh") == "zh"


def refused(lang: str) -> Problem:
    """What is wrong with this language where there is the letter in en and zh."""
    with pytest.raises(ContentError) as caught:
        find_variants(PATTERN, ["templates/letter.zh.md", "templates/letter.en.md"]).choose(lang)
    return caught.value.problem


@pytest.mark.parametrize("lang", ["english", "xx", "한국어", "../../etc", "e"])
def test_what_is_no_language_is_told_as_before(lang: str) -> None:
    """It is not a missing letter, but a mistake in the row."""
    assert refused(lang).code == "E25"


@pytest.mark.parametrize(
    ("letter", "told"),
    [
        ("letter.{language}.md", "{language} can't stand in it"),
        ("letter.{LANG}.md", "{LANG} can't stand in it"),
        ("{lang}/{name}.md", "{name} can't stand in it"),
        ("{lang}/letter.{lang}.md", "{lang} stands in it 2 times"),
        ("letter.{}.md", "{} can't stand in it"),
    ],
)
def test_nothing_else_may_stand_in_braces(letter: str, told: str) -> None:
    """The setting is refused and says what in it is wrong."""
    with pytest.raises(SettingsError) as caught:
        has_languages(letter)

    assert caught.value.what == f'[campaign] letter = "{letter}": {told}'


def test_a_letter_without_braces_is_one_for_everyone() -> None:
    """Only {lang} makes several of it."""
    assert not has_languages("templates/letter.md")
    assert has_languages(PATTERN)


def test_two_files_for_one_language_are_refused() -> None:
    """Nobody can say which of them is meant."""
    with pytest.raises(SettingsError) as caught:
        find_variants(PATTERN, ["templates/letter.pt_BR.md", "templates/letter.pt-br.md"])

    assert caught.value.what == 'templates/letter.pt_BR.md: templates/letter.pt-br.md is in "pt-BR" already'


def test_a_source_knows_the_language_of_its_file() -> None:
    """It is empty for a letter that is for everyone."""
    content = b"+++\nsubject = 'x'\n+++\nx"

    assert parse_source("letter.ko.md", content, lang="ko").only_lang == "ko"
    assert parse_source("letter.md", content).only_lang == ""
