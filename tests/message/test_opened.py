"""A message is read from its bytes as a mail client reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.message.opened import open_message
from outreach.model import Contact, Mailbox
from tests.message.samples import MINISTER, compose, contact, letter, mailbox

LONG = "대한민국 통일부 장관 홍길동 귀하 그리고 아주 아주 긴 이름을 가진 사람"
PNG = b"\x89PNG\r\n\x1a\n-not-really"


def test_reader_sees_names_subject_and_date() -> None:
    """Encoded-words are read, those that belong together without a blank between."""
    to = contact(mailbox("a@b.example", LONG), cc=(mailbox("c@d.example", 'Müller, "H"'), mailbox("e@f.example")))

    opened = open_message(compose(letter(subject="안녕 " * 40 + "end"), to).content)

    assert [one.name for one in opened.from_] == ["Coalition, Seoul"]
    assert [(one.name, one.address) for one in opened.to] == [(LONG, "a@b.example")]
    assert [one.name for one in opened.cc] == ['Müller, "H"', ""]
    assert [one.address for one in opened.reply_to] == ["office@coalition.example"]
    assert opened.subject == "안녕 " * 40 + "end"
    assert opened.date is not None
    assert opened.date.isoformat() == "2023-10-16T09:00:00+00:00"


def test_raw_utf8_headers_and_domains_are_read() -> None:
    """What travels with SMTPUTF8 is read too, and A-labels are shown in their own script."""
    to = Mailbox("장관", "사용자@한국.example", "사용자@xn--3e0b707e.example")

    opened = open_message(compose(letter(subject="안녕"), Contact("k", 1, (to,))).content)

    assert opened.to == (to,)
    assert opened.subject == "안녕"
    assert ("To", "장관 <사용자@xn--3e0b707e.example>") in opened.headers


def test_headers_are_those_of_the_message() -> None:
    """All of them, in their order, undecoded, each fold on a line of its own."""
    message = compose(letter(subject="안녕 " * 40))

    opened = open_message(message.content)

    head = message.content.decode().partition("\r\n\r\n")[0].replace("\r\n", "\n")
    assert "\n".join(f"{name}: {value}" for name, value in opened.headers) == head


def test_parts_are_told_apart() -> None:
    """Text, HTML, images that the HTML shows, and files, with their names and contents."""
    sent = letter(
        "Hi\n한글\n",
        html='<p>Hi <img src="cid:s.png"></p>',
        attachments=("a\u202egpj.exe", "한글 파일.pdf"),
        images=("s.png",),
    )
    files = {"a\u202egpj.exe": b"MZ", "한글 파일.pdf": b"%PDF", "s.png": PNG}
    message = compose(sent, files=files)

    opened = open_message(message.content)

    assert opened.text == "Hi\n한글\n"
    assert opened.html is not None
    assert [(file.name, file.content) for file in opened.attachments] == [
        ("a\u202egpj.exe", b"MZ"),
        ("한글 파일.pdf", b"%PDF"),
    ]
    ((identifier, image),) = opened.images.items()
    assert f'src="cid:{identifier}"' in opened.html
    assert (image.media_type, image.content) == ("image/png", PNG)
    assert opened.size_bytes == len(message.content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"Subject\r\n\r\nx",
        b"From: \r\nTo: <>\r\nDate: yesterday\r\n\r\nx",
        b"Content-Type: multipart/mixed\r\n\r\nx",
        b'Content-Type: text/plain; charset="no-such"\r\n\r\n\xff\xfe',
        b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\nSubject: inner\r\n\r\nx",
        b"Subject: =?utf-8?b?YQpCY2M6IHhAeS5leGFtcGxl?=\r\n\r\nx",
    ],
)
def test_no_message_is_too_odd_to_be_opened(content: bytes) -> None:
    """What is missing or broken is empty, and a header stays on one line."""
    opened = open_message(content)

    assert "\n" not in opened.subject
    assert opened.size_bytes == len(content)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60))
def test_any_subject_and_name_come_out_as_they_went_in(text: str) -> None:
    """Whatever a list holds is what a reader is shown, blanks at the ends apart."""
    opened = open_message(compose(letter(subject=text or "x"), contact(MINISTER)).content)

    assert opened.subject.split() == (text or "x").split()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60))
def test_any_name_can_be_opened(name: str) -> None:
    """No display name keeps the message from being opened, or makes two recipients of one."""
    opened = open_message(compose(letter(), contact(mailbox("a@b.example", name))).content)

    assert [one.address for one in opened.to] == ["a@b.example"]
