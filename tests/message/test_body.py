"""Bodies read back as the text that went in, in lines that every relay leaves alone."""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.message.body import base64_lines, encode_text, quoted_printable
from tests.message.reading import lines

_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "7bit": bytes,
    "quoted-printable": quopri.decodestring,
    "base64": base64.b64decode,
}

# Stretches that trouble encoders, among ordinary ones.
_stretches = st.sampled_from(
    ["From ", "From", ".", "=", " ", "\t", "\n", "\r", "\r\n", "\x00", "x" * 60, "y" * 72, "é", "가나다", "😀", "-- "]
)
_texts = st.lists(_stretches | st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=40).map("".join)


def _normalised(text: str) -> bytes:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return (text if text.endswith("\n") else text + "\n").replace("\n", "\r\n").encode()


def test_ascii_travels_as_it_is() -> None:
    """Plain lines are not encoded, only ended by CRLF."""
    encoded = encode_text("Dear Minister,\n\n-- \nYours\n")

    assert encoded.transfer_encoding == "7bit"
    assert encoded.content == b"Dear Minister,\r\n\r\n-- \r\nYours\r\n"


def test_the_last_line_is_ended() -> None:
    """A text without a line end at its end gets one."""
    assert encode_text("Yours").content == b"Yours\r\n"
    assert encode_text("").content == b"\r\n"


def test_korean_is_base64() -> None:
    """Text in another script takes base64, the shorter encoding for it."""
    encoded = encode_text("존경하는 장관님께\n" * 20)

    assert encoded.transfer_encoding == "base64"
    assert max(map(len, lines(encoded.content))) == 76


def test_mostly_latin_is_quoted_printable() -> None:
    """Text with a few accents stays readable on the wire."""
    encoded = encode_text("Monsieur le Président, nous vous écrivons pour demander de l'aide.\n" * 20)

    assert encoded.transfer_encoding == "quoted-printable"
    assert b"Monsieur le Pr=C3=A9sident" in encoded.content


@pytest.mark.parametrize("share", range(0, 41, 2))
def test_the_shorter_encoding_is_taken(share: int) -> None:
    """At every share of other scripts the choice costs at most a twentieth more than the other would."""
    text = ("é" * share + "a" * (60 - share) + "\n") * 30
    content = _normalised(text)
    encoded = encode_text(text + "é")  # never all ASCII, which would not be encoded

    assert len(encoded.content) <= 1.05 * min(len(base64_lines(content)), len(quoted_printable(content))) + 20


def test_a_line_of_998_travels_and_one_of_999_is_encoded() -> None:
    """The longest line SMTP allows is the longest that is left as it is, wherever it stands."""
    longest = "short\n" * 300 + "x" * 998 + "\n" + "short\n" * 300 + "x" * 998

    assert encode_text(longest).transfer_encoding == "7bit"
    assert encode_text(longest + "x").transfer_encoding == "quoted-printable"
    assert encode_text("x" + longest.replace("short\n" * 300, "", 1)).transfer_encoding == "quoted-printable"


@pytest.mark.parametrize("text", ["From here on", "We\nFrom here on", "a\x00b"])
def test_what_does_not_travel_is_encoded(text: str) -> None:
    """A NUL, or a line that mailbox files would mark, is encoded though it is ASCII."""
    encoded = encode_text(text)

    assert encoded.transfer_encoding == "quoted-printable"
    assert b"\x00" not in encoded.content
    assert not re.search(rb"(?m)^From ", encoded.content)


def test_half_a_character_is_an_error() -> None:
    """A surrogate on its own is not dropped in silence."""
    with pytest.raises(UnicodeEncodeError):
        encode_text("a\ud83d")


@settings(max_examples=120, deadline=None)
@given(_texts)
@example("é" * 20 + "a" * 15 + " From me")
def test_any_text_reads_back(text: str) -> None:
    """Every text reads back exactly, with line ends as CRLF; bare CR and LF and long lines do not occur."""
    encoded = encode_text(text)

    assert _DECODERS[encoded.transfer_encoding](encoded.content) == _normalised(text)
    assert encoded.content.isascii()
    limit = 998 if encoded.transfer_encoding == "7bit" else 76
    assert max(map(len, lines(encoded.content))) <= limit


@settings(max_examples=120, deadline=None)
@given(_texts)
@example("x" * 75 + "From " + "y" * 71)
@example("x" * 75 + "From " + "From " * 15)
@example("x" * 75 + ".")
@example("x" * 74 + " \n\t")
def test_quoted_printable_has_no_fragile_lines(text: str) -> None:
    """No line ends in a blank, is a lone dot or starts with "From ", also where the encoder broke the line."""
    content = _normalised(text)
    encoded = quoted_printable(content)

    for line in lines(encoded):
        assert not line.endswith((b" ", b"\t"))
        assert line != b"."
        assert not line.startswith(b"From ")
        assert len(line) <= 76
    assert quopri.decodestring(encoded) == content
