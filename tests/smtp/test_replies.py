"""Reading replies, whatever strangers send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.model import Lost, Reply, Stage
from outreach.smtp.replies import MalformedReply, ReplyReader, WholeReply, build_reply, read_library_reply, show


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"250 ok\r\n", WholeReply(250, (b"ok",))),
        (b"250\r\n", WholeReply(250, (b"",))),
        (b"250 ok\n", WholeReply(250, (b"ok",))),
        (b"250-a\r\n250-\r\n250 c\r\n", WholeReply(250, (b"a", b"", b"c"))),
        (b"250-a\r\n250\r\n", WholeReply(250, (b"a", b""))),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_a_reply_is_read_from_any_pieces(raw: bytes, expected: WholeReply, size: int) -> None:
    """However it is cut up, a reply comes out once its last byte is here, and not before."""
    reader = ReplyReader()

    results = [list(reader.feed(raw[i : i + size])) for i in range(0, len(raw), size)]

    assert results == [[]] * (len(results) - 1) + [[expected]]
    assert not reader.midway


@pytest.mark.parametrize("raw", [b"\r\n", b"25 ok\r\n", b"2500 ok\r\n", b"250_ok\r\n", b"650 ok\r\n", b"-12 ok\r\n"])
def test_a_line_that_is_no_reply_is_refused(raw: bytes) -> None:
    """A line needs a code from 200 to 599 and a blank or hyphen."""
    with pytest.raises(MalformedReply):
        list(ReplyReader().feed(raw))


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_replies_follow_one_another(size: int) -> None:
    """Several in a piece come out in order, and the beginning of the next stays for the next piece."""
    reader = ReplyReader()
    raw = b"250 ok\r\n250-a\r\n250 b\r\n354 go\r\n55"

    results = [whole for i in range(0, len(raw), size) for whole in reader.feed(raw[i : i + size])]

    assert results == [WholeReply(250, (b"ok",)), WholeReply(250, (b"a", b"b")), WholeReply(354, (b"go",))]
    assert reader.midway
    assert list(reader.feed(b"0 no\r\n")) == [WholeReply(550, (b"no",))]


def test_replies_before_a_line_that_is_none_are_given() -> None:
    """What came in order stands; the refusal comes behind it."""
    replies = ReplyReader().feed(b"250 ok\r\nwhat?\r\n")

    first = next(replies)

    assert first == WholeReply(250, (b"ok",))
    with pytest.raises(MalformedReply, match="what"):
        next(replies)


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_any_bytes_are_read_or_refused(pieces: list[bytes]) -> None:
    """Whatever arrives, the reader gives a reply, waits for more, or says that it is malformed."""
    reader = ReplyReader()
    said = ""

    try:
        codes = [whole.code for piece in pieces for whole in reader.feed(piece)]
    except MalformedReply as problem:
        codes, said = [], str(problem)

    assert all(200 <= code < 600 for code in codes)
    assert said.isprintable()


@pytest.mark.parametrize(
    ("code", "lines", "enhanced", "text"),
    [
        (550, [b"5.1.1 who?"], "5.1.1", "who?"),
        (550, [b"5.1.1"], "5.1.1", ""),
        (550, [b"5.1.1 no", b"", b"5.1.1 one"], "5.1.1", "no one"),
        (450, [b"5.7.1 mixed"], "", "5.7.1 mixed"),
        (550, [b"5.1.1.2 is no code"], "", "5.1.1.2 is no code"),
        (250, [b"ok \xe2\x80\xae\x07\xff"], "", r"ok \u202e\x07\xff"),
        (250, ["질서".encode()], "", "질서"),
    ],
)
def test_a_reply_is_put_in_words(code: int, lines: list[bytes], enhanced: str, text: str) -> None:
    """The enhanced code is taken off where it fits the code, and nothing unprintable remains."""
    assert build_reply(Stage.RCPT, code, lines) == Reply(Stage.RCPT, code, enhanced, text)


@given(st.binary(max_size=100))
def test_shown_bytes_are_printable(raw: bytes) -> None:
    """No bytes of a stranger can move a terminal's cursor."""
    assert show(raw).isprintable()


def test_a_code_of_the_library_that_is_none_is_a_loss() -> None:
    """Aiosmtplib says -1 for what it could not read, and passes odd numbers on; both are losses."""
    for code in (-1, 0, 199, 600):
        assert isinstance(read_library_reply(Stage.EHLO, code, "odd"), Lost)
    assert read_library_reply(Stage.EHLO, 550, "5.0.0 no\n5.0.0 way") == Reply(Stage.EHLO, 550, "5.0.0", "no way")
