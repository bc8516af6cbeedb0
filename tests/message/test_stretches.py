"""Texts put together from stretches: the same bytes as any other text, found with less work."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from outreach.message.body import encode_text
from outreach.message.parts import derive_boundary
from outreach.message.stretches import holds_no_boundary, join_plain
from outreach.model import Stretches

_PIECES = st.lists(
    st.sampled_from(["a line", "\n", "From ", "F", "rom ", "é", "=", "_", "=_", " ", "x" * 600, "", "\r", "\t", "."]),
    max_size=5,
).map("".join)


def stretches(fixed: list[str], values: list[str]) -> Stretches:
    """A text of these, cut to fit."""
    count = min(len(fixed) - 1, len(values))
    return Stretches(tuple(fixed[: count + 1]), values[:count])


@given(st.lists(_PIECES, min_size=1, max_size=4), st.lists(_PIECES, max_size=3))
@example(["", "rom me\n"], ["F"])
@example(["F", "m me\n"], ["ro"])
@example(["Hello ", ", that is long\n"], ["x" * 980])
@example(["a\n", ""], [""])
@example(["Dear ", ""], ["friend"])
def test_a_text_of_stretches_is_encoded_like_any_other(fixed: list[str], values: list[str]) -> None:
    """Whatever stands in them and between them."""
    text = stretches(fixed, values)

    assert encode_text(text) == encode_text(str(text))


@given(st.lists(_PIECES, min_size=1, max_size=4), st.lists(_PIECES, max_size=3))
@example(["a=", "\n"], ["_b"])
@example(["a", "_b\n"], ["="])
@example(["a", "", "\n"], ["=", "_"])
def test_a_boundary_begins_in_none_that_is_not_searched(fixed: list[str], values: list[str]) -> None:
    """What is said to hold no boundary holds nothing that all boundaries begin with."""
    text = stretches(fixed, values)

    assert not holds_no_boundary(text) or "=_" not in str(text)
    assert derive_boundary("seed", text) == derive_boundary("seed", str(text))


def test_the_usual_text_takes_the_short_way() -> None:
    """Plain lines with plain values between them are joined; anything that might matter is looked at closely."""
    fixed = ("Dear ", ",\n\nwe write to you.\n")

    assert join_plain(Stretches(fixed, ["Anna"])) == b"Dear Anna,\r\n\r\nwe write to you.\r\n"
    assert join_plain(Stretches(fixed, ["Zoë"])) is None
    assert join_plain(Stretches(fixed, ["two\nlines"])) is None
    assert join_plain(Stretches(fixed, ["x" * 990])) is None
    assert join_plain(Stretches(("", " me\n"), ["From"])) is None
    assert holds_no_boundary(Stretches(fixed, ["Anna"]))
    assert not holds_no_boundary(Stretches(fixed, ["a=_b"]))
