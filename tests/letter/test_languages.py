"""Dates and lists as each language writes them."""

from __future__ import annotations

import pytest

from outreach.letter.language import canonical_tag
from tests.letter.support import attributes_of, inside, make_contact, make_template, render

DATES = {
    "en": ("October 16, 2023", "Monday, October 16, 2023", "10/16/23", "A, B, and C"),
    "ko": ("2023년 10월 16일", "2023년 10월 16일 월요일", "23. 10. 16.", "A, B 및 C"),
    "fr": ("16 octobre 2023", "lundi 16 octobre 2023", "16/10/2023", "A, B et C"),
    "de": ("16. Oktober 2023", "Montag, 16. Oktober 2023", "16.10.23", "A, B und C"),
    "es": ("16 de octubre de 2023", "lunes, 16 de octubre de 2023", "16/10/23", "A, B y C"),
    "ar": ("16 أكتوبر 2023", "الاثنين، 16 أكتوبر 2023", "16\u200f/10\u200f/2023", "A وB وC"),
    "he": ("16 באוקטובר 2023", "יום שני, 16 באוקטובר 2023", "16.10.2023", "A, B וC"),
    "ja": ("2023年10月16日", "2023年10月16日月曜日", "2023/10/16", "A、B、C"),
    "ru": ("16 октября 2023\u202fг.", "понедельник, 16 октября 2023\u202fг.", "16.10.2023", "A, B и C"),
    "zh": ("2023年10月16日", "2023年10月16日星期一", "2023/10/16", "A、B和C"),
}
DATES_BODY = '{{ date | date }}|{{ date | date("full") }}|{{ date | date("short") }}'


@pytest.mark.parametrize("lang", DATES)
def test_writes_dates_as_the_language_does(lang: str) -> None:
    """Long, full and short, with European digits in Arabic too, and with nothing added to keep directions apart."""
    assert tuple(render(DATES_BODY, ending=".txt", lang=lang).text.split("|")) == DATES[lang][:3]


@pytest.mark.parametrize("lang", DATES)
def test_writes_lists_as_the_language_does(lang: str) -> None:
    """With its commas and its and."""
    written = render('{{ ["A", "B", "C"] | listed }}', ending=".txt", lang=lang).text

    assert written == DATES[lang][3]


def test_the_language_of_the_row_reaches_every_part() -> None:
    """Subject, text, HTML, the text beside an HTML letter and the paths of attachments."""
    template = make_template(
        "<p>{{ date | date }}</p>",
        ending=".html",
        subject="{{ date | date }} {{ lang }}",
        front='attachments = ["{{ date | date }}.pdf"]',
        text_beside="{{ date | date }} {{ [1, 2] | listed }}",
    )

    letter = template.render(make_contact(lang="de"))

    assert letter.subject == "16. Oktober 2023 de"
    assert letter.text == "16. Oktober 2023 1 und 2"
    assert inside(letter, "p") == ["16. Oktober 2023"]
    assert letter.attachments == ("16. Oktober 2023.pdf",)
    assert (letter.lang, attributes_of(letter, "html.lang")) == ("de", ["de"])


@pytest.mark.parametrize(
    ("tag", "canonical"),
    [("ko_KR", "ko-KR"), ("ko-kr", "ko-KR"), ("EN", "en"), ("zh_hant_tw", "zh-Hant-TW"), ("de-1996", "de-1996")],
)
def test_tags_are_written_one_way(tag: str, canonical: str) -> None:
    """Case and the separator make no difference."""
    assert canonical_tag(tag) == canonical
