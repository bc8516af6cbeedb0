"""The checks of a campaign as a table: a code, a campaign with a fault planted in it, and its clean twin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.flows.campaign import Campaign

SETTINGS = """\
[campaign]
name = "call"
letter = "templates/{letter}"
date = 2023-10-16
purpose = "{purpose}"
{campaign}
[contacts]
file = "contacts.csv"
[data]
{data}
[sender]
from = "{from_}"
{sender}
[relay]
host = "{host}"
{relay}
[ledger]
url = "sqlite:///ledger.db"
"""
LEAVING = """
[unsubscribe]
url = "https://coalition.org/u"
mailto = "u@coalition.org"
"""
LOCAL = 'port = 1\nsecurity = "none"'
HEADER = "email,name,salutation,cc,note"
ROWS = ("minister@state.gov,Anna Kowalska,Dear Minister,,", "chair@house.gov,Bo Lindqvist,Dear Chair,,")
BODY = """\
{{ salutation }},

we write to you for the second time, and ask you to speak up.

Coalition
letters@coalition.org
"""
FACTS = (
    "<p>Dear Minister,</p><p>on 9 October 2023 more than 600 people were sent back, and many of them were children."
    " We ask you to speak up for those who are still held, and to help them go where they choose, before it is too late"
    " for them and for their families.</p>"
)


@dataclass(frozen=True)
class Made:
    """A campaign that is fine but for what is said."""

    body: str = BODY
    subject: str = "A call to speak up"
    html: str = ""  # a letter in HTML in place of the body
    text: str = ""  # and the text beside it
    rows: tuple[str, ...] = ROWS
    purpose: str = "advocacy"
    host: str = "127.0.0.1"
    from_: str = "Coalition <letters@coalition.org>"
    sender: str = ""
    relay: str = LOCAL
    campaign: str = ""
    table: tuple[str, ...] = ()  # of signatories
    lang: str = "en"
    files: Mapping[str, bytes] = field(default_factory=dict)

    def write(self, campaign: Campaign) -> None:
        """Into the folder."""
        settings = SETTINGS.format(
            letter="letter.html" if self.html else "letter.md",
            purpose=self.purpose,
            campaign=f'default_lang = "{self.lang}"\n{self.campaign}',
            data='signatories = "signatories.csv"' if self.table else "",
            from_=self.from_,
            sender=self.sender,
            host=self.host,
            relay=self.relay + (LEAVING if self.purpose not in ("advocacy", "press") else ""),
        )
        campaign.write("outreach.toml", settings)
        campaign.write("contacts.csv", "\n".join([HEADER, *self.rows]) + "\n")
        front = f'+++\nsubject = "{self.subject}"\n+++\n'
        campaign.write(
            "templates/letter.html" if self.html else "templates/letter.md", front + (self.html or self.body)
        )
        if self.text:
            campaign.write("templates/letter.txt", self.text)
        if self.table:
            campaign.write("signatories.csv", "\n".join(["name", *self.table]) + "\n")
        for path, content in self.files.items():
            campaign.write(path, content)


def body(text: str, **more: str) -> Made:
    """With something said in the letter."""
    return Made(body=BODY.replace("we write", f"{text}\n\nwe write"), **more)  # type: ignore[arg-type]


def html(text: str) -> Made:
    """With something in an HTML letter."""
    return Made(html=FACTS + text)


def table(count: int) -> tuple[str, ...]:
    """So many signatories."""
    return tuple(f"Group {number} for Freedom" for number in range(1, count + 1))


SIGNED = "on behalf of {count}:\n\n{% for one in signatories %}\n1. {{ one.name }}\n{% endfor %}\n"


def signed(count: str, signatories: int, **more: str) -> Made:
    """With a count in the letter, and a table."""
    return Made(body=f"{BODY}\n{SIGNED.replace('{count}', count)}", table=table(signatories), **more)  # type: ignore[arg-type]


def row(line: str, **more: str) -> Made:
    """With a row in place of the second one."""
    return Made(rows=(ROWS[0], line), **more)  # type: ignore[arg-type]


NOTED = BODY.replace("we write", "{{ note | default('', true) }}\n\nwe write")
NAMED = BODY.replace("{{ salutation }}", "Dear {{ note | default('', true) }}")
REAL = "smtp.coalition.org"
TLS = 'port = 465\nsecurity = "tls"\nrate = "1/second"'
FOOTER = "\n\nCoalition, 1 Main Street, Springfield\nhttps://coalition.org\n"
CLOSED = 'postal_address = "Main Street 1, Springfield"'

UNSEEN = "{% if name == '' %}{{ unsubscribe_url }}{% endif %}"  # with it a letter has its own words, and no footer

PLANTED: list[tuple[str, Made, Made]] = [
    # What a draft leaves behind.
    ("E09", body("Dear [NAME], we"), body("they are, as he said, [sic] held in [North] Korea [1]")),
    ("E09", body("[Insert name here]"), body("Article [33] [of the Convention]")),
    ("E09", body("%%FIRSTNAME%%"), body("100%% of them; 50 %")),
    ("E09", body("존경하는 [이름] 님", lang="ko"), body("[보도자료] 존경하는 홍길동 님", lang="ko")),
    ("E09", Made(subject="A call to [Name]"), Made(subject="[Press] A call to speak up")),
    (
        "E09",
        row("chair@house.gov,Bo,Dear nan,,nan", body=NOTED),
        row("chair@house.gov,Nan,Dear Nan,,Nan Goldin", body=NOTED),
    ),
    ("W20", body("TODO: the figures"), body("POR TODO ELLO, es TODO lo que pedimos.", lang="es")),
    ("W20", body("Lorem ipsum dolor"), body("the XXX Olympic Games, XXIII, and Mr. X")),
    ("W20", body("on [date]"), body("what is asked: why? and how???")),
    (
        "W20",
        row("chair@house.gov,Bo,Dear Chair,,{{ first }}", body=NOTED),
        row("chair@house.gov,Bo,Dear Chair,,{a} and <b>", body=NOTED),
    ),
    (
        "W20",
        row("chair@house.gov,Bo,Dear Chair,,None", body=NOTED),
        row("chair@house.gov,Bo,Dear Chair,,None of us", body=NOTED),
    ),
    ("W20", body("Mr. \ufffdkowski"), body("Mr. Żółkowski, 김정은, محمد")),
    # Who is greeted, named and counted.
    ("W21", Made(body=NAMED), Made(body=NAMED, rows=("a@state.gov,A,,,Minister", "b@state.gov,B,,,Ms. Lee"))),
    ("W21", body("Dear Mr. ,"), body("Dear Sir or Madam,\nDear Senator,\nHello,\nBonjour,")),
    ("W21", body("Sehr geehrter Herr ,", lang="de"), body("Sehr geehrte Damen und Herren,\nLiebe Freunde,", lang="de")),
    ("W21", body("존경하는 님께,", lang="ko"), body("존경하는 대통령님께,\n홍길동 님께", lang="ko")),
    ("W21", body("السيد ،", lang="ar"), body("السيد الوزير المحترم،", lang="ar")),
    ("W21", body("Cher ,", lang="fr"), body("Monsieur le Président,\nChers amis,\nMadame,", lang="fr")),
    ("W22", body("Dear Mr. Bo Lindqvist, again"), body("Dear Mr. Lindqvistson, and the Prime Minister")),
    (
        "W22",
        row("chair@house.gov,홍길동,위원장님,,", body="홍길동 위원장님께\n\n" + BODY),
        row("chair@house.gov,대통령,대통령님,,", body="대통령님께\n\n" + BODY),
    ),
    (
        "W23",
        signed("29 Korean, American and Canadian organisations", 28),
        signed("28 Korean and Canadian organisations", 28),
    ),
    ("W23", signed("29 organisations", 28), signed("28 NGOs, after 27 international organisations", 28)),
    ("W23", signed("29개 시민사회단체", 28, lang="ko"), signed("28개 시민사회단체", 28, lang="ko")),
    ("W23", signed("29 منظمة", 28, lang="ar"), signed("28 منظمة", 28, lang="ar")),
    (
        "W23",
        signed("29 organisations signataires", 28, lang="fr"),
        signed("600 personnes, 2 000 détenus", 28, lang="fr"),
    ),
    (
        "W23",
        Made(body=BODY + "\nWe are 6 groups:\n\n- A\n- B\n- C\n- D\n- E\n"),
        Made(body=BODY + "\nWe are 5 groups, with 3 aims:\n\n- A\n- B\n- C\n- D\n- E\n"),
    ),
    ("W24", body("on Tuesday, 16 October 2023"), body("on Monday, 16 October 2023, and Mondays of October 2023")),
    ("W24", body("Tuesday, October 16, 2023"), body("Mon, Oct 16, 2023; from Friday 13 to Monday 16 October 2023")),
    ("W24", body("Tuesday 16th of October"), body("Monday 16th of October; in May 2023 on Sunday")),
    ("W24", body("am Dienstag, dem 16. Oktober 2023", lang="de"), body("am Montag, dem 16. Oktober 2023", lang="de")),
    ("W24", body("mardi 16 octobre 2023", lang="fr"), body("lundi 16 octobre 2023, le 14 mars", lang="fr")),
    ("W24", body("martes, 16 de octubre de 2023", lang="es"), body("lunes, 16 de octubre de 2023", lang="es")),
    ("W24", body("2023년 10월 16일 화요일", lang="ko"), body("2023년 10월 16일(월), 2023년 10월 15일 일본", lang="ko")),
    ("W24", body("2023年10月16日(火)", lang="ja"), body("2023年10月16日(月)", lang="ja")),
    ("W24", body("الثلاثاء 16 أكتوبر 2023", lang="ar"), body("الاثنين 16 أكتوبر 2023", lang="ar")),
    ("W24", body("{{ 'Tuesday' }}, {{ date | date('d MMMM y') }}"), body("{{ date | date('full') }}")),
    (
        "W25",
        Made(body=BODY + "\nCc: Chief of Staff\n"),
        row(
            "chair@house.gov,Bo,Dear Chair,cc@house.gov,",
            body=BODY + "\n{% if cc %}\n\nCc: Chief of Staff\n{% endif %}\n",
        ),
    ),
    (
        "W25",
        row(
            "chair@house.gov,Bo,Dear Chair,cc@house.gov,",
            body=BODY + "\n{% if cc %}\n\nCc: other@house.gov\n{% endif %}\n",
        ),
        row("chair@house.gov,Bo,Dear Chair,cc@house.gov,", body=BODY + "\n{% if cc %}\n\nCc: {{ cc }}\n{% endif %}\n"),
    ),
    ("W25", body("Kopie an: das Amt", lang="de"), body("참조: 유엔 보고서. Copies of this letter: none.", lang="ko")),
    # Who writes, from where, and how.
    (
        "E13",
        Made(from_="us@gmail.com", host=REAL, relay=TLS),
        Made(from_="us@gmail.com", host="smtp.gmail.com", relay=TLS),
    ),
    ("E13", Made(from_="us@naver.com", host=REAL, relay=TLS), Made(from_="us@gmail.com.org", host=REAL, relay=TLS)),
    (
        "W04",
        Made(purpose="subscribed", body=BODY + FOOTER + UNSEEN, sender=CLOSED),
        Made(purpose="subscribed", body=BODY, sender=CLOSED),
    ),
    (
        "W04",
        Made(purpose="subscribed", body=BODY + FOOTER + UNSEEN, sender=CLOSED),
        Made(purpose="subscribed", sender=CLOSED, body=BODY + FOOTER + "{{ unsubscribe_url }}"),
    ),
    ("W05", Made(purpose="fundraising"), Made(purpose="fundraising", sender=CLOSED)),
    ("W09", Made(subject="RE: our meeting"), Made(subject="Rescue: a call, re: nothing")),
    ("W09", Made(subject="답장: 회의"), Made(subject="답장을 기다립니다: 공개서한")),
    ("W09", Made(subject="A CALL TO SPEAK UP"), Made(subject="UN, NATO: A Call; 공개 서한")),
    (
        "W09",
        Made(from_="News \U0001f514 <letters@coalition.org>"),
        Made(from_="㈜연대 & Co. ® <letters@coalition.org>"),
    ),
    ("W15", Made(from_="no-reply@coalition.org"), Made(from_="reply@coalition.org")),
    (
        "W15",
        Made(sender='reply_to = "noreply@coalition.org"'),
        Made(from_="no-reply@coalition.org", sender='reply_to = "us@coalition.org"'),
    ),
    ("W16", Made(from_="Coalition <letters@сoalition.org>"), Made(from_="Coalition <letters@연대.kr>")),
    (
        "W16",
        html('<p><a href="https://раураӏ.com/">pay</a></p>'),
        html('<p><a href="https://президент.рф/">to him</a></p>'),
    ),
    ("W17", row("chair@gmial.com,Bo,Dear Chair,,"), row("chair@ymail.com,Bo,Dear Chair,,")),
    ("W17", row("info@house.gov,Bo,Dear Chair,,"), row("information@house.gov,Bo,Dear Chair,,")),
    (
        "W18",
        Made(host="smtp.gmail.com", relay=TLS.replace("1/second", "9/second")),
        Made(host="smtp.gmail.com", relay=TLS),
    ),
    (
        "W19",
        Made(purpose="commercial", sender=CLOSED, rows=("a@b.kr,A,님,,",)),
        Made(purpose="commercial", sender=CLOSED, rows=("a@b.kr,A,님,,",), subject="(광고) 알림"),
    ),
    ("W19", Made(subject="[광고] 알림"), Made(subject="관광 고객과 광고에 관한 공개서한")),
    # How it is made.
    (
        "W07",
        Made(
            html=FACTS, text="Dear Minister,\n\nmore than 900 people were sent back on 9 October 2023, many children.\n"
        ),
        Made(
            html=FACTS,
            text="Dear Minister,\n\non 9 October 2023 more than 600 people were sent back, and many of them were "
            "children. We ask you to speak up for those who are still held, and to help them go where they choose, "
            "before it is too late for them and for their families.\n",
        ),
    ),
    (
        "W08",
        Made(html='<p><img src="https://coalition.org/letter.png" alt="A letter"></p>'),
        html('<p><img src="https://coalition.org/logo.png" alt="Logo"></p>'),
    ),
    (
        "W10",
        html('<p><a href="https://evil.org/x">www.state.gov</a></p>'),
        html('<p><a href="https://www.state.gov/x">state.gov</a></p>'),
    ),
    (
        "W10",
        html('<p><a href="http://coalition.org/x">our page</a></p>'),
        html('<p><a href="https://coalition.org/x">our page</a></p>'),
    ),
    (
        "W10",
        html('<p><a href="https://192.0.2.1/x">our page</a></p>'),
        html('<p><a href="mailto:us@coalition.org">us@coalition.org</a></p>'),
    ),
    (
        "W10",
        html('<p><a href="https://bit.ly/x">our page</a></p>'),
        html('<p><a href="https://news.org/a?b=bit.ly">Story 1.2.3</a></p>'),
    ),
    ("W11", html('<p style="display:none">hidden words</p>'), html('<p style="display:block;color:#333">seen</p>')),
    (
        "W11",
        html('<p style="color:#fff;background-color:white">hidden</p>'),
        html('<p style="color:#fff;background-color:#000">seen</p>'),
    ),
    ("W11", html('<p style="font-size:1px">hidden</p>'), html('<p style="font-size:0.9em">small</p>')),
    ("W11", html("<form><p>x</p></form>"), html("<h1>From all of us</h1>")),
    (
        "W12",
        html("<p>" + "Speak up for those who are held. " * 3500 + "</p>"),
        html("<p>" + "Speak up. " * 3500 + "</p>"),
    ),
    (
        "W13",
        Made(campaign='attachments = ["letter.docm"]', files={"letter.docm": b"PK"}),
        Made(campaign='attachments = ["letter.pdf"]', files={"letter.pdf": b"%PDF-1.4"}),
    ),
    (
        "W13",
        Made(
            campaign='attachments = ["a.pdf"]',
            files={"a.pdf": b"%PDF"},
            rows=tuple(f"m{n}@state.gov,A,Dear M,," for n in range(120)),
        ),
        Made(
            campaign='attachments = ["a.pdf"]',
            files={"a.pdf": b"%PDF"},
            rows=tuple(f"m{n}@state.gov,A,Dear M,," for n in range(90)),
        ),
    ),
    (
        "W14",
        html('<p><img src="https://t.org/p.gif" width="1" height="1" alt=""></p>'),
        html('<p><img src="https://t.org/p.gif" width="80" height="20" alt=""></p>'),
    ),
    ("W14", html('<p><img src="https://t.org/{{ name }}.gif" alt=""></p>'), html("<p>{{ name }}</p>")),
    (
        "W14",
        html('<p><a href="https://coalition.org/x?id={{ name }}">our page</a></p>'),
        html('<p><a href="https://coalition.org/x?lang={{ lang }}">our page</a></p>'),
    ),
    ("I01", html('<div style="display:flex"><p>x</p></div>'), html('<div style="padding:1em"><p>x</p></div>')),
    (
        "I02",
        html('<p><img src="https://coalition.org/logo.png"></p>'),
        html('<p><img src="https://coalition.org/logo.png" alt="Logo"></p>'),
    ),
    (
        "I02",
        html('<p><a href="https://coalition.org/x">click here</a></p>'),
        html('<p><a href="https://coalition.org/x">our report</a></p>'),
    ),
    ("I02", html("<h1>A</h1><h3>B</h3>"), html("<h1>A</h1><h2>B</h2><h3>C</h3><h2>D</h2>")),
    ("I02", html("<table><tr><td>x</td></tr></table>"), html('<table role="presentation"><tr><td>x</td></tr></table>')),
]
