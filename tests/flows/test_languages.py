"""One list in several languages: each gets the letter in its own."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from outreach.model import Letter
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.letter.support import attributes_of, html_of, shown_text
from tests.message.reading import parse

pytestmark = pytest.mark.flow

ENGLISH = """\
+++
subject = "A call to {{ name }}, {{ date | date }}"
+++
Dear {{ name }}, on {{ date | date("full") }} we call on you. ![seal](images/seal.png)
"""
KOREAN = """\
+++
subject = "{{ name }}님께, {{ date | date }}"
+++
{{ name }}님, {{ date | date("full") }}에 촉구합니다.
"""
ARABIC = """\
+++
subject = "نداء إلى {{ name }}، {{ date | date }}"
+++
السيد {{ name }}، نكتب إليكم في {{ date | date("full") }}: {{ phone }}.
"""
FRENCH = """\
+++
subject = "Appel à {{ name }}, {{ date | date }}"
+++
{{ name }}, le {{ date | date("full") }} nous vous appelons. ![sceau](images/sceau.png)
"""
HEADER = "email,name,lang,phone"
ROWS = (
    "minister@state.example,Kim,,1",
    "chair@seoul.example,홍길동,ko_KR,2",
    "desk@cairo.example,Hans,AR,+82-2-123",
)
FRENCH_ROW = "bureau@paris.example,Zoé,fr,4"
PNG = b"\x89PNG\r\n\x1a\n"
SETTING = 'letter = "templates/letter.{lang}.md"'


@pytest.fixture(autouse=True)
def letters(campaign: Campaign) -> None:
    """A campaign with a letter in English, Korean and Arabic, and a row for each."""
    campaign.edit("outreach.toml", 'letter = "templates/letter.md"', SETTING)
    (campaign.folder / "templates/letter.md").unlink()
    campaign.write("templates/letter.en.md", ENGLISH)
    campaign.write("templates/letter.ko-KR.md", KOREAN)
    campaign.write("templates/letter.ar.md", ARABIC)
    campaign.write("images/seal.png", PNG)
    campaign.contacts(ROWS, HEADER)


def received(sink_messages: list[bytes]) -> dict[str, EmailMessage]:
    """What arrived, by address."""
    parsed = [parse(content) for content in sink_messages]
    return {message["To"].addresses[0].addr_spec: message for message in parsed}


def html_part(message: EmailMessage) -> Letter:
    """The HTML part, for reading as a browser shows it."""
    part = message.get_body(("html",))
    assert part is not None
    return Letter(subject="", text="", html=str(part.get_content()), lang="")


def text_part(message: EmailMessage) -> str:
    """The text part."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).strip()


def test_each_gets_the_letter_in_its_language(campaign: Campaign, start_sink: StartSink) -> None:
    """With its subject, its date and its direction, and with foreign names and numbers kept apart."""
    sink = start_sink()
    campaign.use_port(sink.port)

    sent = campaign.run("send", "--confirm", "3", "--json")

    assert sent.json["counts"]["accepted"] == 3
    messages = received([message.content for message in sink.messages])
    english, korean, arabic = (messages[row.partition(",")[0]] for row in ROWS)

    assert english["Subject"] == "A call to Kim, October 16, 2023"
    assert english["Content-Language"] == "en"
    assert text_part(english) == "Dear Kim, on Monday, October 16, 2023 we call on you. seal"
    assert attributes_of(html_part(english), "div.dir") == ["ltr"]
    assert [part.get_content_type() for part in english.walk()].count("image/png") == 1

    assert korean["Subject"] == "홍길동님께, 2023년 10월 16일"
    assert korean["Content-Language"] == "ko-KR"
    assert text_part(korean) == "홍길동님, 2023년 10월 16일 월요일에 촉구합니다."
    assert attributes_of(html_part(korean), "html.lang") == ["ko-KR"]

    assert arabic["Subject"] == "نداء إلى Hans، 16 أكتوبر 2023"
    assert arabic["Content-Language"] == "ar"
    assert text_part(arabic) == ("السيد Hans، نكتب إليكم في الاثنين، 16 أكتوبر 2023: +82-2-123.")
    page = html_part(arabic)
    assert attributes_of(page, "html.dir") == attributes_of(page, "div.dir") == ["rtl"]
    assert "<bdi>Hans</bdi>، " in html_of(page)
    assert shown_text(page).strip() == "السيد Hans، نكتب إليكم في الاثنين، 16 أكتوبر 2023: +82-2-123."


def test_a_row_without_a_letter_in_its_language_stops_all_until_it_is_written(
    campaign: Campaign, start_sink: StartSink
) -> None:
    """Nobody gets another language, and nothing leaves; with the letter there it does."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts([*ROWS, FRENCH_ROW], HEADER)

    refused = campaign.run("send", "--yes")
    checked = campaign.run("check", "--json")

    assert refused.code == 3
    assert 'no letter in "fr": there is no templates/letter.fr.md' in " ".join(refused.err.split())
    assert sink.count == 0
    assert checked.json["findings"] == [
        {
            "level": "error",
            "code": "E26",
            "where": "contacts/officials.csv:5",
            "address": "bureau@paris.example",
            "message": 'no letter in "fr": there is no templates/letter.fr.md',
            "hint": "Write it, or correct lang in the row. There is the letter in ar, en and ko-KR.",
        }
    ]

    campaign.write("templates/letter.fr.md", FRENCH)
    campaign.write("images/sceau.png", PNG)
    sent = campaign.run("send", "--confirm", "4", "--json")

    assert sent.code == 0
    french = received([message.content for message in sink.messages])["bureau@paris.example"]
    assert french["Subject"] == "Appel à Zoé, 16 octobre 2023"
    assert text_part(french) == "Zoé, le lundi 16 octobre 2023 nous vous appelons. sceau"


def test_a_first_row_in_a_language_does_not_change_the_sealed_text(campaign: Campaign, start_sink: StartSink) -> None:
    """All letters and their images are sealed at once, so a later row in one of them goes without --amend."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.write("templates/letter.fr.md", FRENCH)
    campaign.write("images/sceau.png", PNG)
    assert campaign.run("send", "--confirm", "3").code == 0

    campaign.contacts([*ROWS, FRENCH_ROW], HEADER)
    sent = campaign.run("send", "--confirm", "1", "--json")

    assert sent.code == 0
    assert sink.count == 4


def test_preview_shows_the_letter_somebody_gets(campaign: Campaign) -> None:
    """In the language of the row; what keeps directions apart is not shown."""
    korean = campaign.run("preview", "chair@seoul.example")
    arabic = campaign.run("preview", "desk@cairo.example")

    assert "Subject: 홍길동님께, 2023년 10월 16일" in korean.out
    assert "Subject: نداء إلى Hans، 16 أكتوبر 2023" in arabic.out


@pytest.mark.parametrize(
    ("setting", "told", "remedy"),
    [
        (
            'letter = "templates/brief.{lang}.md"',
            "templates/brief.{lang}.md: no such file in any language",
            "Write templates/brief.en.md and one for each other language of the list.",
        ),
        (
            'letter = "nowhere/{lang}/letter.md"',
            "nowhere/{lang}/letter.md: no such file in any language",
            "Write nowhere/en/letter.md and one for each other language of the list.",
        ),
        (
            SETTING + '\ndefault_lang = "de"',
            "templates/letter.de.md: no such file, and de is the default language",
            'Write it, or correct "default_lang" under [campaign]; there is ar, en and ko-KR.',
        ),
        (
            SETTING + '\ndefault_lang = "english"',
            '[campaign] default_lang = "english": not a known language',
            "Write a tag such as en, ko or pt-BR.",
        ),
        (
            'letter = "templates/letter.{language}.md"',
            '[campaign] letter = "templates/letter.{language}.md": {language} can\'t stand in it',
            'Write it as "templates/letter.{lang}.md".',
        ),
    ],
)
def test_a_wrong_setting_is_told_at_once(campaign: Campaign, setting: str, told: str, remedy: str) -> None:
    """No file at all, none in the default language, or something else in braces."""
    campaign.edit("outreach.toml", SETTING, setting)

    ran = campaign.run("check")

    assert ran.code == 2
    assert ran.err.splitlines() == [f"Error: {told}", f"  → {remedy}"]


def test_a_language_may_be_a_folder_of_html_and_text(campaign: Campaign, start_sink: StartSink) -> None:
    """Each folder holds an HTML letter, and the text beside it if there is one."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.edit("outreach.toml", SETTING, 'letter = "{lang}/letter.html"')
    front = '+++\nsubject = "x"\n+++\n'
    campaign.write("en/letter.html", front + "<p>Hello</p>")
    campaign.write("en/letter.txt", "Hello beside\n")
    campaign.write("ko-KR/letter.html", front + "<p>안녕</p>")
    campaign.write("ar/letter.html", front + "<html><body><p>مرحبا {{ name }}</p></body></html>")

    assert campaign.run("send", "--confirm", "3").code == 0

    english, korean, arabic = (
        received([message.content for message in sink.messages])[row.partition(",")[0]] for row in ROWS
    )
    assert text_part(english) == "Hello beside"
    assert text_part(korean) == "안녕"
    assert attributes_of(html_part(arabic), "html.dir") == ["rtl"]
    assert attributes_of(html_part(arabic), "html.lang") == ["ar"]
