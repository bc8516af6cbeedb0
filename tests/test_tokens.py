"""A token is taken back only as it was made: for one address, in one campaign, with one key."""

from __future__ import annotations

import string
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.tokens import Signer, TokenError

KEY = b"k" * 32
SPRING, AUTUMN = "a1" * 16, "b2" * 16
ALPHABET = string.ascii_letters + string.digits + "-_"


def test_a_token_comes_back_as_what_it_was_made_for() -> None:
    """It names the campaign, and of all addresses matches only its own."""
    signer = Signer(KEY)

    reference = signer.read(signer.token(SPRING, "a@b.example"))

    assert reference.campaign_id == SPRING
    assert signer.is_of(reference, "a@b.example")
    assert not signer.is_of(reference, "c@b.example")


def test_a_token_is_one_word_that_holds_no_address() -> None:
    """It can stand in a path, a subject and behind a flag; the address, or its plain digest, is not in it."""
    token = Signer(KEY).token(SPRING, "a@b.example")

    assert len(token) == 65
    assert set(token) <= set(ALPHABET)
    assert not token.startswith("-")
    decoded = urlsafe_b64decode(token[1:])
    assert b"a@b" not in decoded
    assert sha256(b"a@b.example").digest()[:8] not in decoded


def test_the_same_letter_always_has_the_same_token() -> None:
    """Composing is pure, so a second attempt carries the same bytes."""
    assert Signer(KEY).token(SPRING, "a@b.example") == Signer(KEY).token(SPRING, "a@b.example")


@pytest.mark.parametrize("place", range(65))
def test_no_character_can_be_changed(place: int) -> None:
    """Whatever is changed, version included, the token is refused."""
    signer = Signer(KEY)
    token = signer.token(SPRING, "a@b.example")

    for other in ALPHABET:
        if other != token[place]:
            with pytest.raises(TokenError):
                signer.read(token[:place] + other + token[place + 1 :])


def test_a_token_can_not_be_moved_to_another_campaign_or_address() -> None:
    """Pieces of two good tokens never make a third one."""
    signer = Signer(KEY)
    one, two = (
        bytes.fromhex(campaign) + signer.read(signer.token(campaign, address)).mark
        for campaign, address in ((SPRING, "a@b.example"), (AUTUMN, "c@d.example"))
    )
    signatures = [_signature(signer.token(SPRING, "a@b.example")), _signature(signer.token(AUTUMN, "c@d.example"))]

    for signed in (one[:16] + two[16:], two[:16] + one[16:]):
        for signature in signatures:
            with pytest.raises(TokenError, match="not signed"):
                signer.read("1" + urlsafe_b64encode(signed + signature).decode())


def test_another_key_takes_nothing_back() -> None:
    """Nor does the one that stands in while letters are only looked at."""
    for key in (b"x" * 32, bytes(32), KEY + b"\n"):
        with pytest.raises(TokenError, match="not signed"):
            Signer(KEY).read(Signer(key).token(SPRING, "a@b.example"))


@given(st.text(max_size=200))
def test_what_is_no_token_is_refused_in_words(text: str) -> None:
    """Whatever arrives by mail or over the web."""
    with pytest.raises(TokenError):
        Signer(KEY).read(text)


def test_there_is_no_signer_without_a_key() -> None:
    """An empty key would let anybody sign."""
    with pytest.raises(ValueError, match="key"):
        Signer(b"")


def _signature(token: str) -> bytes:
    return urlsafe_b64decode(token[1:])[32:]
