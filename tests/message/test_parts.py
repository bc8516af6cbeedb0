"""Parts keep a file's name, type and bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.message.parts import Part, attachment_part, derive_boundary, image_part, text_part
from tests.message.reading import lines, parse

_names = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="/\\\u2028\u2029"), min_size=1, max_size=80
)


def _content(part: Part) -> bytes:
    return f"{part.headers}\r\n".encode() + part.body


def _file_name(part: Part) -> object:
    # Not get_filename, which strips blanks from the name it found.
    return parse(_content(part))["Content-Disposition"].params["filename"]


def test_a_plain_name_is_one_quoted_parameter() -> None:
    """An ordinary file name needs no other form."""
    part = attachment_part("papers/Letter (final) 2.pdf", b"%PDF")

    assert part.headers == (
        "Content-Type: application/pdf\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment;\r\n filename="Letter (final) 2.pdf"\r\n'
    )


def test_another_name_has_a_full_and_a_plain_form() -> None:
    """A name in another script is percent-encoded, with an ASCII name after it for readers that know no other."""
    part = attachment_part("서한.pdf", b"%PDF")

    assert " filename*=utf-8''%EC%84%9C%ED%95%9C.pdf;\r\n filename=\"attachment.pdf\"\r\n" in part.headers


def test_the_plain_form_keeps_what_it_can() -> None:
    """Accents are taken off; the ending stays."""
    assert ' filename="resume_ Zoe.docx"\r\n' in attachment_part("résumé: Zoë.docx", b"").headers


@pytest.mark.parametrize(
    "name",
    [
        "x" * 300 + ".pdf",
        "서한" * 120 + ".pdf",
        'a"b;c.pdf',
        "=?utf-8?q?x?=.pdf",
        " a .pdf",
        "%41'b.pdf",
        "noending",
        ".hidden",
        "a\\b",
    ],
)
def test_hard_names_read_back(name: str) -> None:
    """Long names, other scripts and special characters read back exactly, in lines of at most 78 columns."""
    part = attachment_part(name, b"content")

    # A backslash separates folders on Windows, so nothing before it belongs to the name.
    assert _file_name(part) == name.rpartition("\\")[2]
    assert part.headers.isascii()
    assert max(map(len, lines(part.headers.encode()))) <= 78


@settings(max_examples=60, deadline=None)
@given(_names, st.binary(max_size=300))
def test_any_name_and_content_read_back(name: str, content: bytes) -> None:
    """Whatever the name and the bytes are, both read back exactly."""
    part = attachment_part(f"papers/{name}", content)
    message = parse(_content(part))

    assert _file_name(part) == name
    assert message.get_payload(decode=True) == content
    assert message.get_content_disposition() == "attachment"
    # Some media types alone are longer than 78 columns and can't be folded.
    assert max(len(line) for line in lines(part.headers.encode()) if not line.startswith(b"Content-Type")) <= 78


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("a.PDF", b"", "application/pdf"),
        ("a.hwp", b"", "application/x-hwp"),
        ("a.unknown", b"", "application/octet-stream"),
        ("a", b"", "application/octet-stream"),
        ("pdf", b"", "application/octet-stream"),
        ("a.eml", b"", "application/octet-stream"),
        ("a.csv", "이름\n".encode(), "text/csv; charset=utf-8"),
        ("a.csv", "이름\n".encode("cp949"), "text/csv"),
    ],
)
def test_the_type_follows_the_ending(path: str, content: bytes, expected: str) -> None:
    """The ending decides the type; text that is certainly UTF-8 says so; a message is never sent as base64 one."""
    assert attachment_part(path, content).headers.startswith(f"Content-Type: {expected}\r\n")


def test_an_image_carries_its_content_id() -> None:
    """An inline image is found by its id and shown inside, not listed as an attachment."""
    message = parse(_content(image_part("seal.png", b"\x89PNG", content_id="abc@coalition.example")))

    assert message["Content-ID"] == "<abc@coalition.example>"
    assert message.get_content_disposition() == "inline"
    assert message.get_content_type() == "image/png"


def test_text_declares_its_charset() -> None:
    """Even plain ASCII says utf-8, so that a later reply keeps its accents."""
    assert text_part("plain", "a\n").headers == (
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n"
    )


def test_a_boundary_occurs_in_no_text() -> None:
    """A text that holds the first choice gets another boundary, and the same input always the same one."""
    first = derive_boundary("seed", "text")
    second = derive_boundary("seed", "text", f"--{first}--")

    assert first == derive_boundary("seed", "other text")
    assert first != derive_boundary("another seed", "text")
    assert second not in (first, f"--{first}--")
    assert second == derive_boundary("seed", first)
    assert len(second) <= 66
