"""Accepted mail is kept in memory, written to a folder, counted or dropped."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach.sink.mailbox import Keep, Received, Recipient, open_mailbox
from tests.sink.talking import greeted
from tests.support.sinks import running_sink

MESSAGE = Received("a@x.example", (Recipient("b@y.example"), Recipient("c@y.example")), b"S: x\r\n\r\n", 2.0, 1.0, 1)


@pytest.mark.parametrize(("keep", "messages", "copies"), [("memory", 2, 2), ("count", 0, 2), ("drop", 0, 0)])
def test_ways_of_keeping(keep: Keep, messages: int, copies: int) -> None:
    """All ways count the messages; memory keeps them, and all but drop count each recipient's copies."""
    mailbox = open_mailbox(keep)
    mailbox.keep(MESSAGE)
    mailbox.keep(MESSAGE)

    assert (mailbox.count, len(mailbox.messages)) == (2, messages)
    assert (mailbox.accepted["b@y.example"], mailbox.accepted["c@y.example"]) == (copies, copies)


def test_folder_holds_each_message_with_its_envelope(tmp_path: Path) -> None:
    """Each message becomes a file, its bytes unchanged below the envelope."""
    mailbox = open_mailbox(tmp_path / "made" / "for it")
    mailbox.keep(MESSAGE)

    assert (tmp_path / "made" / "for it" / "000001.eml").read_bytes() == (
        b"Return-Path: <a@x.example>\r\nDelivered-To: b@y.example\r\nDelivered-To: c@y.example\r\nS: x\r\n\r\n"
    )


def test_folder_overwrites_nothing(tmp_path: Path) -> None:
    """A second run goes on behind the first."""
    (tmp_path / "000041.eml").write_bytes(b"older")
    mailbox = open_mailbox(tmp_path)
    mailbox.keep(MESSAGE)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["000041.eml", "000042.eml"]
    assert (tmp_path / "000041.eml").read_bytes() == b"older"


async def test_message_that_can_not_be_stored_is_deferred(tmp_path: Path) -> None:
    """When the file can't be made, the client hears 452 and nothing is counted; the next one is stored."""
    async with running_sink(keep=tmp_path) as sink, greeted(sink) as talker:
        (tmp_path / "000001.eml").write_bytes(b"in the way")
        refused = await talker.send()
        accepted = await talker.send()

    assert (refused[:9], accepted[:3]) == (b"452 4.3.1", b"250")
    assert (sink.count, sink.accepted_by_recipient()) == (1, {"b@y.example": 1})
    assert (tmp_path / "000001.eml").read_bytes() == b"in the way"


def test_half_a_message_is_not_left_behind(tmp_path: Path, file_size_limit: None) -> None:
    """A write that fails in the middle leaves no file."""
    mailbox = open_mailbox(tmp_path)
    big = Received("a@x.example", (Recipient("b@y.example"),), b"x" * 100_000, 2.0, 1.0, 1)
    with pytest.raises(OSError, match="File too large"):
        mailbox.keep(big)

    assert list(tmp_path.iterdir()) == []
    assert mailbox.count == 0


@pytest.fixture
def file_size_limit() -> Iterator[None]:
    """Files of this process can't grow beyond 10 kB, as on a full disk."""
    # Python ignores SIGXFSZ, so that the write fails with EFBIG.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
