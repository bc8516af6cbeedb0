"""Letters sent on consent say how to get off the list, so that every program and every person understands it."""

from __future__ import annotations

import datetime
import email
import email.policy
import html
import re
from email.message import EmailMessage

import pytest

from outreach.composing.composer import Composer
from outreach.composing.keys import Keys
from outreach.composing.redirect import Redirect, RedirectComposer
from outreach.composing.sealed import Sealed, seal_campaign, unpack
from outreach.errors import ContentError
from outreach.letter.options import CampaignOptions
from outreach.message.options import UnsubscribeOptions
from outreach.message.sender import Sender
from outreach.model import Contact, Mailbox
from outreach.tokens import Signer

KEY = b"k" * 32
CAMPAIGN = "a1b2c3d4" * 4
DATE = datetime.date(2023, 10, 16)
LETTER = "+++\nsubject = 'News for {{ name }}'\n+++\nDear {{ name }},\n\nhere is our *news*.\n"
BOTH = UnsubscribeOptions(url="https://letters.coalition.example/u", mailto="off@coalition.example")
FROM = Mailbox("Coalition", "letters@coalition.example", "letters@coalition.example")
SENDER = Sender(FROM, (Mailbox("", "office@coalition.example", "office@coalition.example"),), "", "연대 & Co <b>")

# RFC 8058, 3.1 and RFC 2369, 2, as receivers read them: URLs in brackets, https among them, nothing encoded.
RFC8058 = re.compile(rb"^List-Unsubscribe:(?:\r\n)? (<[!-;=?-~]+>(?:,(?:\r\n)? <[!-;=?-~]+>)*)\r\n(?=\S)", re.MULTILINE)
POST = re.compile(rb"^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n(?=\S)", re.MULTILINE)


def sealed(
    purpose: str = "subscribed",
    unsubscribe: UnsubscribeOptions = BOTH,
    *,
    letter: str = LETTER,
    ending: str = "md",
    files: dict[str, str] | None = None,
    **options: object,
) -> Sealed:
    """A campaign with this letter."""
    path = f"letter.{ending}"
    return seal_campaign(
        CampaignOptions(name="spring", letter=path, purpose=purpose, **options),  # type: ignore[arg-type]  # by name
        SENDER,
        "1 Street\n12345 Town",
        tables={},
        shared_files={path: letter.encode(), **{name: text.encode() for name, text in (files or {}).items()}},
        unsubscribe=unsubscribe,
    )


def contact(address: str = "min@state.example", lang: str = "") -> Contact:
    """Somebody on the list."""
    return Contact(
        address, 2, (Mailbox("", address, address),), lang=lang, fields={"email": address, "name": "Min <i>&"}
    )


def composer(campaign: Sealed) -> Composer:
    """What composes the campaign."""
    return Composer(campaign, date=DATE, campaign_id=CAMPAIGN, keys=Keys(KEY))


def content(campaign: Sealed, to: Contact | None = None) -> bytes:
    """The bytes of one message."""
    return composer(campaign).message(to or contact(), date=1_700_000_000.0).content


def parsed(message: bytes) -> EmailMessage:
    """The message as the standard library reads it."""
    return email.message_from_bytes(message, policy=email.policy.default)


def token(address: str = "min@state.example") -> str:
    """The token of the letter to this address."""
    return Signer(KEY).token(CAMPAIGN, address)


@pytest.mark.parametrize("purpose", ["subscribed", "fundraising", "commercial"])
def test_the_pair_stands_in_letters_sent_on_consent(purpose: str) -> None:
    """The https link first, then the address, each with this recipient's token; once, and nothing encoded."""
    message = content(sealed(purpose))

    (found,) = RFC8058.findall(message)
    assert re.findall(rb"<([^>]*)>", found) == [
        b"https://letters.coalition.example/u/" + token().encode(),
        b"mailto:off@coalition.example?subject=unsubscribe%20" + token().encode(),
    ]
    assert len(POST.findall(message)) == 1
    read = parsed(message)
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read["List-ID"].endswith(f"<{purpose}.coalition.example>")
    assert read["Feedback-ID"] == f"a1b2c3d4a1b2:{purpose}:en:coalitionexampl"
    assert b"=?" not in message.partition(b"List-Unsubscribe:")[2].partition(b"List-Id:")[0]


@pytest.mark.parametrize("length", [50, 83, 120, 300, 800])
def test_a_long_link_arrives_unencoded_and_whole(length: int) -> None:
    """At any length that a line may have: on one line, since a URL has no place to fold."""
    url = "https://letters.coalition.example/u/".ljust(length, "x")

    message = content(sealed(unsubscribe=UnsubscribeOptions(url=url, mailto="off@coalition.example")))

    lines = message.partition(b"\r\n\r\n")[0].split(b"\r\n")
    (line,) = [line for line in lines if b"https:" in line]
    assert line.strip(b" ,").removeprefix(b"List-Unsubscribe: ").strip(b"<>") == f"{url}/{token()}".encode()
    assert max(map(len, lines)) <= 998
    assert f"<{url}/{token()}>" in parsed(message)["List-Unsubscribe"]


def test_the_token_is_a_segment_of_the_path_before_any_query() -> None:
    """A page that tells lists apart by a parameter keeps it."""
    message = content(sealed(unsubscribe=UnsubscribeOptions(url="https://coalition.example/u/?list=1&a=b")))

    assert f"<https://coalition.example/u/{token()}?list=1&a=b>".encode() in message


def test_an_address_alone_is_no_one_click() -> None:
    """Without https there is no List-Unsubscribe-Post, which would promise it (RFC 8058, 3.1)."""
    message = content(sealed(unsubscribe=UnsubscribeOptions(mailto="off+list@coalition.example")))

    assert b"<mailto:off%2Blist@coalition.example?subject=unsubscribe%20" + token().encode() in message
    assert b"List-Unsubscribe-Post" not in message


@pytest.mark.parametrize("purpose", ["advocacy", "press"])
def test_letters_to_officials_and_the_press_have_none_unless_asked(purpose: str) -> None:
    """Neither header nor footer; with `always` they have both."""
    none, asked = (
        content(sealed(purpose)),
        content(sealed(purpose, UnsubscribeOptions(url=BOTH.url, mailto=BOTH.mailto, always=True))),
    )

    assert not re.search(rb"^(List-|Feedback-ID)", none, re.MULTILINE)
    assert token().encode() not in none
    assert RFC8058.search(asked)
    assert asked.count(token().encode()) >= 3


def test_each_recipient_has_a_token_of_their_own() -> None:
    """And the same one on every attempt, rebuilt from the ledger's bundle, which does not hold the key."""
    campaign = sealed()
    again = unpack(campaign.settings_json(), campaign.files)

    assert again == campaign
    assert content(again) == content(campaign)
    assert token("b@c.example").encode() in content(campaign, contact("b@c.example"))
    assert KEY.decode() not in campaign.settings_json()


def test_what_was_sealed_before_keeps_its_digest() -> None:
    """Settings of this kind that are not used change nothing of what a campaign is bound to."""
    campaign = sealed("advocacy", UnsubscribeOptions())

    assert not {"unsubscribe", "reason", "contact", "ad_label"} & set(re.findall(r'"(\w+)":', campaign.settings_json()))
    assert campaign.text_digest != sealed("subscribed").text_digest
    assert sealed().text_digest != sealed(unsubscribe=UnsubscribeOptions(mailto=BOTH.mailto)).text_digest


def test_a_letter_to_several_has_no_link_that_takes_off_only_one() -> None:
    """A Cc, or a second To, is an error of the row; a Bcc, such as one's own archive, is not."""
    other = Mailbox("", "c@d.example", "c@d.example")
    one = contact()
    for shared in (
        Contact(one.key, 2, one.to, cc=(other,), fields=one.fields),
        Contact(one.key, 2, (*one.to, other), fields=one.fields),
    ):
        with pytest.raises(ContentError) as raised:
            composer(sealed()).letter(shared)
        assert raised.value.problem.code == "E33"

    assert token().encode() in content(sealed(), Contact(one.key, 2, one.to, bcc=(other,), fields=one.fields))


def test_a_test_letter_takes_nobody_off_the_list() -> None:
    """Its links bear the rehearsal's id: neither its reader nor whom it would have gone to is meant."""
    you = Mailbox("", "you@coalition.example", "you@coalition.example")
    redirect = Redirect((you,), "seal")
    rehearsal = RedirectComposer(sealed(), redirect, date=DATE, rehearsal_id="f" * 32, keys=Keys(KEY))

    message = rehearsal.message(redirect.contact(contact()), date=1.0).content

    read = parsed(message)
    texts = [message.decode(), *(part.get_content() for part in read.walk() if part.get_content_maintype() == "text")]
    tokens = {found for text in texts for found in re.findall(r"/u/([\w-]{65})", text)}
    assert len(tokens) == 2
    assert {Signer(KEY).read(found).campaign_id for found in tokens} == {"f" * 32}


def test_the_ad_label_stands_in_front_only_where_it_is_asked_for() -> None:
    """Once, also where the letter has it already."""
    unasked, asked = sealed("commercial"), sealed("commercial", ad_label=True)
    already = sealed("commercial", ad_label=True, letter=LETTER.replace("'News", "'(광고) News"))

    assert "광고" not in parsed(content(unasked))["Subject"]
    assert parsed(content(asked))["Subject"] == "(광고) News for Min <i>&"
    assert parsed(content(already))["Subject"] == "(광고) News for Min <i>&"
    assert "광고" not in parsed(content(sealed("commercial", letter=LETTER), contact(lang="ko")))["Subject"]


# --- the footer -------------------------------------------------------------------------------------------------------


def parts(campaign: Sealed, to: Contact | None = None) -> tuple[str, str]:
    """The text and the HTML of one letter."""
    letter = composer(campaign).letter(to or contact())
    return letter.text, letter.html or ""


def test_the_footer_ends_a_letter_that_needs_one() -> None:
    """Why, who, where, how to answer and how to get off, escaped where they stand; the link is the recipient's own."""
    text, page = parts(sealed())
    link = f"{BOTH.url}/{token()}"

    assert text.endswith(
        "here is our news.\n\n---\n\n"
        "You receive this because you subscribed to it.\n연대 & Co <b>\n1 Street\n12345 Town\n"
        f"Contact: office@coalition.example\n\nUnsubscribe ({link})\n"
    )
    assert re.search(rf'<a href="{re.escape(link)}"[^>]*>Unsubscribe</a>', page)
    assert "연대 &amp; Co &lt;b&gt;<br>" in page.replace("\n", "")
    assert re.search(r"1 Street<br>\s*12345 Town<br>", page)


@pytest.mark.parametrize(
    ("lang", "reason", "label"),
    [
        ("ko", "구독을 신청하신 분께", "수신 거부"),
        ("fr-CA", "parce que vous y êtes abonné", "Se désabonner"),
        ("de", "weil Sie sie abonniert haben", "Abbestellen"),
        ("es", "porque se suscribió", "Darse de baja"),
        ("ar", "لأنكم اشتركتم فيها", "إلغاء الاشتراك"),
        ("pt", "because you subscribed", "Unsubscribe"),
    ],
)
def test_the_footer_speaks_the_letters_language(lang: str, reason: str, label: str) -> None:
    """Each that the package speaks; English for others."""
    text, page = parts(sealed(), contact(lang=lang))

    assert reason in text
    assert f"{label} (https://" in text
    assert f">{label}</a>" in page


def test_reasons_of_your_own_stand_in_place_of_ours() -> None:
    """By language, with one for all others."""
    campaign = sealed(reason={"ko": "서명하신 분께 드립니다.", "": "You signed *our* petition."})

    assert "서명하신 분께 드립니다." in parts(campaign, contact(lang="ko-KR"))[0]
    assert "You signed *our* petition." in parts(campaign)[0]
    assert "subscribed to it" not in parts(campaign)[0]


def test_a_letter_places_the_footer_itself() -> None:
    """Then it is not there twice; also for a purpose that would get none, without a link."""
    placed = LETTER + "\n{{ footer }}\n\nP.S. Come!\n"
    text, page = parts(sealed(letter=placed))
    advocacy = parts(sealed("advocacy", letter=placed))[0]

    assert text.count("12345 Town") == page.count("12345 Town") == 1
    assert text.endswith("P.S. Come!\n")
    assert "because of the office that you hold" in advocacy
    assert "Unsubscribe" not in advocacy


def test_a_letter_with_the_link_in_its_own_words_gets_no_footer() -> None:
    """Its writer has made one."""
    text, _ = parts(sealed(letter=LETTER + "\n[Stop it]({{ unsubscribe_url }})\n"))

    assert text.endswith(f"Stop it ({BOTH.url}/{token()})\n")


def test_html_letters_and_their_texts_get_it_too() -> None:
    """Inside the page, at the end of the text beside it, and of a text alone."""
    page = "<html><body><p>Hi {{ name }}</p></body></html>"
    front = "+++\nsubject = 'News'\n+++\n"
    beside = sealed(letter=front + page, ending="html", files={"letter.txt": "Hi {{ name }}"})

    text, shown = parts(beside)
    alone, no_page = parts(sealed(letter=front + "Hi {{ name }}", ending="txt"))

    assert "Hi Min &lt;i&gt;&amp;" in shown
    assert re.search(rf'<hr>\s*<p>You receive.*<a href="{re.escape(BOTH.url)}/[^>]*>Unsubscribe</a></p></body>', shown)
    ending = f"\n\nUnsubscribe: {BOTH.url}/{token()}"
    assert text.rstrip("\n").endswith(ending)
    assert text == alone
    assert no_page == ""
    fragment = parts(sealed(letter=front + "<p>Hi</p>", ending="html"))[1]
    assert fragment.index("Unsubscribe") < fragment.index("</body>")


@pytest.mark.parametrize("path", ["/a_b*c*/(x)/~y", "/u?list=1&amp=2&copy=3", "/u/%EA%B0%80'!$,;=:@"])
def test_a_link_of_odd_characters_is_the_same_everywhere(path: str) -> None:
    """In the header, in both parts of a letter in Markdown, and in a page: none of it is markup, or encoded anew."""
    options = UnsubscribeOptions(url=f"https://coalition.example{path}")
    before, _, query = path.partition("?")
    link = f"https://coalition.example{before}/{token()}{'?' + query if query else ''}"
    page = sealed(unsubscribe=options, letter="+++\nsubject = 'News'\n+++\n<p>Hi</p>", ending="html")

    text, shown = parts(sealed(unsubscribe=options))

    assert f"<{link}>" in parsed(content(sealed(unsubscribe=options)))["List-Unsubscribe"]
    assert f"Unsubscribe ({link})\n" in text
    for one in (shown, parts(page)[1]):
        (found,) = re.findall(r'<a href="([^"]*)"', one)
        assert html.unescape(found) == link


def test_the_link_by_mail_is_a_link_in_the_footer() -> None:
    """Where there is no page, the address with the token in the subject."""
    campaign = sealed(unsubscribe=UnsubscribeOptions(mailto="off@coalition.example"))
    text, page = parts(campaign)
    link = f"mailto:off@coalition.example?subject=unsubscribe%20{token()}"

    assert f'href="{html.escape(link)}"' in page
    assert link in text


def test_a_letter_whose_end_swallows_blanks_is_set_off_all_the_same() -> None:
    """The footer brings its own line ends."""
    text, _ = parts(sealed(letter=LETTER + "{% if name %}- a\n- b\n{%- endif -%}\n"))

    assert "- b\n\n---\n\nYou receive" in text


def test_a_column_of_that_name_is_told_where_the_letter_means_it() -> None:
    """Nobody can tell which of the two is meant."""
    one = contact()
    mixed = Contact(one.key, 2, one.to, fields={**one.fields, "footer": "x"})

    with pytest.raises(ContentError, match="footer"):
        composer(sealed(letter=LETTER + "{{ footer }}")).letter(mixed)
    assert "x" not in parts(sealed(), mixed)[0].split("---")[1].split("\n")
