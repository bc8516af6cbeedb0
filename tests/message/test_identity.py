"""What identifies a message stays the same on every attempt."""

from __future__ import annotations

import dataclasses
import re

import pytest

from outreach.message.compose import content_digest, format_date, message_id
from tests.message.samples import compose


def test_a_message_id_is_the_same_every_time() -> None:
    """The id depends on nothing but campaign, contact, edition and domain; this one is fixed for good."""
    assert (
        message_id("0" * 32, "minister@gov.example", 1, "coalition.example")
        == "<wf2dponvz5xu3zjtqh5rror7mn7opp3b@coalition.example>"
    )


def test_each_input_changes_the_message_id() -> None:
    """No two letters share an id, also where inputs run into each other."""
    inputs = [
        ("a", "b", 1),
        ("a", "c", 1),
        ("d", "b", 1),
        ("a", "b", 2),
        ("a", "1:b", 1),
        ("a", "2:b", 1),
        ("a", "", 12),
    ]
    ids = {message_id(*each, "coalition.example") for each in inputs}

    assert len(ids) == len(inputs)


def test_a_message_id_is_a_dot_atom() -> None:
    """Whatever the key holds, the id holds small letters and digits only (RFC 5322, 3.6.4)."""
    found = message_id("0" * 32, "홍길동@한국.example \ud83d<>", 1, "coalition.example")

    assert re.fullmatch(r"<[a-z2-7]{32}@coalition\.example>", found)


def test_the_digest_covers_the_bytes() -> None:
    """The digest is the SHA-256 of the content and changes with it."""
    message = dataclasses.replace(compose(), content=b"abc")

    assert content_digest(message) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (0.0, "Thu, 01 Jan 1970 00:00:00 +0000"),
        (951_782_400.0, "Tue, 29 Feb 2000 00:00:00 +0000"),
        (1_697_446_800.9, "Mon, 16 Oct 2023 09:00:00 +0000"),
    ],
)
def test_dates_are_in_utc(date: float, expected: str) -> None:
    """A date has English names, two-digit days and whole seconds."""
    assert format_date(date) == expected
