"""A campaign in several languages composes each contact's letter in its own."""

from __future__ import annotations

import datetime

import pytest

from outreach.composing.composer import Composer
from outreach.composing.sealed import Sealed, seal_campaign, unpack
from outreach.errors import ContentError, Problem
from outreach.letter.options import CampaignOptions
from outreach.message.sender import Sender
from outreach.model import Contact, Mailbox

FROM = Mailbox("Coalition", "letters@coalition.example", "letters@coalition.example")
DATE = datetime.date(2023, 10, 16)


def letter(subject: str, *, front: str = "", body: str = "x {{ lang }}") -> bytes:
    """The source of a letter whose body is on line 5."""
    return f'+++\nsubject = "{subject}"\n{front}\n+++\n{body}\n'.encode()


def sealed_in(**letters: bytes) -> Sealed:
    """A campaign with these variants of its letter."""
    return seal_campaign(
        CampaignOptions(name="spring", letter="templates/letter.{lang}.md"),
        Sender(FROM, (), "bounces@coalition.example", ""),
        "",
        tables={},
        shared_files={f"templates/letter.{lang}.md": content for lang, content in letters.items()},
    )


def contact(lang: str, name: str = "") -> Contact:
    """A contact in this language."""
    to = Mailbox(name, "a@b.example", "a@b.example")
    return Contact("a@b.example", 2, (to,), lang=lang, fields={"email": "a@b.example"})


def test_each_contact_gets_the_letter_of_its_language() -> None:
    """And the default where the row names none; from the ledger's bundle as from the folder."""
    sealed = sealed_in(en=letter("Hello"), ko_KR=letter("안녕"), ar=letter("مرحبا"))

    for again in (sealed, unpack(sealed.settings_json(), sealed.files)):
        letters = [Composer(again, date=DATE).letter(contact(lang)) for lang in ("", "ko-kr", "AR", "en")]
        assert [(each.subject, each.lang, each.text) for each in letters] == [
            ("Hello", "en", "x en\n"),
            ("안녕", "ko-KR", "x ko-KR\n"),
            ("مرحبا", "ar", "x ar\n"),
            ("Hello", "en", "x en\n"),
        ]


def test_every_variant_is_part_of_the_text() -> None:
    """A letter in one more language is another text."""
    two, three = sealed_in(en=letter("a"), ko=letter("b")), sealed_in(en=letter("a"), ko=letter("b"), fr=letter("c"))

    assert two.text_digest != three.text_digest


def problem_of(sealed: Sealed, lang: str = "") -> Problem:
    """What is wrong with the campaign, or with the letter in this language."""
    with pytest.raises(ContentError) as caught:
        Composer(sealed, date=DATE).letter(contact(lang))
    return caught.value.problem


def test_a_mistake_in_a_letter_that_nobody_gets_is_found() -> None:
    """All variants are read at once, and the problem says in which file it is."""
    problem = problem_of(sealed_in(en=letter("a"), ko=letter("b", body="x\n{% if %}")))

    assert (problem.code, problem.where) == ("E20", "templates/letter.ko.md:6")


@pytest.mark.parametrize("lang", ["en", "{{ 'e' + 'n' }}"])
def test_front_matter_in_another_language_than_the_file_is_refused(lang: str) -> None:
    """A letter can't be in two languages; one that says its own again is fine."""
    front = f'lang = "{lang}"'

    problem = problem_of(sealed_in(en=letter("a"), ko=letter("b", front=front)), "ko")

    assert problem.code == "E20"
    assert problem.where == "templates/letter.ko.md:3"
    assert problem.message == 'the letter says lang = "en", and its file is the one for "ko"'
    assert Composer(sealed_in(en=letter("a", front=front)), date=DATE).letter(contact("")).lang == "en"


def test_front_matter_of_a_letter_that_nobody_gets_is_read() -> None:
    """What it says is wrong before there is a row in that language."""
    with pytest.raises(ContentError, match='the letter says lang = "en"'):
        Composer(sealed_in(en=letter("a"), ko=letter("b", front='lang = "en"')), date=DATE)


def test_images_belong_to_the_text_in_all_languages() -> None:
    """Also those of a letter that nobody gets yet, where their paths are fixed."""
    body = (
        "![a](images/a%20b.png) {% if x %}![c](c.png){% endif %} ![{{ n }}]({{ n }}.png) ![d](https://x.example/d.png)"
    )

    composer = Composer(sealed_in(en=letter("a"), ko=letter("b", body=body)), date=DATE)

    assert composer.named_images == {"images/a b.png", "c.png"}
